// KrakenD, community edition, as `make bench-peers` builds it. None of the releases 2.x that were tried, which are under
// github.com/krakend, could be fetched as Go modules where this was written; 1.4.1 could, with all that it needs.
module knowledge-store-gateway/loadtests/peers

go 1.21

require github.com/devopsfaith/krakend-ce v1.4.1
