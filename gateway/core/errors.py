"""Everything that can go wrong, as one tree. Statuses and wording for clients live in ``api.problems``.

::

    GatewayError
      RequestError              the client can mend it; names the parameter
        InvalidParameter
        UnsupportedParameter      described in the contract, not built yet
        CursorInvalid             malformed, forged, of another tenant, key or release: one error for all
        CursorMismatch            authentic, but the query sent beside it differs
        CursorExpired             authentic, but too old, or its ticket is gone
      Unauthenticated
      ListingError              no page could be given: ``gateway.listing.outcome``
      CursorStoreUnavailable    the next cursor is too large to travel inline and nothing can keep it
      UpstreamError             one provider's failure; becomes a value in ``listing.stream``
      ConfigError               see ``gateway.config``
"""

from enum import StrEnum


class GatewayError(Exception):
    """Root of the tree."""


class RequestError(GatewayError):
    """A request that its sender can mend.

    ``parameter`` names the query parameter or header; ``detail`` says what is wrong and what would be right,
    and never repeats the value.
    """

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(f"{parameter}: {detail}")
        self.parameter = parameter
        self.detail = detail


class InvalidParameter(RequestError):
    pass


class UnsupportedParameter(RequestError):
    pass


class CursorInvalid(RequestError):
    """``reason`` is for metrics alone: to the client every invalid cursor looks the same."""

    def __init__(self, reason: str) -> None:
        super().__init__("cursor", "This cursor is not valid here. Start the listing again without it.")
        self.reason = reason


class CursorMismatch(RequestError):
    pass


class CursorExpired(RequestError):
    def __init__(self) -> None:
        super().__init__("cursor", "This cursor has expired. Start the listing again without it.")


class Unauthenticated(GatewayError):
    """``detail`` may reach the client; it does not tell an unknown key from a wrong one."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class CursorStoreUnavailable(GatewayError):
    pass


class FailureCode(StrEnum):
    """Why a provider failed, as clients see it. Closed and documented; nothing of the upstream's own text."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    LOOP = "loop"
    CIRCUIT_OPEN = "circuit_open"
    SATURATED = "saturated"
    CONFIG = "config"


class UpstreamError(GatewayError):
    """One provider could not give a page.

    ``status`` is the upstream's HTTP status where it sent one; ``retry_after`` is in seconds, as the upstream
    asked; ``detail`` is our own wording for the log and never holds upstream text.
    """

    def __init__(
        self,
        code: FailureCode,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        transient: bool = False,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        #: whether the same call may well succeed when it is made again at once
        self.transient = transient


class ConfigError(GatewayError):
    """The configuration cannot be used; ``problems`` holds every mistake, one line each."""

    def __init__(self, problems: "tuple[str, ...]") -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
