"""What the gateway is held against: each module holds one ASGI application, as a user would write it by hand."""
