import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from gateway.core.events import (
    Event,
    Lifecycle,
    ObserverFailed,
    ProviderFailed,
    RedisBreakerChanged,
    RedisFailed,
    RequestCrashed,
)
from gateway.telemetry.lines import MAX_TEXT
from gateway.telemetry.logs import Logs, configure
from gateway.telemetry.options import Format, Level, LogOptions
from tests.support.clock import ManualClock

from .samples import EVENTS, LIST, finished

NOON = "2024-01-01T12:00:00.250Z"
#: the line that each event is at level debug, by the name it has there
LINES: dict[str, list[tuple[str, str]]] = {
    "RequestStarted": [],
    "RequestFinished": [("info", "request")],
    "RequestCrashed": [("error", "request_crashed")],
    "PageServed": [],
    "ProviderFailed": [("warning", "provider_failed")],
    "ProviderStale": [("warning", "provider_stale")],
    "ItemsLost": [("warning", "items_lost")],
    "CursorRejected": [("debug", "cursor_rejected")],
    "UpstreamCallStarted": [],
    "UpstreamCallFinished": [("debug", "upstream_call")],
    "UpstreamRetried": [("debug", "upstream_retry")],
    "CacheLookedUp": [],
    "CacheStored": [],
    "PageLeased": [],
    "PageReadAhead": [],
    "RenderedLookedUp": [],
    "RedisFailed": [("warning", "redis_failed")],
    "RedisBreakerChanged": [("warning", "redis_breaker")],
    "RetryBudgetExhausted": [("warning", "retry_budget_exhausted")],
    "RetryBudgetChanged": [],
    "UpstreamBreakerChanged": [("info", "upstream_breaker")],
    "FlightJoined": [],
    "Lifecycle": [("info", "lifecycle")],
    "ConfigReloaded": [("info", "config_reloaded")],
    "ConfigRejected": [("error", "config_rejected"), ("error", "config_rejected")],
    "ObserverFailed": [("error", "observer_failed")],
}


class Log:
    """A configured log that can be read."""

    def __init__(self) -> None:
        self.clock = ManualClock(unix=1_704_110_400.25)
        self.stream = io.BytesIO()

    def configure(self, level: Level = "info", form: Format = "json") -> Logs:
        return configure(LogOptions(level=level, format=form), clock=self.clock, stream=self.stream)

    def text(self) -> str:
        return self.stream.getvalue().decode()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield Log()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_there_is_an_expectation_and_a_sample_for_every_event() -> None:
    assert set(LINES) == {one.__name__ for one in get_args(Event)} == {type(event).__name__ for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_the_line_it_should_be(event: Event, log: Log) -> None:
    log.configure("debug")(event)
    assert [(line["level"], line["event"]) for line in log.lines()] == LINES[type(event).__name__]


def test_a_request_is_one_line_with_its_facts_in_order(log: Log) -> None:
    log.configure()(finished())
    (line,) = log.lines()
    assert list(line.items()) == [
        ("timestamp", NOON),
        ("level", "info"),
        ("event", "request"),
        ("request_id", "req-1"),
        ("method", "GET"),
        ("route", LIST),
        ("status", 200),
        ("duration", 0.0042),
        ("bytes", 6000),
        ("client", "127.0.0.1"),
        ("tenant", "acme"),
        ("problem", None),
    ]


@pytest.mark.parametrize(("status", "level"), [(200, "info"), (404, "info"), (499, "info"), (500, "warning")])
def test_a_request_that_we_failed_is_a_warning(status: int, level: str, log: Log) -> None:
    log.configure()(finished(status=status))
    assert log.lines()[0]["level"] == level


def test_what_is_below_the_level_is_not_written(log: Log) -> None:
    logs = log.configure("warning")
    for event in EVENTS:
        logs(event)
    assert {line["level"] for line in log.lines()} == {"warning", "error"}


def test_a_provider_that_failed_is_named_with_its_reason(log: Log) -> None:
    log.configure()(ProviderFailed("b3os", "acme", "server_error", 502, "answered with status 502", "req-1"))
    assert log.lines()[0] == {
        "timestamp": NOON,
        "level": "warning",
        "event": "provider_failed",
        "request_id": "req-1",
        "status": 502,
        "tenant": "acme",
        "provider": "b3os",
        "code": "server_error",
        "detail": "answered with status 502",
    }


def test_redis_failing_all_the_time_is_said_once_in_ten_seconds_for_each_reason(log: Log) -> None:
    logs = log.configure()
    for _ in range(5):
        logs(RedisFailed("get", "TimeoutError"))
        logs(RedisFailed("set", "ConnectionError"))
    log.clock.advance(10)
    logs(RedisFailed("get", "TimeoutError"))
    said = [(line["operation"], line["reason"], line["suppressed"]) for line in log.lines()]
    assert said == [("get", "TimeoutError", 0), ("set", "ConnectionError", 0), ("get", "TimeoutError", 4)]


def test_an_observer_failing_all_the_time_is_said_once(log: Log) -> None:
    logs = log.configure()
    for _ in range(5):
        logs(ObserverFailed("Metrics", "KeyError"))
    assert [line["observer"] for line in log.lines()] == ["Metrics"]


def test_the_breaker_warns_when_it_opens_and_informs_when_it_closes(log: Log) -> None:
    logs = log.configure()
    logs(RedisBreakerChanged(open=True))
    logs(RedisBreakerChanged(open=False))
    assert [(line["level"], line["open"]) for line in log.lines()] == [("warning", True), ("info", False)]


def test_a_warning_at_start_is_a_warning(log: Log) -> None:
    log.configure()(Lifecycle("warning", "no cursor key is set"))
    assert [(line["level"], line["detail"]) for line in log.lines()] == [("warning", "no cursor key is set")]


def test_a_crash_tells_class_and_places_and_no_message(log: Log) -> None:
    error = RuntimeError("canary: https://example.test/?key=canary")
    error.__cause__ = OSError(111, "canary")
    log.configure()(RequestCrashed("req-1", error))
    (line,) = log.lines()
    assert line["error"] == "RuntimeError"
    assert line["stack"] == ["RuntimeError", "ConnectionRefusedError ECONNREFUSED"]
    assert "canary" not in log.text()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_value_cannot_end_a_line_or_send_a_terminal_escape(form: Format, log: Log) -> None:
    log.configure(form=form)(finished(method='GET\n{"level":"error"}\r\x1b[31m\u2028\ud800'))
    assert len(log.text().splitlines()) == 1
    assert "\x1b" not in log.text()


def test_text_is_cut_at_a_length(log: Log) -> None:
    log.configure()(finished(method="X" * 10_000))
    assert log.lines()[0]["method"] == "X" * MAX_TEXT


def test_a_field_that_is_not_allowed_is_dropped(log: Log) -> None:
    logs = log.configure()
    logs._log.warning("something", authorization="canary", cursor="canary", url="canary", provider="b3os")
    assert log.lines()[0]["provider"] == "b3os"
    assert "canary" not in log.text()


def test_console_is_for_people_and_without_colours_where_there_is_no_terminal(log: Log) -> None:
    logs = log.configure(form="console")
    logs(finished())
    logs(RequestCrashed("req-1", KeyError("canary")))
    first, second, *stack = log.text().splitlines()
    assert first == (
        f"{NOON} [info     ] request request_id=req-1 method=GET route={LIST} status=200 duration=0.0042 bytes=6000 "
        "client=127.0.0.1 tenant=acme"
    )
    assert second == f"{NOON} [error    ] request_crashed request_id=req-1 error=KeyError"
    assert stack == ["    KeyError"]


def test_a_reader_that_has_gone_away_breaks_nothing(log: Log) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stream:
        configure(LogOptions(), clock=log.clock, stream=stream)(finished())


def test_a_stream_that_is_closed_breaks_nothing(log: Log) -> None:
    logs = log.configure()
    log.stream.close()
    logs(finished())


def test_without_a_stream_the_log_is_on_standard_output(log: Log, capfd: pytest.CaptureFixture[str]) -> None:
    configure(LogOptions(), clock=log.clock)(finished())
    sys.stdout.flush()
    assert json.loads(capfd.readouterr().out)["event"] == "request"
