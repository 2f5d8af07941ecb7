import asyncio

import pytest

from gateway.telemetry.stack import MAX_ERRORS, MAX_FRAMES, class_name, stack

SECRET = "canary-secret"


def fail(depth: int = 0) -> None:
    secret = SECRET
    if depth:
        fail(depth - 1)
    raise ValueError(f"https://example.test/?key={secret}")


def caught(depth: int = 0) -> Exception:
    with pytest.raises(ValueError) as raised:
        fail(depth)
    return raised.value


def test_a_stack_is_the_class_and_file_line_function() -> None:
    lines = stack(caught())
    assert lines[0] == "ValueError"
    file, line, function = lines[-1].rsplit(":", 2)
    assert file.endswith("test_stack.py")
    assert line.isdigit()
    assert function == "fail"


def test_neither_message_nor_locals_are_told() -> None:
    assert SECRET not in repr(stack(caught()))


def test_the_innermost_frames_are_kept() -> None:
    assert len(stack(caught(depth=50))) == 1 + MAX_FRAMES


def test_what_an_error_was_raised_from_is_told_after_it() -> None:
    error = KeyError()
    error.__cause__ = TypeError()
    error.__cause__.__context__ = OSError()
    assert stack(error) == ["KeyError", "TypeError", "OSError"]


def test_a_context_that_was_set_aside_is_not_told() -> None:
    error = KeyError()
    error.__context__ = TypeError()
    error.__suppress_context__ = True
    assert stack(error) == ["KeyError"]


async def test_the_members_of_a_task_group_are_told() -> None:
    async def work() -> None:
        fail()

    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work())
    lines = stack(raised.value)
    assert lines[0] == "ExceptionGroup"
    assert "ValueError" in lines
    assert SECRET not in repr(lines)


def test_a_circle_of_causes_ends() -> None:
    first, second = KeyError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    assert stack(first) == ["KeyError", "TypeError"]


def test_a_crowd_of_members_is_cut() -> None:
    group = ExceptionGroup("many", [ValueError() for _ in range(100)])
    assert len(stack(group)) == MAX_ERRORS


def test_an_error_of_the_operating_system_keeps_its_symbol() -> None:
    assert class_name(OSError(98, "canary")) == "OSError EADDRINUSE"
    assert class_name(OSError("canary")) == "OSError"
