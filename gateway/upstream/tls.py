"""The TLS side of one provider: whom to trust and what to prove. Verification is always on."""

import ssl
from functools import cache

from gateway.core.errors import ConfigError
from gateway.upstream.options import TlsOptions


def tls_context(options: TlsOptions) -> ssl.SSLContext:
    """A context that verifies the peer and its name. Reads the files; raises ``ConfigError`` where one will not do.

    Providers that need nothing of their own share one: reading the system's certificates takes 30 ms.
    """
    return _common() if options == TlsOptions() else _own(options)


@cache
def _common() -> ssl.SSLContext:
    return _own(TlsOptions())


def _own(options: TlsOptions) -> ssl.SSLContext:
    context = _trusting(options)
    context.set_alpn_protocols(["http/1.1"])
    if options.certificate is not None:
        _prove(context, options)
    return context


def _trusting(options: TlsOptions) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=options.ca)
    except OSError:  # ssl.SSLError is one
        raise ConfigError(("tls.ca: not a readable PEM file of certificates",)) from None


def _prove(context: ssl.SSLContext, options: TlsOptions) -> None:
    assert options.certificate is not None
    try:
        # an empty password, because without one OpenSSL would ask for it on the terminal
        context.load_cert_chain(options.certificate, options.key, password="")
    except OSError:
        problem = "tls.certificate, tls.key: not a readable certificate and its unencrypted key in PEM"
        raise ConfigError((problem,)) from None
