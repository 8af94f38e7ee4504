"""What is under way for the needs of clients, so that nobody is sent twice for the same one."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from contracts.terms import ReferralStatus
from services.navigation.model.referrals import UnderWay
from shared.db import Connection

UNDER_WAY = """
select r.id, r.client_id, r.barrier_id, r.status, r.service_name, r.organization_name, r.sent_at,
       r.unanswered_at, h.category, h.resource_codes
from referral r
join help h on h.id = r.help_id
where r.client_id = any($1::uuid[]) and r.status in ('requested', 'accepted', 'in-progress', 'on-hold')
order by r.sent_at, r.id
"""


async def under_way(conn: Connection, client_ids: Collection[UUID]) -> dict[UUID, list[UnderWay]]:
    """The live referrals of these clients with their needs, oldest first. Hold the clients to rely on it."""
    found: dict[UUID, list[UnderWay]] = {}
    for row in await conn.fetch(UNDER_WAY, list(client_ids)):
        one = UnderWay(
            id=row["id"],
            client_id=row["client_id"],
            barrier_id=row["barrier_id"],
            status=ReferralStatus(row["status"]),
            service_name=row["service_name"],
            organization_name=row["organization_name"],
            sent_at=row["sent_at"],
            unanswered_at=row["unanswered_at"],
            category=row["category"],
            resource_codes=tuple(row["resource_codes"]),
        )
        found.setdefault(one.client_id, []).append(one)
    return found
