"""How everything stands: one statement for each table, for all that a batch has touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from contracts.terms import Priority
from services.desk.model.entries import Kind
from services.desk.model.pictures import (
    BarrierPicture,
    ClientPicture,
    MessagePicture,
    Picture,
    PlanPicture,
    ReferralPicture,
    StepPicture,
    TaskPicture,
)
from services.desk.store import playbook
from shared.db import Connection

P_contra = TypeVar("P_contra", bound=Picture, contravariant=True)

RANKS: Mapping[Priority, int] = {
    Priority.STAT: 0,
    Priority.ASAP: 1,
    Priority.URGENT: 2,
    Priority.ROUTINE: 3,
}
"""Priorities as lists are ordered by them, most pressing first."""

SAVE_CLIENTS = """
insert into client (id, full_name, preferred_name, time_zone, contact_prohibited, messages_wanted,
                    registered_at, importance, confidence, readiness, measured_at, picture, merged_into)
select u.id, u.full_name, u.preferred_name, u.time_zone, u.contact_prohibited, u.messages_wanted,
       u.registered_at, u.importance, u.confidence, u.readiness, u.measured_at, u.picture::json,
       u.merged_into
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::timestamptz[],
            $8::smallint[], $9::smallint[], $10::smallint[], $11::timestamptz[], $12::text[], $13::uuid[])
    as u (id, full_name, preferred_name, time_zone, contact_prohibited, messages_wanted, registered_at,
          importance, confidence, readiness, measured_at, picture, merged_into)
on conflict (id) do update
set full_name = excluded.full_name, preferred_name = excluded.preferred_name, time_zone = excluded.time_zone,
    contact_prohibited = excluded.contact_prohibited, messages_wanted = excluded.messages_wanted,
    registered_at = excluded.registered_at, importance = excluded.importance,
    confidence = excluded.confidence, readiness = excluded.readiness,
    measured_at = excluded.measured_at, picture = excluded.picture, merged_into = excluded.merged_into
"""


async def save_clients(conn: Connection, clients: Sequence[ClientPicture]) -> None:
    """Write how these clients stand."""
    rulers = [one.rulers for one in clients]
    await conn.execute(
        SAVE_CLIENTS,
        [one.id for one in clients],
        [one.full_name for one in clients],
        [one.preferred_name for one in clients],
        [one.context.time_zone if one.context else None for one in clients],
        [one.contact_prohibited for one in clients],
        [one.messages_wanted for one in clients],
        [one.registered_at for one in clients],
        [one.importance for one in rulers],
        [one.confidence for one in rulers],
        [one.readiness for one in rulers],
        [one.measured_at for one in rulers],
        _json(clients),
        [one.merged_into for one in clients],
    )


SAVE_NAMES = """
with gone as (
    delete from client_name n
    where n.client_id = any($1::uuid[])
      and not exists (
          select from unnest($2::uuid[], $3::text[]) as u (client_id, word)
          where u.client_id = n.client_id and u.word = n.word)
)
insert into client_name (client_id, word)
select client_id, word from unnest($2::uuid[], $3::text[]) as u (client_id, word)
on conflict do nothing
"""


async def save_names(conn: Connection, words: Mapping[UUID, frozenset[str]]) -> None:
    """Write by which words these clients are found. The clients must have been saved."""
    pairs = [(client_id, word) for client_id, found in words.items() for word in sorted(found)]
    await conn.execute(
        SAVE_NAMES, list(words), [client_id for client_id, _ in pairs], [word for _, word in pairs]
    )


SAVE_BARRIERS = """
insert into barrier (id, client_id, category, status, wish, stated_at, moved_at, answered_at, eased_at,
                     unmatched_at, unmatched_area, picture)
select u.id, u.client_id, u.category, u.status, u.wish, u.stated_at, u.moved_at, u.answered_at, u.eased_at,
       u.unmatched_at, u.unmatched_area, u.picture::json
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[])
    as u (id, client_id, category, status, wish, stated_at, moved_at, answered_at, eased_at, unmatched_at,
          unmatched_area, picture)
on conflict (id) do update
set category = excluded.category, status = excluded.status, wish = excluded.wish,
    stated_at = excluded.stated_at, moved_at = excluded.moved_at, answered_at = excluded.answered_at,
    eased_at = excluded.eased_at, unmatched_at = excluded.unmatched_at,
    unmatched_area = excluded.unmatched_area, picture = excluded.picture
"""


async def save_barriers(conn: Connection, barriers: Sequence[BarrierPicture]) -> None:
    """Write how these barriers stand."""
    await conn.execute(
        SAVE_BARRIERS,
        [one.id for one in barriers],
        [one.client_id for one in barriers],
        [one.category.value if one.category else None for one in barriers],
        [one.status.value for one in barriers],
        [one.wish.value if one.wish else None for one in barriers],
        [one.stated_at for one in barriers],
        [one.moves[-1].at if one.moves else one.stated_at for one in barriers],
        [one.answered_at for one in barriers],
        [one.eased_at for one in barriers],
        [one.unmatched[-1].at if one.unmatched else None for one in barriers],
        [one.unmatched[-1].area if one.unmatched else None for one in barriers],
        _json(barriers),
    )


SAVE_PLANS = """
insert into plan (id, client_id, barrier_id, status, moved_at, picture)
select u.id, u.client_id, u.barrier_id, u.status, u.moved_at, u.picture::json
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[])
    as u (id, client_id, barrier_id, status, moved_at, picture)
on conflict (id) do update
set status = excluded.status, moved_at = excluded.moved_at, picture = excluded.picture
"""


async def save_plans(conn: Connection, plans: Sequence[PlanPicture]) -> None:
    """Write how these plans stand."""
    await conn.execute(
        SAVE_PLANS,
        [one.id for one in plans],
        [one.client_id for one in plans],
        [one.barrier_id for one in plans],
        [one.status.value for one in plans],
        [one.moves[-1].at if one.moves else None for one in plans],
        _json(plans),
    )


SAVE_STEPS = """
insert into step (id, client_id, barrier_id, status, moved_at, picture)
select u.id, u.client_id, u.barrier_id, u.status, u.moved_at, u.picture::json
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[])
    as u (id, client_id, barrier_id, status, moved_at, picture)
on conflict (id) do update
set status = excluded.status, moved_at = excluded.moved_at, picture = excluded.picture
"""


async def save_steps(conn: Connection, steps: Sequence[StepPicture]) -> None:
    """Write how these steps stand."""
    await conn.execute(
        SAVE_STEPS,
        [one.id for one in steps],
        [one.client_id for one in steps],
        [one.barrier_id for one in steps],
        [one.status.value for one in steps],
        [one.moved_at for one in steps],
        _json(steps),
    )


SAVE_TASKS = """
insert into task (id, client_id, kind, status, rank, due_from, due_by, assignee, referral_id, escalated_at,
                  acknowledged_at, opened_at, moved_at, picture, team_id, caretaker)
select u.id, u.client_id, u.kind, u.status, u.rank, u.due_from, u.due_by, u.assignee, u.referral_id,
       u.escalated_at, u.acknowledged_at, u.opened_at, u.moved_at, u.picture::json,
       l.team_id, l.staff_id
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[],
            $7::timestamptz[], $8::uuid[], $9::uuid[], $10::timestamptz[], $11::timestamptz[],
            $12::timestamptz[], $13::timestamptz[], $14::text[])
    as u (id, client_id, kind, status, rank, due_from, due_by, assignee, referral_id, escalated_at,
          acknowledged_at, opened_at, moved_at, picture)
left join lateral who_looks_after(u.client_id) l on true
on conflict (id) do update
set kind = excluded.kind, status = excluded.status, rank = excluded.rank, due_from = excluded.due_from,
    due_by = excluded.due_by, assignee = excluded.assignee, referral_id = excluded.referral_id,
    escalated_at = excluded.escalated_at, acknowledged_at = excluded.acknowledged_at,
    opened_at = excluded.opened_at, moved_at = excluded.moved_at, picture = excluded.picture,
    team_id = excluded.team_id, caretaker = excluded.caretaker
"""


async def save_tasks(conn: Connection, tasks: Sequence[TaskPicture]) -> None:
    """Write how these tasks stand. One that has only been moved so far waits until it is known what it is."""
    known = [one for one in tasks if one.kind is not None]
    await conn.execute(
        SAVE_TASKS,
        [one.id for one in known],
        [one.client_id for one in known],
        [one.kind.value if one.kind else None for one in known],
        [one.status.value for one in known],
        [RANKS[one.priority] for one in known],
        [one.due_from for one in known],
        [one.due_by for one in known],
        [one.assignee for one in known],
        [one.referral_id for one in known],
        [one.escalated_at for one in known],
        [one.acknowledged_at for one in known],
        [one.opened_at for one in known],
        [one.moves[-1].at if one.moves else one.opened_at for one in known],
        _json(known),
    )


SAVE_REFERRALS = """
insert into referral (id, client_id, barrier_id, status, business_status, service_id, organization_id,
                      client_confirmed, acknowledge_by, stalled, drafted_at, moved_at, picture, requested_at,
                      answered_at, service_name, organization_name, team_id, caretaker)
select u.id, u.client_id, u.barrier_id, u.status, u.business_status, u.service_id, u.organization_id,
       u.client_confirmed, u.acknowledge_by, u.stalled, u.drafted_at, u.moved_at, u.picture::json,
       u.requested_at, u.answered_at, u.service_name, u.organization_name, l.team_id, l.staff_id
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::text[],
            $9::timestamptz[], $10::boolean[], $11::timestamptz[], $12::timestamptz[], $13::text[],
            $14::timestamptz[], $15::timestamptz[], $16::text[], $17::text[])
    as u (id, client_id, barrier_id, status, business_status, service_id, organization_id, client_confirmed,
          acknowledge_by, stalled, drafted_at, moved_at, picture, requested_at, answered_at, service_name,
          organization_name)
left join lateral who_looks_after(u.client_id) l on true
on conflict (id) do update
set status = excluded.status, business_status = excluded.business_status, service_id = excluded.service_id,
    organization_id = excluded.organization_id, client_confirmed = excluded.client_confirmed,
    acknowledge_by = excluded.acknowledge_by, stalled = excluded.stalled,
    drafted_at = excluded.drafted_at, moved_at = excluded.moved_at,
    picture = excluded.picture, requested_at = excluded.requested_at, answered_at = excluded.answered_at,
    service_name = excluded.service_name, organization_name = excluded.organization_name,
    team_id = excluded.team_id, caretaker = excluded.caretaker
"""


async def save_referrals(conn: Connection, referrals: Sequence[ReferralPicture]) -> None:
    """Write how these referrals stand."""
    await conn.execute(
        SAVE_REFERRALS,
        [one.id for one in referrals],
        [one.client_id for one in referrals],
        [one.barrier_id for one in referrals],
        [one.status.value for one in referrals],
        [one.business_status.value for one in referrals],
        [one.service_id for one in referrals],
        [one.organization_id for one in referrals],
        [one.client_confirmed.value if one.client_confirmed else None for one in referrals],
        [one.acknowledge_by for one in referrals],
        [one.stalled for one in referrals],
        [one.drafted_at for one in referrals],
        [one.moves[-1].at if one.moves else None for one in referrals],
        _json(referrals),
        [one.requested_at for one in referrals],
        [one.answered_at for one in referrals],
        [one.service_name for one in referrals],
        [one.organization_name for one in referrals],
    )


SAVE_MESSAGES = """
insert into message (id, client_id, kind, stage, due_at, moved_at, picture)
select u.id, u.client_id, u.kind, u.stage, u.due_at, u.moved_at, u.picture::json
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[])
    as u (id, client_id, kind, stage, due_at, moved_at, picture)
on conflict (id) do update
set stage = excluded.stage, due_at = excluded.due_at, moved_at = excluded.moved_at, picture = excluded.picture
"""


async def save_messages(conn: Connection, messages: Sequence[MessagePicture]) -> None:
    """Write how these messages stand."""
    await conn.execute(
        SAVE_MESSAGES,
        [one.id for one in messages],
        [one.client_id for one in messages],
        [one.kind.value for one in messages],
        [one.stage for one in messages],
        [one.due_at for one in messages],
        [one.ended_at for one in messages],
        _json(messages),
    )


FORGET_UNSTATED = """
with gone as (
    select kind, id from (
        select 'client' as kind, id from client union all
        select 'barrier', id from barrier union all
        select 'plan', id from plan union all
        select 'step', id from step union all
        select 'task', id from task union all
        select 'referral', id from referral union all
        select 'message', id from message union all
        select 'service', id from service union all
        select 'playbook', id from playbook_version
    ) shown
    where not exists (select from entry e where e.kind = shown.kind and e.subject_id = shown.id)
), clients as (delete from client where id in (select id from gone where kind = 'client')),
barriers as (delete from barrier where id in (select id from gone where kind = 'barrier')),
plans as (delete from plan where id in (select id from gone where kind = 'plan')),
steps as (delete from step where id in (select id from gone where kind = 'step')),
tasks as (delete from task where id in (select id from gone where kind = 'task')),
referrals as (delete from referral where id in (select id from gone where kind = 'referral')),
messages as (delete from message where id in (select id from gone where kind = 'message')),
services as (delete from service where id in (select id from gone where kind = 'service')),
playbooks as (delete from playbook_version where id in (select id from gone where kind = 'playbook'))
select count(*) from gone
"""


async def forget_unstated(conn: Connection) -> int:
    """Take away what stands here and was never stated; returns how many things that were."""
    return int(await conn.fetchval(FORGET_UNSTATED))


class Save(Protocol[P_contra]):
    """Writes how things of one kind stand."""

    async def __call__(self, conn: Connection, pictures: Sequence[P_contra], /) -> None:
        """Write them all."""


SAVES: Mapping[Kind, Save[Picture]] = {
    Kind.CLIENT: save_clients,  # type: ignore[dict-item]  # each gets what its fold gives
    Kind.BARRIER: save_barriers,  # type: ignore[dict-item]
    Kind.PLAN: save_plans,  # type: ignore[dict-item]
    Kind.STEP: save_steps,  # type: ignore[dict-item]
    Kind.TASK: save_tasks,  # type: ignore[dict-item]
    Kind.REFERRAL: save_referrals,  # type: ignore[dict-item]
    Kind.MESSAGE: save_messages,  # type: ignore[dict-item]
    Kind.PLAYBOOK: playbook.save,
}
"""How each kind is written."""


def _json(pictures: Sequence[Picture]) -> list[str]:
    return [one.model_dump_json() for one in pictures]
