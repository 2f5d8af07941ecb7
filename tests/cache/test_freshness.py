from hypothesis import given, strategies as st

from gateway.cache.freshness import MAX_SKEW, Permission, Windows
from gateway.cache.options import CacheOptions, WindowOptions

WINDOWS = Windows(fresh=30, revalidate=30, if_error=600)

seconds = st.floats(min_value=0, max_value=1e6)
windows = st.builds(Windows, seconds, seconds, seconds)


def test_revalidate_is_as_long_as_fresh_where_it_is_not_set() -> None:
    assert Windows.of(WindowOptions(fresh=7)) == Windows(7, 7, 600)
    assert Windows.of(CacheOptions(fresh=7, revalidate=0, if_error=1)) == Windows(7, 0, 1)


def test_a_page_is_fresh_then_renewed_behind_then_for_errors_alone_then_expired() -> None:
    expected = {0: "FRESH", 29.9: "FRESH", 30: "REVALIDATE", 59.9: "REVALIDATE", 60: "ON_ERROR", 629.9: "ON_ERROR"}
    assert {age: WINDOWS.permit(age).name for age in expected} == expected
    assert WINDOWS.permit(630) is Permission.EXPIRED


def test_revalidate_may_be_longer_than_if_error() -> None:
    assert Windows(10, 100, 0).permit(109) is Permission.REVALIDATE
    assert Windows(10, 100, 0).permit(110) is Permission.EXPIRED


def test_nothing_is_permitted_where_every_window_is_zero() -> None:
    assert Windows(0, 0, 0).permit(0) is Permission.EXPIRED
    assert Windows(0, 0, 0).retention() == 0


def test_a_clock_a_little_ahead_is_forgiven_and_one_far_ahead_is_not_believed() -> None:
    assert WINDOWS.permit(-MAX_SKEW) is Permission.FRESH
    assert WINDOWS.permit(-MAX_SKEW - 0.1) is Permission.EXPIRED


def test_max_age_zero_permits_nothing_cached() -> None:
    assert WINDOWS.permit(0, max_age=0) is Permission.EXPIRED
    assert WINDOWS.permit(-1, max_age=0) is Permission.EXPIRED


def test_max_age_permits_nothing_older_not_even_on_error() -> None:
    assert WINDOWS.permit(10, max_age=10) is Permission.FRESH
    assert WINDOWS.permit(10.1, max_age=10) is Permission.EXPIRED
    assert WINDOWS.permit(100, max_age=99) is Permission.EXPIRED


@given(windows, seconds, seconds, st.none() | seconds)
def test_permission_only_shrinks_with_age(of: Windows, age: float, older_by: float, max_age: float | None) -> None:
    assert of.permit(age, max_age).value <= of.permit(age + older_by, max_age).value


@given(windows, seconds, seconds)
def test_max_age_only_tightens(of: Windows, age: float, max_age: float) -> None:
    assert of.permit(age, max_age).value >= of.permit(age).value


@given(windows, seconds)
def test_nothing_is_permitted_beyond_retention(of: Windows, beyond: float) -> None:
    assert of.permit(of.retention() + beyond) is Permission.EXPIRED
