"""Make, close and send links, and keep the addresses that they are sent to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.navigation.commands import telling
from services.navigation.model.links import Due, Link, LinkEnd, LinkRules, MailKind
from services.navigation.model.telling import Way
from services.navigation.policy import links as policy
from services.navigation.store import links, mails, partner_ways, partners
from shared.clock import real_now
from shared.db import Connection
from shared.errors import NotFound
from shared.ids import new_id
from shared.unit_of_work import Transaction


async def begin_mailing(tx: Transaction, organization_id: UUID, address: str) -> None:
    """Write to this address from now on, about what is under way too; make a partner of who is none.

    Links that went to another address are closed. Raises `NotFound` for what the directory does not know.
    """
    is_new = await _be_partner(tx, organization_id)
    before = await mails.mailing(tx.conn, organization_id)
    if before is not None and before.address == address:
        return
    await mails.set_address(tx.conn, organization_id, address)
    await partner_ways.begin(tx.conn, organization_id, Way.LINK, now=tx.now)
    await links.close_all(tx.conn, organization_id, LinkEnd.ADDRESS_CHANGED)
    if is_new:
        await telling.introduce(tx, organization_id)
    under_way = await mails.live_referrals(tx.conn, organization_id)
    await mails.send_again(tx.conn, organization_id, under_way)


async def _be_partner(tx: Transaction, organization_id: UUID) -> bool:
    """Make a partner of who is none, or is shut out; True when that was so."""
    name = await partners.organization_name(tx.conn, organization_id)
    is_new = name is not None and await partners.insert_partner(
        tx.conn, organization_id, name=name, now=tx.now
    )
    partner = await partners.lock_partner(tx.conn, organization_id)
    if partner is None:
        raise NotFound("the directory has no such organisation")
    if partner.revoked_at is not None:
        await partners.restore_partner(tx.conn, organization_id)
    return is_new or partner.revoked_at is not None


async def end_mailing(tx: Transaction, organization_id: UUID) -> bool:
    """Write no more, forget the address and close every link; False when there was no address."""
    ended = await mails.remove_address(tx.conn, organization_id)
    await partner_ways.end(tx.conn, organization_id, Way.LINK, now=tx.now)
    await links.close_all(tx.conn, organization_id, LinkEnd.WITHDRAWN)
    return ended


async def send_anew(conn: Connection, *, organization_id: UUID, referral_id: UUID) -> bool:
    """Close the link of a referral and mail a new one; False when no mail can be written about it."""
    if not await mails.send_again(conn, organization_id, [referral_id]):
        return False
    await links.close(conn, referral_id, LinkEnd.REPLACED)
    return True


async def links_for(
    conn: Connection, due: Sequence[tuple[Due, MailKind]], rules: LinkRules
) -> dict[UUID, Link]:
    """The link that each mail carries, by event: the one that it carried before, or else a new one.

    News about a referral comes with the link that its partner has already, for as long as that still works.
    """
    standing = await links.open_links(conn, [each.referral_id for each, _ in due])
    carried = {}
    for each, kind in due:
        link = standing.get(each.referral_id)
        if link is None or not _can_carry(link, each, kind, rules):
            link = await _make(conn, each, rules)
        carried[each.event_id] = link
    return carried


def _can_carry(link: Link, due: Due, kind: MailKind, rules: LinkRules) -> bool:
    works = link.key_name in rules.keys.by_name and link.expires_at > real_now()
    return (
        works
        and link.organization_id == due.organization_id
        and (kind is MailKind.CHANGE or link.made_for == due.event_id)
    )


async def _make(conn: Connection, due: Due, rules: LinkRules) -> Link:
    now = real_now()
    link = Link(
        id=new_id(),
        referral_id=due.referral_id,
        organization_id=due.organization_id,
        made_for=due.event_id,
        key_name=rules.keys.newest,
        made_at=now,
        # The token holds whole seconds.
        expires_at=(now + rules.lifetime).replace(microsecond=0),
    )
    token = policy.token_of(link, rules.keys)
    assert token is not None, "signed with our newest key"
    await links.close(conn, due.referral_id, LinkEnd.REPLACED)
    await links.insert(conn, link, digest=policy.digest(token))
    return link
