"""The three rulers, and what clients answer when they are asked about a number."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.events.intake import ReadinessMeasured
from contracts.moment import Moment
from contracts.terms import RulerName
from contracts.values import Readiness, Ruler, RulerFollowUp
from services.intake import policy, store
from services.intake.api.base import (
    READERS,
    WRITERS,
    Body,
    Said,
    known_client,
    no_such_client,
    not_accepted,
)
from services.intake.model import Measurement
from services.intake.policy import conversations
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["conversation"])


class FollowUp(Body):
    """What the client answered when they were asked about a number; either question may be left out."""

    ruler: RulerName
    why_not_lower: Said | None = None
    """Why a 6 and not a 3: their answer, word for word."""
    what_would_help: Said | None = None
    """What it would take to move up by one: their answer, word for word."""


class NewMeasurement(Body):
    """The rulers, 0 to 10, those that were asked.

    "On a scale from 0 to 10, how important is it for you to ...?" and so on.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "importance": 6,
                    "confidence": 4,
                    "words": "It matters. I never get round to it.",
                    "follow_ups": [
                        {
                            "ruler": "importance",
                            "why_not_lower": "Because of my daughter.",
                            "what_would_help": "A time that fits my shifts.",
                        }
                    ],
                }
            ]
        }
    )

    importance: Ruler | None = None
    """How much it matters to them."""
    confidence: Ruler | None = None
    """How sure they are that they could."""
    readiness: Ruler | None = None
    """How ready they feel to begin."""
    words: Said | None = None
    """What the client said about it, word for word."""
    follow_ups: Annotated[tuple[FollowUp, ...], Field(max_length=3)] = ()
    """What they answered to the questions after the numbers, at most once for each ruler."""
    measured_at: Moment | None = None
    """When they were asked; now where nothing is said."""


class MeasurementKept(Body):
    """The rulers were written down."""

    measurement_id: UUID
    ask_next: tuple[str, ...]
    """Questions that turn the numbers into a conversation; a ruler alone does little."""


class MeasurementView(Body):
    """One asking of the rulers. A ruler that was not asked is null."""

    measurement_id: UUID
    importance: Ruler | None
    confidence: Ruler | None
    readiness: Ruler | None
    words: str | None
    follow_ups: tuple[FollowUp, ...]
    measured_at: AwareDatetime
    asked_by: UUID


@routes.post(
    "/clients/{client_id}/readiness", allow=WRITERS, status_code=201, summary="Write the rulers down"
)
async def measure_readiness(client_id: UUID, body: NewMeasurement, command: Command) -> MeasurementKept:
    """Keep the rulers that were asked. States `ReadinessMeasured`; the answer suggests what to ask next."""
    return await command.once(partial(_measure, client_id, body, asked_by=command.caller.subject))


@routes.get("/clients/{client_id}/readiness", allow=READERS, summary="Read the rulers over time")
async def list_measurements(
    client_id: UUID, query: Query, after: After = None, limit: Limit = 20
) -> Page[MeasurementView]:
    """Every asking of the rulers, the latest first."""
    cursor = read_cursor(after, AwareDatetime, UUID)
    async with query.reading() as conn:
        await known_client(conn, client_id)
        asked = await store.conversation.measurements(
            conn, client_id, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    last = asked[limit - 1] if len(asked) > limit else None
    following = cursor_of(last.readiness.measured_at, last.id) if last else None
    return page_of([_measurement_view(measurement) for measurement in asked], limit, following)


async def _measure(
    client_id: UUID, body: NewMeasurement, tx: Transaction, *, asked_by: UUID
) -> MeasurementKept:
    readiness = Readiness(
        importance=body.importance,
        confidence=body.confidence,
        readiness=body.readiness,
        measured_at=body.measured_at or tx.now,
    )
    follow_ups = tuple(RulerFollowUp(**each.model_dump()) for each in body.follow_ups)
    flaws = (
        *policy.readiness_flaws(readiness, tx.now),
        *conversations.follow_up_flaws(readiness, follow_ups),
    )
    if flaws:
        raise not_accepted(flaws)
    measurement = Measurement(
        id=new_id(), readiness=readiness, words=body.words, follow_ups=follow_ups, asked_by=asked_by
    )
    if not await store.conversation.add_measurement(tx.conn, client_id, measurement=measurement):
        raise no_such_client()
    tx.publish(
        ReadinessMeasured(
            client_id=client_id,
            measurement_id=measurement.id,
            readiness=readiness,
            words=body.words,
            follow_ups=follow_ups,
            by=asked_by,
        )
    )
    return MeasurementKept(measurement_id=measurement.id, ask_next=policy.follow_ups(readiness))


def _measurement_view(measurement: Measurement) -> MeasurementView:
    return MeasurementView.model_validate(
        measurement.readiness.model_dump()
        | {
            "measurement_id": measurement.id,
            "words": measurement.words,
            "follow_ups": [each.model_dump() for each in measurement.follow_ups],
            "asked_by": measurement.asked_by,
        }
    )
