"""Other people's gateways, built from their source and held against ours with the same upstreams."""
