"""Structured logs: one JSON object a line, static event names, identifiers only.

Personal data has no business here. As a second line of defence, fields that usually hold some are
replaced, and long texts are cut out, whoever logs them.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any
from uuid import UUID

import structlog

from shared.retry import describe

HIDDEN = "[hidden]"
PERSONAL = frozenset({
    "name", "names", "full_name", "preferred_name", "first_name", "last_name", "family_name", "given_name",
    "address", "email", "phone", "mobile", "sms", "postcode", "postal_code", "born_on", "birth_date",
    "date_of_birth", "words", "note", "notes", "text", "message_text", "body", "own_idea", "password",
    "token", "key", "api_key", "secret", "authorization", "cookie",
})  # fmt: skip
LONGEST_TEXT = 300
DEEPEST = 12
PLAIN = (NoneType, str, bool, int, float, Decimal, UUID, date, time, timedelta, Enum)


def hide_personal_data(
    logger: object,  # noqa: ARG001 - structlog's processor protocol
    method: str,  # noqa: ARG001
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Replace what should never have been logged, at any depth."""
    # What begins with an underscore is structlog's own and is taken out before anything is written.
    return {key: value if key.startswith("_") else _clean(key, value) for key, value in event.items()}


def say_where(
    logger: object,  # noqa: ARG001 - structlog's processor protocol
    method: str,  # noqa: ARG001
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and where it was raised; its text may quote what people said."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = describe(error)
        frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
        event["raised"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _clean(key: str, value: Any) -> Any:  # noqa: ANN401 - whatever someone logs
    if key.lower() in PERSONAL or (isinstance(value, str) and len(value) > LONGEST_TEXT):
        return HIDDEN
    if isinstance(value, dict):
        return {k: _clean(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(key, item) for item in value]
    if isinstance(value, BaseException):
        return describe(value)
    # Anything else would be written as its repr, which may hold everything it knows about a person.
    return value if isinstance(value, PLAIN) else f"<{type(value).__name__}>"


def keep_first_line(
    logger: object,  # noqa: ARG001 - structlog's processor protocol
    method: str,  # noqa: ARG001
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Cut a library's message after its first line; asyncio quotes exceptions on the next ones."""
    event["event"] = str(event["event"]).partition("\n")[0]
    return event


def configure_logging(service: str, level: str) -> None:
    """Send everything, the libraries' logs included, to standard error as JSON."""
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        say_where,
        hide_personal_data,
    ]
    structlog.configure(
        processors=[*processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[keep_first_line, *processors],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in ("uvicorn.access", "httpx", "httpcore", "faststream"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)
