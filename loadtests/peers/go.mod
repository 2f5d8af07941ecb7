// KrakenD, community edition, as `make bench-peers` builds it. 1.4.1 is the newest release whose module, and all that
// it needs, could be fetched as modules when this was written: its successors under github.com/krakend could not.
module knowledge-store-gateway/loadtests/peers

go 1.21

require github.com/devopsfaith/krakend-ce v1.4.1
