import pytest

from gateway.core.errors import CursorInvalid, FailureCode, GatewayError, RequestError, UpstreamError


@pytest.mark.parametrize("reason", ["length", "malformed", "version", "unknown_key", "forged", "unreadable"])
def test_every_invalid_cursor_reads_the_same(reason: str) -> None:
    assert str(CursorInvalid(reason)) == str(CursorInvalid("other"))
    assert CursorInvalid(reason).reason == reason


def test_a_request_error_names_its_parameter() -> None:
    error = RequestError("limit", "must be between 1 and 100")
    assert (error.parameter, str(error)) == ("limit", "limit: must be between 1 and 100")


def test_the_failure_codes_are_the_documented_ones() -> None:
    assert set(FailureCode) == {
        "timeout", "unreachable", "refused", "unauthorized", "forbidden", "not_found", "throttled", "server_error",
        "too_large", "malformed", "loop", "circuit_open", "saturated", "config",
    }  # fmt: skip


def test_a_failure_is_worth_another_try_only_where_it_says_so() -> None:
    assert not UpstreamError(FailureCode.TIMEOUT, "slow").transient
    assert isinstance(UpstreamError(FailureCode.TIMEOUT, "slow"), GatewayError)
