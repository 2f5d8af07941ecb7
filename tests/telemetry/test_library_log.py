import asyncio
import gc
import logging

import pytest

from .test_logs import Log, log

__all__ = ["log"]

SECRET = "canary5ecret"


@pytest.mark.parametrize("name", ["uvicorn.error", "aiohttp.client", "asyncio", "httpx", "redis"])
def test_a_warning_of_a_library_is_a_line_of_ours(name: str, log: Log) -> None:
    log.configure()
    logging.getLogger(name).warning("Invalid HTTP request received.")
    (line,) = log.lines()
    assert (line["level"], line["event"], line["logger"]) == ("warning", "library", name)
    assert line["message"] == "Invalid HTTP request received."


def test_what_a_library_says_below_warning_is_not_written(log: Log) -> None:
    log.configure("debug")
    for name in ("uvicorn", "httpx", "asyncio"):
        logging.getLogger(name).info("HTTP Request")
    assert log.lines() == []


def test_arguments_are_not_written(log: Log) -> None:
    log.configure()
    logging.getLogger("httpx").warning("GET %s failed", f"https://example.test/?key={SECRET}")
    assert log.lines()[0]["message"] == "GET %s failed"
    assert SECRET not in log.text()


@pytest.mark.parametrize(
    "message",
    [
        f"GET https://user:{SECRET}@example.test/ failed",
        f"GET /v1/stores?cursor={SECRET} failed",
        f"Authorization: Bearer {SECRET}",
        f"wrote {'canary' * 10}",
        f"never retrieved\nfuture: <Task exception=ValueError('{SECRET}')>",
    ],
)
def test_of_a_message_only_plain_words_of_its_first_line_are_written(message: str, log: Log) -> None:
    log.configure()
    logging.getLogger("redis").error(message)
    assert len(log.lines()) == 1
    assert "canary" not in log.text()


def test_an_exception_is_told_without_its_message(log: Log) -> None:
    log.configure()
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    (line,) = log.lines()
    assert (line["level"], line["message"], line["error"]) == ("error", "Exception in ASGI application", "ValueError")
    assert "test_library_log.py" in line["stack"][1]
    assert SECRET not in log.text()


def test_an_exception_in_place_of_a_message_is_told_without_its_own(log: Log) -> None:
    log.configure()
    logging.getLogger("uvicorn.error").error(OSError(98, f"while binding {SECRET}"))
    assert log.lines()[0]["error"] == "OSError EADDRINUSE"
    assert SECRET not in log.text()


def test_the_same_warning_over_and_over_is_said_once_in_ten_seconds(log: Log) -> None:
    log.configure()
    for _ in range(5):
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    log.clock.advance(10)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert [line["suppressed"] for line in log.lines()] == [0, 4]


def test_a_record_that_cannot_be_told_breaks_nothing_and_prints_nothing(
    log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    log.configure()
    log.stream.close()
    logging.getLogger("redis").warning("Lost %s", SECRET)
    assert capfd.readouterr() == ("", "")


def test_configuring_again_leaves_one_handler(log: Log) -> None:
    log.configure()
    log.configure()
    logging.getLogger("redis").warning("Once.")
    assert len(log.lines()) == 1


def test_handlers_that_a_library_brought_are_taken_away(log: Log, capfd: pytest.CaptureFixture[str]) -> None:
    stubborn = logging.getLogger("uvicorn")
    stubborn.addHandler(logging.StreamHandler())
    stubborn.setLevel(logging.INFO)
    stubborn.propagate = False
    log.configure()
    logging.getLogger("uvicorn.error").warning("Once.")
    assert len(log.lines()) == 1
    assert capfd.readouterr() == ("", "")


async def test_an_exception_that_no_task_retrieved_is_told_without_its_message(log: Log) -> None:
    async def fail() -> None:
        raise ValueError(SECRET)

    log.configure()
    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    del task
    gc.collect()
    (line,) = log.lines()
    assert (line["logger"], line["error"]) == ("asyncio", "ValueError")
    assert line["message"] == "Task exception was never retrieved"
    assert SECRET not in log.text()
