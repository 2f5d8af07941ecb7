import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.errors import FailureCode
from gateway.provider.reply import MAX_RETRY_AFTER, failure, retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("3600", 3600),
        ("86400", MAX_RETRY_AFTER),
        ("9" * 400, MAX_RETRY_AFTER),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30),
        ("Tue, 14 Nov 2023 23:13:50 +0100", 30),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0),
        ("Fri, 14 Nov 2053 22:13:00 GMT", MAX_RETRY_AFTER),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Tue, 99 Nov 2023 22:13:50 GMT", None),
        ("Tue, 14 Nov 99999 22:13:50 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(written: str | None, seconds: float | None) -> None:
    assert retry_after(written, NOW) == seconds


days = st.sampled_from(["Mon, ", "", "Tue "])
dates = st.tuples(days, st.integers(-1, 99), st.sampled_from(["Nov", "Feb", "x"]), st.integers(-1, 10**6), st.text())


@given(st.text(max_size=40) | dates.map(lambda parts: f"{parts[0]}{parts[1]} {parts[2]} {parts[3]} 1:2:3 {parts[4]}"))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_retry_after_is_more_than_unreadable(written: str) -> None:
    seconds = retry_after(written, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER


@pytest.mark.parametrize(
    ("status", "code", "transient"),
    [
        (201, FailureCode.REFUSED, False),
        (204, FailureCode.REFUSED, False),
        (302, FailureCode.REFUSED, False),
        (400, FailureCode.REFUSED, False),
        (401, FailureCode.UNAUTHORIZED, False),
        (403, FailureCode.FORBIDDEN, False),
        (404, FailureCode.NOT_FOUND, False),
        (410, FailureCode.REFUSED, False),
        (422, FailureCode.REFUSED, False),
        (429, FailureCode.THROTTLED, True),
        (499, FailureCode.REFUSED, False),
        (500, FailureCode.SERVER_ERROR, True),
        (501, FailureCode.SERVER_ERROR, False),
        (503, FailureCode.SERVER_ERROR, True),
        (504, FailureCode.SERVER_ERROR, True),
        (599, FailureCode.SERVER_ERROR, False),
        (999, FailureCode.SERVER_ERROR, False),
    ],
)
def test_what_a_status_means(status: int, code: FailureCode, transient: bool) -> None:
    error = failure(status, {"retry-after": "5"}, NOW)
    assert error is not None
    assert (error.code, error.status, error.transient, error.retry_after) == (code, status, transient, 5)


def test_only_200_is_an_answer() -> None:
    assert failure(200, {"retry-after": "5"}, NOW) is None
