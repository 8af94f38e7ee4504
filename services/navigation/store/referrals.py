"""Referrals as they stand: written and read by the batch, found for whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from contracts.terms import BusinessStatus, ChangedBy, ClientConfirmed, ReasonCode, ReferralStatus
from contracts.values import Candidate
from services.navigation.model.referrals import Appointment, Referral
from shared.db import Connection, Record

INSERT_REFERRALS = """
insert into referral (id, client_id, barrier_id, help_id, version, status, business_status,
                      service_id, service_name, organization_id, organization_name,
                      candidates, rejected_more, runner_up_id, replaces, why_not_sent,
                      consent_id, sent_at, acknowledge_by, drafted_at, moved_at, cause_id, correlation_id)
select id, client_id, barrier_id, help_id, version, status, business_status,
       service_id, service_name, organization_id, organization_name,
       candidates::jsonb, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, drafted_at, moved_at, cause_id, correlation_id
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::text[],
            $8::uuid[], $9::text[], $10::uuid[], $11::text[],
            $12::text[], $13::integer[], $14::uuid[], $15::uuid[], $16::text[],
            $17::uuid[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
            $22::uuid[], $23::uuid[])
    as u (id, client_id, barrier_id, help_id, version, status, business_status,
          service_id, service_name, organization_id, organization_name,
          candidates, rejected_more, runner_up_id, replaces, why_not_sent,
          consent_id, sent_at, acknowledge_by, drafted_at, moved_at, cause_id, correlation_id)
"""


async def insert(conn: Connection, referrals: Sequence[Referral]) -> None:
    """Write new referrals, drafts or sent. A second draft or live one of a barrier is a unique violation."""
    await conn.execute(
        INSERT_REFERRALS,
        [r.id for r in referrals],
        [r.client_id for r in referrals],
        [r.barrier_id for r in referrals],
        [r.help_id for r in referrals],
        [r.version for r in referrals],
        [r.status.value for r in referrals],
        [r.business_status.value for r in referrals],
        [r.service_id for r in referrals],
        [r.service_name for r in referrals],
        [r.organization_id for r in referrals],
        [r.organization_name for r in referrals],
        [_json(r.candidates) for r in referrals],
        [r.rejected_more for r in referrals],
        [r.runner_up_id for r in referrals],
        [r.replaces for r in referrals],
        [r.why_not_sent for r in referrals],
        [r.consent_id for r in referrals],
        [r.sent_at for r in referrals],
        [r.acknowledge_by for r in referrals],
        [r.drafted_at for r in referrals],
        [r.moved_at for r in referrals],
        [r.cause_id for r in referrals],
        [r.correlation_id for r in referrals],
    )


UPDATE_REFERRALS = """
update referral as r
set version = u.version, status = u.status, business_status = u.business_status,
    service_id = u.service_id, service_name = u.service_name,
    organization_id = u.organization_id, organization_name = u.organization_name,
    runner_up_id = u.runner_up_id, why_not_sent = u.why_not_sent,
    consent_id = u.consent_id, sent_at = u.sent_at, acknowledge_by = u.acknowledge_by,
    answered_at = u.answered_at, unanswered_at = u.unanswered_at,
    appointment_id = u.appointment_id, appointment_at = u.appointment_at,
    appointment_remote = u.appointment_remote,
    reason = u.reason, reason_text = u.reason_text, ended_by = u.ended_by, outcome = u.outcome,
    client_confirmed = u.client_confirmed, moved_at = u.moved_at, replaces = u.replaces,
    progress_by = u.progress_by, stalled_at = u.stalled_at, superseded_by = u.superseded_by
from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::text[],
            $9::uuid[], $10::text[], $11::uuid[], $12::timestamptz[], $13::timestamptz[],
            $14::timestamptz[], $15::timestamptz[], $16::uuid[], $17::timestamptz[], $18::boolean[],
            $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::timestamptz[],
            $25::uuid[], $26::timestamptz[], $27::timestamptz[], $28::uuid[])
    as u (id, version, status, business_status, service_id, service_name, organization_id, organization_name,
          runner_up_id, why_not_sent, consent_id, sent_at, acknowledge_by, answered_at, unanswered_at,
          appointment_id, appointment_at, appointment_remote, reason, reason_text, ended_by, outcome,
          client_confirmed, moved_at, replaces, progress_by, stalled_at, superseded_by)
where r.id = u.id
"""


async def update(conn: Connection, referrals: Sequence[Referral]) -> None:
    """Write how these referrals stand now. Their clients must be held; candidates never change."""
    await conn.execute(
        UPDATE_REFERRALS,
        [r.id for r in referrals],
        [r.version for r in referrals],
        [r.status.value for r in referrals],
        [r.business_status.value for r in referrals],
        [r.service_id for r in referrals],
        [r.service_name for r in referrals],
        [r.organization_id for r in referrals],
        [r.organization_name for r in referrals],
        [r.runner_up_id for r in referrals],
        [r.why_not_sent for r in referrals],
        [r.consent_id for r in referrals],
        [r.sent_at for r in referrals],
        [r.acknowledge_by for r in referrals],
        [r.answered_at for r in referrals],
        [r.unanswered_at for r in referrals],
        [r.appointment.id if r.appointment else None for r in referrals],
        [r.appointment.starts_at if r.appointment else None for r in referrals],
        [r.appointment.remote if r.appointment else None for r in referrals],
        [r.reason.value if r.reason else None for r in referrals],
        [r.reason_text for r in referrals],
        [r.ended_by.value if r.ended_by else None for r in referrals],
        [r.outcome for r in referrals],
        [r.client_confirmed.value for r in referrals],
        [r.moved_at for r in referrals],
        [r.replaces for r in referrals],
        [r.progress_by for r in referrals],
        [r.stalled_at for r in referrals],
        [r.superseded_by for r in referrals],
    )


OPEN_OF_BARRIERS = """
select id, client_id, barrier_id, help_id, version, status, business_status, service_id, service_name,
       organization_id, organization_name, candidates, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, answered_at, unanswered_at, appointment_id, appointment_at,
       appointment_remote, reason, reason_text, ended_by, outcome, client_confirmed, drafted_at, moved_at,
       cause_id, correlation_id, progress_by, stalled_at, superseded_by
from referral
where barrier_id = any($1::uuid[]) and status in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold')
order by id
"""


async def open_of_barriers(conn: Connection, barrier_ids: Collection[UUID]) -> list[Referral]:
    """The drafts and live referrals of these barriers, oldest first. Their clients must be held."""
    return [_referral(row) for row in await conn.fetch(OPEN_OF_BARRIERS, list(barrier_ids))]


OPEN_OF_CLIENTS = """
select id, client_id, barrier_id, help_id, version, status, business_status, service_id, service_name,
       organization_id, organization_name, candidates, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, answered_at, unanswered_at, appointment_id, appointment_at,
       appointment_remote, reason, reason_text, ended_by, outcome, client_confirmed, drafted_at, moved_at,
       cause_id, correlation_id, progress_by, stalled_at, superseded_by
from referral
where client_id = any($1::uuid[]) and status in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold')
order by id
"""


async def open_of_clients(conn: Connection, client_ids: Collection[UUID]) -> list[Referral]:
    """The drafts and live referrals of these clients, oldest first. The clients must be held."""
    return [_referral(row) for row in await conn.fetch(OPEN_OF_CLIENTS, list(client_ids))]


LIVE_ON_CONSENTS = """
select id, client_id, barrier_id, help_id, version, status, business_status, service_id, service_name,
       organization_id, organization_name, candidates, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, answered_at, unanswered_at, appointment_id, appointment_at,
       appointment_remote, reason, reason_text, ended_by, outcome, client_confirmed, drafted_at, moved_at,
       cause_id, correlation_id, progress_by, stalled_at, superseded_by
from referral
where consent_id = any($1::uuid[]) and status in ('requested', 'accepted', 'in-progress', 'on-hold')
order by id
"""


async def live_on_consents(conn: Connection, consent_ids: Collection[UUID]) -> list[Referral]:
    """What is under way on the strength of these consents. Their clients must be held."""
    return [_referral(row) for row in await conn.fetch(LIVE_ON_CONSENTS, list(consent_ids))]


LIVE_OF_ORGANIZATION = """
select id, client_id, barrier_id, help_id, version, status, business_status, service_id, service_name,
       organization_id, organization_name, candidates, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, answered_at, unanswered_at, appointment_id, appointment_at,
       appointment_remote, reason, reason_text, ended_by, outcome, client_confirmed, drafted_at, moved_at,
       cause_id, correlation_id, progress_by, stalled_at, superseded_by
from referral
where organization_id = $1 and sent_at is not null
  and status in ('requested', 'accepted', 'in-progress', 'on-hold')
order by sent_at, id
"""


async def live_of_organization(conn: Connection, organization_id: UUID) -> list[Referral]:
    """What is under way with an organisation, in the order in which it was sent."""
    return [_referral(row) for row in await conn.fetch(LIVE_OF_ORGANIZATION, organization_id)]


BY_ID = """
select id, client_id, barrier_id, help_id, version, status, business_status, service_id, service_name,
       organization_id, organization_name, candidates, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, answered_at, unanswered_at, appointment_id, appointment_at,
       appointment_remote, reason, reason_text, ended_by, outcome, client_confirmed, drafted_at, moved_at,
       cause_id, correlation_id, progress_by, stalled_at, superseded_by
from referral where id = any($1::uuid[])
order by id
"""


async def by_id(conn: Connection, referral_ids: Collection[UUID]) -> dict[UUID, Referral]:
    """These referrals as they stand; ids that nobody knows are left out."""
    return {row["id"]: _referral(row) for row in await conn.fetch(BY_ID, list(referral_ids))}


CLIENT_OF = "select client_id from referral where id = $1"


async def client_of(conn: Connection, referral_id: UUID) -> UUID | None:
    """Whose referral it is, which never changes; None when there is no such referral."""
    found: UUID | None = await conn.fetchval(CLIENT_OF, referral_id)
    return found


FOR_STAFF = """
select id
from referral
where ($1::uuid is null or client_id = $1)
  and ($2::uuid is null or barrier_id = $2)
  and ($3::text is null or status = $3)
  and ($4::uuid is null or id > $4)
order by id
limit $5
"""

OVERDUE_FOR_STAFF = """
with late (id) as (
    select id from referral
    where $6 and status = 'requested' and acknowledge_by <= $8
    union all
    select id from referral
    where $7 and status in ('accepted', 'in-progress', 'on-hold') and progress_by <= $8
)
select r.id
from late
join referral r using (id)
where ($1::uuid is null or r.client_id = $1)
  and ($2::uuid is null or r.barrier_id = $2)
  and ($3::text is null or r.status = $3)
  and ($4::uuid is null or r.id > $4)
order by r.id
limit $5
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which referrals staff look for; `unacknowledged` and `stalled` together mean either."""

    client_id: UUID | None = None
    barrier_id: UUID | None = None
    status: ReferralStatus | None = None
    unacknowledged: bool = False
    stalled: bool = False


async def for_staff(
    conn: Connection, wanted: Wanted, *, now: datetime, after: UUID | None, limit: int
) -> list[Referral]:
    """Referrals in the order in which they were written, at most `limit`, after the one named."""
    status = wanted.status.value if wanted.status else None
    plainly = (wanted.client_id, wanted.barrier_id, status, after, limit)
    if wanted.unacknowledged or wanted.stalled:
        late = (wanted.unacknowledged, wanted.stalled, now)
        rows = await conn.fetch(OVERDUE_FOR_STAFF, *plainly, *late)
    else:
        rows = await conn.fetch(FOR_STAFF, *plainly)
    return list((await by_id(conn, [row["id"] for row in rows])).values())


FOR_PARTNER = """
select id, client_id, barrier_id, help_id, version, status, business_status, service_id, service_name,
       organization_id, organization_name, candidates, rejected_more, runner_up_id, replaces, why_not_sent,
       consent_id, sent_at, acknowledge_by, answered_at, unanswered_at, appointment_id, appointment_at,
       appointment_remote, reason, reason_text, ended_by, outcome, client_confirmed, drafted_at, moved_at,
       cause_id, correlation_id, progress_by, stalled_at, superseded_by
from referral
where organization_id = $1 and sent_at is not null
  and ($2::text is null or status = $2)
  and ($3::timestamptz is null or (sent_at, id) > ($3, $4::uuid))
order by sent_at, id
limit $5
"""


async def for_partner(
    conn: Connection,
    organization_id: UUID,
    *,
    status: ReferralStatus | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Referral]:
    """What has been sent to this organisation, in the order in which it was sent."""
    sent_at, referral_id = after or (None, None)
    rows = await conn.fetch(
        FOR_PARTNER, organization_id, status.value if status else None, sent_at, referral_id, limit
    )
    return [_referral(row) for row in rows]


def _json(values: Sequence[object]) -> str:
    # Lists in an array parameter would be taken for further dimensions of the array.
    return to_json(values).decode()


def _referral(row: Record) -> Referral:
    reason, ended_by = row["reason"], row["ended_by"]
    return Referral(
        id=row["id"],
        client_id=row["client_id"],
        barrier_id=row["barrier_id"],
        help_id=row["help_id"],
        version=row["version"],
        status=ReferralStatus(row["status"]),
        business_status=BusinessStatus(row["business_status"]),
        service_id=row["service_id"],
        service_name=row["service_name"],
        organization_id=row["organization_id"],
        organization_name=row["organization_name"],
        candidates=tuple(Candidate.model_validate(candidate) for candidate in row["candidates"]),
        rejected_more=row["rejected_more"],
        runner_up_id=row["runner_up_id"],
        replaces=row["replaces"],
        why_not_sent=row["why_not_sent"],
        consent_id=row["consent_id"],
        sent_at=row["sent_at"],
        acknowledge_by=row["acknowledge_by"],
        answered_at=row["answered_at"],
        unanswered_at=row["unanswered_at"],
        appointment=_appointment(row),
        reason=ReasonCode(reason) if reason else None,
        reason_text=row["reason_text"],
        ended_by=ChangedBy(ended_by) if ended_by else None,
        outcome=row["outcome"],
        client_confirmed=ClientConfirmed(row["client_confirmed"]),
        drafted_at=row["drafted_at"],
        moved_at=row["moved_at"],
        progress_by=row["progress_by"],
        stalled_at=row["stalled_at"],
        superseded_by=row["superseded_by"],
        cause_id=row["cause_id"],
        correlation_id=row["correlation_id"],
    )


def _appointment(row: Record) -> Appointment | None:
    if row["appointment_id"] is None:
        return None
    return Appointment(
        id=row["appointment_id"], starts_at=row["appointment_at"], remote=row["appointment_remote"]
    )
