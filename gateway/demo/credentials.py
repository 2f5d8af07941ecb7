"""What a demo configuration needs to call the simulated upstreams; none of it is secret."""

AITRONOS_ORGANIZATION = "org_demo789"
AITRONOS_TOKEN = "demo-aitronos-token"  # noqa: S105 - a made-up token of a made-up server

SCALE_DEX_PROJECT = "proj_demo321"
SCALE_DEX_API_KEY = "demo-scale-dex-key"
SCALE_DEX_ACCOUNT = "acct_demo654"

B3OS_ORGANIZATION = "demo-b3os-org"
B3OS_TOKEN = "demo-b3os-token"  # noqa: S105 - a made-up token of a made-up server
