"""The page about the log against the lines that are really written."""

import io
import json
import logging

import pytest

from gateway.telemetry.lines import FIELDS
from gateway.telemetry.logs import configure
from gateway.telemetry.options import LogOptions
from tests.support.clock import ManualClock
from tests.telemetry.samples import EVENTS

from . import pages

ALWAYS = {"timestamp", "level", "event"}
#: where the request is traced
TRACED = {"trace_id", "span_id"}

Lines = dict[str, set[str]]


@pytest.fixture
def lines() -> Lines:
    """The fields of each kind of line, from every event, and from a library that fails."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.BytesIO()
    log = configure(LogOptions(level="debug"), clock=ManualClock(), stream=stream)
    for event in EVENTS:
        log(event)
    logging.getLogger("redis").error("cannot connect", exc_info=OSError())
    root.handlers, root.level = handlers, level
    found: Lines = {}
    for line in map(json.loads, stream.getvalue().splitlines()):
        found.setdefault(line["event"], set()).update(line)
    return found


def test_every_line_is_there_with_its_fields(lines: Lines) -> None:
    written = {row[0].strip("`"): set(pages.words(row[2])) for row in pages.rows(pages.section("logs.md", "Events"))}
    assert written == {event: fields - ALWAYS for event, fields in lines.items()}


def test_every_field_is_explained() -> None:
    explained = {name for row in pages.rows(pages.section("logs.md", "Fields")) for name in pages.words(row[0])}
    assert explained == FIELDS | ALWAYS | TRACED
