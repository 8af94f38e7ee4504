"""What clients said: goals and values, rulers, barriers and what they want done about them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from contracts.terms import BarrierCategory, GoalKind, Strength, Wish
from contracts.values import Consent, Readiness, RulerFollowUp
from services.intake.model import Goal, Measurement, Missing, Standing, StatedBarrier, Statement, WishHeard
from services.intake.store.clients import LAST_ID, context_of
from shared.db import Connection, Record

_CONSENTS = TypeAdapter(tuple[Consent, ...])
_FOLLOW_UPS = TypeAdapter(tuple[RulerFollowUp, ...])

STATE_BARRIER = """
with client_now as (
    select
        id, version, time_zone, language, postcode, born_on, pace, setting, available::text as available,
        caring_duties, access_needs, free_only, excluded_organizations
    from client
    where id = $2
), goal_now as (
    select words from goal where id = $8 and client_id = $2
), stated as (
    insert into barrier (
        id, client_id, words, category, strength, own_idea, wish, wish_changed_at, goal_id,
        stated_at, stated_by
    )
    select $1, id, $3, $4, $5, $6, $7, $9, $8, $9, $10
    from client_now
    where $8::uuid is null or exists (select from goal_now)
    returning id
)
select
    c.id, c.version, c.time_zone, c.language, c.postcode, c.born_on, c.pace, c.setting, c.available,
    c.caring_duties, c.access_needs, c.free_only, c.excluded_organizations,
    r.importance, r.confidence, r.readiness, r.measured_at,
    (select words from goal_now) as goal_words,
    exists (select from stated) as was_stated,
    (
        select json_agg(json_build_object(
            'id', k.id, 'client_id', k.client_id, 'discloser', k.discloser, 'organizations', k.organizations,
            'any_matched_service', k.any_matched_service, 'purposes', k.purposes, 'scopes', k.scopes,
            'granted_at', k.granted_at, 'expires_at', k.expires_at
        ) order by k.id)::text
        from consent k
        where k.client_id = $2
            and not exists (select from consent_revocation v where v.consent_id = k.id)
    ) as consents
from client_now c
left join lateral (
    select importance, confidence, readiness, measured_at
    from readiness
    where client_id = c.id
    order by measured_at desc, id desc
    limit 1
) r on true
"""


async def state_barrier(
    conn: Connection, client_id: UUID, *, statement: Statement, now: datetime
) -> Standing | Missing:
    """Write a barrier down and read all that stands at that moment, in one statement.

    Nothing is written where the client, or the goal among theirs, is not there; the answer says which.
    """
    row = await conn.fetchrow(
        STATE_BARRIER,
        statement.barrier_id,
        client_id,
        statement.words,
        statement.category,
        statement.strength,
        statement.own_idea,
        statement.wish,
        statement.goal_id,
        now,
        statement.stated_by,
    )
    if row is None:
        return Missing.CLIENT
    if not row["was_stated"]:
        return Missing.GOAL
    return Standing(
        context=context_of(row),
        readiness=_readiness(row),
        consents=_CONSENTS.validate_json(row["consents"]) if row["consents"] else (),
        goal_words=row["goal_words"],
    )


BARRIERS = """
select
    id, words, category, strength, own_idea, wish, wish_version, wish_changed_at, goal_id, stated_at,
    stated_by
from barrier
where client_id = $1 and id < $2
order by id desc
limit $3
"""


async def barriers(
    conn: Connection, client_id: UUID, *, after: UUID | None, limit: int
) -> list[StatedBarrier]:
    """Read the barriers that a client stated, the newest first."""
    return [_barrier(row) for row in await conn.fetch(BARRIERS, client_id, after or LAST_ID, limit)]


CHANGE_WISH = """
with moved as (
    update barrier
    set wish = $3, wish_version = wish_version + 1, wish_changed_at = $4
    where id = $1 and client_id = $2 and wish <> $3 and ($6::integer is null or wish_version = $6)
    returning id, wish_version
), kept as (
    insert into wish_change (barrier_id, version, wish, changed_at, heard_by)
    select id, wish_version, $3, $4, $5 from moved
)
select wish_version from moved
"""


async def change_wish(conn: Connection, client_id: UUID, *, heard: WishHeard) -> int | None:
    """Write down what the client wants now and return the wish's version; None when nothing changed.

    Nothing changes where the barrier is not there, the wish is the same already, or `heard.seen` is set
    and is not the version that stands.
    """
    version: int | None = await conn.fetchval(
        CHANGE_WISH, heard.barrier_id, client_id, heard.wish, heard.heard_at, heard.heard_by, heard.seen
    )
    return version


WISH_NOW = "select wish, wish_version from barrier where id = $1 and client_id = $2"


async def wish_now(conn: Connection, client_id: UUID, *, barrier_id: UUID) -> tuple[Wish, int] | None:
    """Read what a client wants done about a barrier, and the version of that."""
    row = await conn.fetchrow(WISH_NOW, barrier_id, client_id)
    return (Wish(row["wish"]), row["wish_version"]) if row else None


ADD_GOAL = """
insert into goal (id, client_id, kind, words, stated_at, stated_to)
select $1, c.id, $3, $4, $5, $6 from client c where c.id = $2
returning id
"""


async def add_goal(conn: Connection, client_id: UUID, *, goal: Goal) -> bool:
    """Write a goal or a value down; say whether there is such a client."""
    added = await conn.fetchval(
        ADD_GOAL, goal.id, client_id, goal.kind, goal.words, goal.stated_at, goal.stated_to
    )
    return added is not None


GOALS = """
select id, kind, words, stated_at, stated_to
from goal
where client_id = $1 and id < $2
order by id desc
limit $3
"""


async def goals(conn: Connection, client_id: UUID, *, after: UUID | None, limit: int) -> list[Goal]:
    """Read a client's goals and values, the newest first."""
    return [
        Goal(
            id=row["id"],
            kind=GoalKind(row["kind"]),
            words=row["words"],
            stated_at=row["stated_at"],
            stated_to=row["stated_to"],
        )
        for row in await conn.fetch(GOALS, client_id, after or LAST_ID, limit)
    ]


ADD_MEASUREMENT = """
insert into readiness (
    id, client_id, importance, confidence, readiness, words, measured_at, asked_by, follow_ups
)
select $1, c.id, $3, $4, $5, $6, $7, $8, $9 from client c where c.id = $2
returning id
"""


async def add_measurement(conn: Connection, client_id: UUID, *, measurement: Measurement) -> bool:
    """Write an asking of the rulers down; say whether there is such a client."""
    added = await conn.fetchval(
        ADD_MEASUREMENT,
        measurement.id,
        client_id,
        measurement.readiness.importance,
        measurement.readiness.confidence,
        measurement.readiness.readiness,
        measurement.words,
        measurement.readiness.measured_at,
        measurement.asked_by,
        [each.model_dump(mode="json") for each in measurement.follow_ups],
    )
    return added is not None


MEASUREMENTS = """
select id, importance, confidence, readiness, words, measured_at, asked_by, follow_ups::text as follow_ups
from readiness
where client_id = $1 and (measured_at, id) < (coalesce($2::timestamptz, 'infinity'), $3::uuid)
order by measured_at desc, id desc
limit $4
"""


async def measurements(
    conn: Connection, client_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Measurement]:
    """Read every asking of the rulers, the latest first; `after` is the moment and id of the one before."""
    moment, measurement_id = after or (None, LAST_ID)
    rows = await conn.fetch(MEASUREMENTS, client_id, moment, measurement_id, limit)
    return [
        Measurement(
            id=row["id"],
            readiness=_readiness(row),
            words=row["words"],
            follow_ups=_FOLLOW_UPS.validate_json(row["follow_ups"]),
            asked_by=row["asked_by"],
        )
        for row in rows
    ]


def _readiness(row: Record) -> Readiness:
    return Readiness(
        importance=row["importance"],
        confidence=row["confidence"],
        readiness=row["readiness"],
        measured_at=row["measured_at"],
    )


def _barrier(row: Record) -> StatedBarrier:
    return StatedBarrier(
        statement=Statement(
            barrier_id=row["id"],
            words=row["words"],
            category=BarrierCategory(row["category"]),
            strength=Strength(row["strength"]),
            own_idea=row["own_idea"],
            wish=Wish(row["wish"]),
            goal_id=row["goal_id"],
            stated_by=row["stated_by"],
        ),
        stated_at=row["stated_at"],
        wish_version=row["wish_version"],
        wish_changed_at=row["wish_changed_at"],
    )
