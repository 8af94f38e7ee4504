"""Nothing personal and no exception's text ever reaches the log, whoever writes it and however deep."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import structlog
from pydantic import BaseModel

from shared.logging import HIDDEN, LONGEST_TEXT, configure_logging

SAID = "Amina said that the last bus is gone"


class Person(BaseModel):
    called: str


@dataclass
class Note:
    content: str


class Log(io.StringIO):
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Logging as a process configures it, written here; everything is put back afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    written = Log()
    monkeypatch.setattr("sys.stderr", written)
    for handler in handlers:
        root.removeHandler(handler)
    configure_logging("parcels", "INFO")
    structlog.configure(cache_logger_on_first_use=False)
    yield written
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = handlers, level


def test_a_line_is_one_json_object_with_its_service_and_fields(log: Log) -> None:
    structlog.get_logger().info("parcel_packed", parcel_id=str(UUID(int=1)), weight=3, late=False, by=None)

    line = log.lines()[0]
    assert line["event"] == "parcel_packed"
    assert line["service"] == "parcels"
    assert (line["weight"], line["late"], line["by"]) == (3, False, None)
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": SAID},
        {"Preferred_Name": SAID},
        {"client": {"id": "1", "address": {"postcode": SAID}}},
        {"clients": [{"phone": SAID}, {"email": SAID}]},
        {"deep": ({"a": [{"b": {"words": SAID}}]},)},
        {"anything": SAID * (LONGEST_TEXT // len(SAID) + 1)},
        {"person": Person(called=SAID)},
        {"people": [Person(called=SAID)]},
        {"about": Note(SAID)},
        {"raw": SAID.encode()},
        {"error": ValueError(SAID)},
        {"errors": [ValueError(SAID)]},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_people_said_is_hidden_wherever_it_is(log: Log, fields: dict[str, object]) -> None:
    structlog.get_logger().info("something_happened", **fields)

    assert log.lines()[0]["event"] == "something_happened"
    assert "Amina" not in log.getvalue()


def test_a_hidden_field_says_that_it_is_hidden(log: Log) -> None:
    structlog.get_logger().info("something_happened", name=SAID)

    assert log.lines()[0]["name"] == HIDDEN


def test_an_exception_is_told_by_kind_and_place_and_never_by_its_text(log: Log) -> None:
    try:
        raise LookupError(SAID)
    except LookupError:
        structlog.get_logger().exception("it_went_wrong")
    structlog.get_logger().error("it_went_wrong", exc_info=LookupError(SAID))

    first, second = log.lines()
    assert first["error"] == second["error"] == "LookupError"
    assert "test_logging.py" in first["raised"][-1]
    assert "Amina" not in log.getvalue()


def test_the_exceptions_of_libraries_are_told_in_the_same_way(log: Log) -> None:
    try:
        raise LookupError(SAID)
    except LookupError:
        logging.getLogger("some.library").exception("could not do it")

    line = log.lines()[0]
    assert (line["event"], line["error"]) == ("could not do it", "LookupError")
    assert "Amina" not in log.getvalue()


async def test_an_exception_that_nobody_awaited_is_told_without_its_text(log: Log) -> None:
    async def fail() -> None:
        raise LookupError(SAID)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    context = {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    asyncio.get_running_loop().default_exception_handler(context)

    assert log.lines()[0]["error"] == "LookupError"
    assert "Amina" not in log.getvalue()
