"""Which methods and media types an endpoint answers."""

from functools import lru_cache

from starlette.types import Scope

from gateway.api.problems import HttpError

METHODS = ("GET", "HEAD")


def check_method(scope: Scope) -> None:
    """Raises ``HttpError`` for anything but GET and HEAD."""
    if scope["method"] not in METHODS:
        allowed = ", ".join(METHODS)
        raise HttpError("method-not-allowed", f"Use {allowed}.", [(b"allow", allowed.encode())])


def check_acceptable(accept: str | None, media_type: str) -> None:
    """Raises ``HttpError`` where ``Accept`` excludes the only media type there is (RFC 9110, section 12.5.1)."""
    if accept is not None and accept.strip() and not accepts(accept, media_type):
        raise HttpError("not-acceptable", f"This endpoint answers {media_type}. Accept that, or send no Accept header.")


@lru_cache(maxsize=256)
def accepts(accept: str, media_type: str) -> bool:
    """Whether the most specific range that matches has a weight above zero."""
    main, _, _ = media_type.partition("/")
    weights = _weights(accept)
    for candidate in (media_type, f"{main}/*", "*/*"):
        if candidate in weights:
            return weights[candidate] > 0
    return False


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a client that sent this ``Accept-Encoding`` wants gzip (RFC 9110, section 12.5.3)."""
    weights = _weights(accept_encoding or "")
    return next((weights[coding] for coding in ("gzip", "x-gzip", "*") if coding in weights), 0.0) > 0


def _weights(accept: str) -> dict[str, float]:
    return dict(_range(member) for member in accept.split(","))


def _range(member: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in member.split(";"))
    weight = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0
