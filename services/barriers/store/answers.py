"""Answers with what they were decided from: written once, read to try another playbook on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import TypeAdapter

from contracts.terms import BarrierCategory, Pace, Strength, TaskKind, Wish
from services.barriers.model import Answer, Given, Help, Outcomes
from shared.db import Connection, Record

HELP = TypeAdapter(Help)

SAVE_ANSWERS = """
insert into answer (
    barrier_id, client_id, answered_at, category, strength, wish, importance, confidence, pace, time_zone,
    shares_plan, help_looked_for, rule, playbook_version, help, if_words, then_words, kinds
)
select u.barrier_id, u.client_id, u.answered_at, u.category, u.strength, u.wish, u.importance, u.confidence,
       u.pace, u.time_zone, u.shares_plan, u.help_looked_for, u.rule, u.playbook_version, u.help::jsonb,
       u.if_words, u.then_words, string_to_array(u.kinds, ' ')
from unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::smallint[], $6::text[], $7::smallint[],
    $8::smallint[], $9::text[], $10::text[], $11::boolean[], $12::boolean[], $13::text[], $14::text[],
    $15::text[], $16::text[], $17::text[], $18::text[]
) as u (
    barrier_id, client_id, answered_at, category, strength, wish, importance, confidence, pace, time_zone,
    shares_plan, help_looked_for, rule, playbook_version, help, if_words, then_words, kinds
)
"""


async def save_answers(conn: Connection, answers: Collection[Answer]) -> None:
    """Write new answers."""
    rows = [
        (
            one.given.barrier_id,
            one.given.client_id,
            one.given.answered_at,
            one.given.category.value,
            int(one.given.strength),
            one.given.wish.value,
            one.given.importance,
            one.given.confidence,
            one.given.pace.value,
            one.given.time_zone,
            one.given.shares_plan,
            one.given.help_looked_for,
            one.outcomes.rule,
            one.outcomes.edition,
            _help_as_json(one.outcomes.help),
            one.outcomes.if_words,
            one.outcomes.then_words,
            " ".join(one.outcomes.kinds),
        )
        for one in answers
    ]
    await conn.execute(SAVE_ANSWERS, *(list(column) for column in zip(*rows, strict=True)))


COUNT_ANSWERED = """
select count(*) filter (where a.barrier_id is not null) as kept,
       count(*) filter (where a.barrier_id is null) as not_kept
from barrier as b
left join answer as a on a.barrier_id = b.id
where b.answered_at >= $1
"""


async def count_answered(conn: Connection, *, since: datetime) -> tuple[int, int]:
    """Say how many answers were given since then with what they were decided from, and how many without."""
    row = await conn.fetchrow(COUNT_ANSWERED, since)
    return (0, 0) if row is None else (row["kept"], row["not_kept"])


ANSWERS_SINCE = """
select a.barrier_id, a.client_id, a.answered_at, a.category, a.strength, a.wish, a.importance, a.confidence,
       a.pace, a.time_zone, a.shares_plan, a.help_looked_for, a.rule, a.playbook_version, a.help, a.if_words,
       a.then_words, a.kinds, b.words, b.own_idea, b.goal_words
from answer as a
join barrier as b on b.id = a.barrier_id
where a.answered_at >= $1
  and ($2::timestamptz is null or (a.answered_at, a.barrier_id) < ($2, $3::uuid))
order by a.answered_at desc, a.barrier_id desc
limit $4
"""


async def answers_since(
    conn: Connection, since: datetime, *, after: Given | None, limit: int
) -> list[Answer]:
    """Give the answers since then, the latest first, from after one on."""
    at, barrier_id = (None, None) if after is None else (after.answered_at, after.barrier_id)
    return [_answer(row) for row in await conn.fetch(ANSWERS_SINCE, since, at, barrier_id, limit)]


def _help_as_json(asked: Help | None) -> str | None:
    if asked is None:
        return None
    return HELP.dump_json(asked).decode()


def _answer(row: Record) -> Answer:
    return Answer(
        given=Given(
            barrier_id=row["barrier_id"],
            client_id=row["client_id"],
            category=BarrierCategory(row["category"]),
            words=row["words"],
            strength=Strength(row["strength"]),
            own_idea=row["own_idea"],
            goal_words=row["goal_words"],
            wish=Wish(row["wish"]),
            importance=row["importance"],
            confidence=row["confidence"],
            pace=Pace(row["pace"]),
            time_zone=row["time_zone"],
            shares_plan=row["shares_plan"],
            help_looked_for=row["help_looked_for"],
            answered_at=row["answered_at"],
        ),
        outcomes=Outcomes(
            rule=row["rule"],
            edition=row["playbook_version"],
            help=_help_from_json(row["help"]),
            if_words=row["if_words"],
            then_words=row["then_words"],
            kinds=tuple(TaskKind(kind) for kind in row["kinds"]),
        ),
    )


def _help_from_json(value: Mapping[str, object] | None) -> Help | None:
    return None if value is None else HELP.validate_python(value)
