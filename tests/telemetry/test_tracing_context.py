"""What a client says of its trace, whatever it is."""

from hypothesis import given, strategies as st
from opentelemetry.trace import get_current_span

from gateway.telemetry.spans import sent_by_client

HEX = "0123456789abcdef"
PARENTS = st.tuples(*(st.text(HEX, min_size=size, max_size=size) for size in (2, 32, 16, 2))).map("-".join)
VALUES = st.binary(max_size=600) | PARENTS.map(str.encode)
HEADERS = st.lists(st.tuples(st.sampled_from([b"traceparent", b"tracestate"]), VALUES), max_size=4)


@given(HEADERS)
def test_it_is_read_or_is_as_if_it_were_not_there(headers: list[tuple[bytes, bytes]]) -> None:
    read = get_current_span(sent_by_client(headers)).get_span_context()
    parents = [value.decode("latin-1") for name, value in headers if name == b"traceparent"]
    if read.is_valid:
        assert [f"{read.trace_id:032x}", f"{read.span_id:016x}"] == parents[0].split("-")[1:3]
        assert len(parents) == 1


@given(PARENTS)
def test_every_sound_parent_is_read(parent: str) -> None:
    version, trace, span, _ = parent.split("-")
    read = get_current_span(sent_by_client([(b"traceparent", parent.encode())])).get_span_context()
    assert read.is_valid == (version != "ff" and int(trace, 16) > 0 and int(span, 16) > 0)
