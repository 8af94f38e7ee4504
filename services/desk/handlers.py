"""Events in: everything that every service states, into the desk's own picture."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.event import Event
from contracts.registry import published_by
from services.desk.commands.projecting import take_in
from services.desk.policy.places import entry_of
from shared.bus import Delivery, on
from shared.unit_of_work import Transaction


class Handlers:
    """What the desk does when something was stated anywhere: it takes it in."""

    @on(*published_by("intake"), durable="desk-intake")
    async def hear_intake(self, tx: Transaction, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take in what intake stated."""
        await take_in(tx, [entry_of(one.envelope, one.event) for one in deliveries])

    @on(*published_by("barriers"), durable="desk-barriers")
    async def hear_barriers(self, tx: Transaction, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take in what barriers stated."""
        await take_in(tx, [entry_of(one.envelope, one.event) for one in deliveries])

    @on(*published_by("navigation"), durable="desk-navigation")
    async def hear_navigation(self, tx: Transaction, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take in what navigation stated."""
        await take_in(tx, [entry_of(one.envelope, one.event) for one in deliveries])

    @on(*published_by("reminders"), durable="desk-reminders")
    async def hear_reminders(self, tx: Transaction, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take in what reminders stated."""
        await take_in(tx, [entry_of(one.envelope, one.event) for one in deliveries])

    @on(*published_by("desk"), durable="desk-desk")
    async def hear_desk(self, tx: Transaction, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take in what the desk itself stated, which other copies and a rebuild need as well."""
        await take_in(tx, [entry_of(one.envelope, one.event) for one in deliveries])
