"""Referrals as staff follow them: look, choose, send, write down what the client or the partner said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as Parameter

from contracts.published.answers import PartnerAnswer
from contracts.terms import ChangedBy, ClientConfirmed, ReasonCode, ReferralStatus
from services.navigation.api.base import READERS, WORKERS, Body, Finding, Now, Said
from services.navigation.api.views import (
    Chosen,
    MoveView,
    ReferralDetail,
    ReferralSummary,
    chosen,
    detail,
    summary,
)
from services.navigation.commands import moving
from services.navigation.commands.answering import answer
from services.navigation.commands.finding import Finder
from services.navigation.model.referrals import (
    Cancel,
    Choose,
    ClientDeclines,
    Confirm,
    EnterInError,
    Move,
    Referral,
)
from services.navigation.store import history as histories
from services.navigation.store import referrals as store
from shared.errors import Conflict, NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["referrals"])


@routes.get("/referrals", allow=READERS)
async def list_referrals(  # noqa: PLR0913 - one argument per filter
    query: Query,
    present: Now,
    *,
    client_id: UUID | None = None,
    barrier_id: UUID | None = None,
    status: ReferralStatus | None = None,
    unacknowledged: Annotated[
        bool, Parameter(description="Only those whose service has let its time for an answer pass")
    ] = False,
    stalled: Annotated[
        bool, Parameter(description="Only those that their partner has not moved in its time for that")
    ] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[ReferralSummary]:
    """List referrals in the order in which they were prepared; both overdue filters together mean either."""
    now, cursor = present.moment(), read_cursor(after, UUID)
    async with query.reading() as conn:
        found = await store.for_staff(
            conn,
            store.Wanted(
                client_id=client_id,
                barrier_id=barrier_id,
                status=status,
                unacknowledged=unacknowledged,
                stalled=stalled,
            ),
            now=now,
            after=cursor[0] if cursor else None,
            limit=limit + 1,
        )
    return page_of(
        [summary(r, now=now) for r in found],
        limit,
        cursor_of(found[limit - 1].id) if len(found) > limit else None,
    )


@routes.get("/referrals/{referral_id}", allow=READERS)
async def read_referral(referral_id: UUID, query: Query, present: Now) -> ReferralDetail:
    """Read a referral with every service that was considered, its history and what can be done now."""
    async with query.reading() as conn:
        referral = (await store.by_id(conn, [referral_id])).get(referral_id)
        if referral is None:
            raise NotFound("there is no such referral")
        live = await moving.under_way(conn, referral)
        history = tuple(
            MoveView.model_validate(dict(row)) for row in await histories.answers(conn, referral_id)
        )
    return detail(referral, history=history, live=live, now=present.moment())


async def _answered(
    tx: Transaction, referral_id: UUID, act: Callable[[Referral], Awaitable[Referral]]
) -> ReferralSummary:
    referral = await act(await moving.held(tx, referral_id))
    return summary(referral, now=tx.now)


async def _moved(
    tx: Transaction, *, finder: Finder, referral_id: UUID, made: Move, by: ChangedBy, staff_id: UUID
) -> ReferralSummary:
    return await _answered(
        tx,
        referral_id,
        lambda referral: moving.move(
            tx, finder, referral, made, by=by, recorded_by=staff_id, by_staff=staff_id
        ),
    )


class Choice(Body):
    """Which of the candidates the client would like instead."""

    service_id: UUID


@routes.post("/referrals/{referral_id}/choice", allow=WORKERS)
async def choose(referral_id: UUID, body: Choice, command: Command, finder: Finding) -> Chosen:
    """Take another of the candidates, as the client prefers; nothing is sent yet.

    `live` is what is under way for the same need, to be looked at before this is sent.
    """

    async def act(tx: Transaction) -> Chosen:
        referral = await moving.held(tx, referral_id)
        made = _choice(referral, body.service_id)
        staff_id = command.caller.subject
        moved = await moving.move(
            tx, finder, referral, made, by=ChangedBy.STAFF, recorded_by=staff_id, by_staff=staff_id
        )
        return chosen(moved, live=await moving.under_way(tx.conn, moved), now=tx.now)

    return await command.once(act)


def _choice(referral: Referral, service_id: UUID) -> Choose:
    options = [c for c in referral.candidates if c.rank is not None]
    candidate = next((c for c in options if c.service_id == service_id), None)
    if candidate is None:
        names = ", ".join(c.service_name for c in options)
        raise Conflict(f"that service is not among the options of this referral, which are: {names}")
    others = (c.service_id for c in options if c.service_id != service_id)
    return Choose(candidate=candidate, runner_up_id=next(others, None))


class Sending(Body):
    """Nothing needs saying of what is told: the consent that stands decides."""

    replace: bool = False
    """Whether to send it though something is under way for the same need, which then ends as superseded."""


@routes.post("/referrals/{referral_id}/send", allow=WORKERS)
async def send(referral_id: UUID, body: Sending, command: Command, finder: Finding) -> ReferralSummary:
    """Send a draft to its partner, after the client said so, on a consent that stands at this moment.

    Where another referral is under way for the same need of the client, that one is shown first: the answer
    is 409 with `live`. Only `replace: true` puts this one in its place; the other ends as superseded.
    """

    async def act(tx: Transaction) -> ReferralSummary:
        return await _answered(
            tx,
            referral_id,
            lambda referral: moving.send(
                tx, finder, referral, recorded_by=command.caller.subject, replacing=body.replace
            ),
        )

    return await command.once(act)


class ClientsNo(Body):
    """The client does not want this, or no longer. No reason is owed."""

    text: Said = "The client would rather not."


@routes.post("/referrals/{referral_id}/client-declines", allow=("intake", *WORKERS))
async def client_declines(
    referral_id: UUID, body: ClientsNo, command: Command, finder: Finding
) -> ReferralSummary:
    """Stop a referral at once because the client says no, at any stage."""
    return await command.once(
        partial(
            _moved,
            finder=finder,
            referral_id=referral_id,
            made=ClientDeclines(text=body.text),
            by=ChangedBy.CLIENT,
            staff_id=command.caller.subject,
        )
    )


class Heard(Body):
    """What a partner said by telephone or letter."""

    said: PartnerAnswer


@routes.post("/referrals/{referral_id}/answers", allow=WORKERS)
async def record_answer(referral_id: UUID, body: Heard, command: Command, finder: Finding) -> ReferralSummary:
    """Write down what the partner answered by other ways than ours."""
    staff_id = command.caller.subject

    async def act(tx: Transaction) -> ReferralSummary:
        return await _answered(
            tx,
            referral_id,
            lambda referral: answer(tx, finder, referral, body.said, recorded_by=staff_id, by_staff=staff_id),
        )

    return await command.once(act)


class Confirmation(Body):
    """The client's own answer to "did you get what you needed?"."""

    got_help: Literal["yes", "no"]


@routes.post("/referrals/{referral_id}/confirmation", allow=("intake", *WORKERS))
async def confirm(
    referral_id: UUID, body: Confirmation, command: Command, finder: Finding
) -> ReferralSummary:
    """Write down whether the client got what they needed; the last word on a referral."""
    return await command.once(
        partial(
            _moved,
            finder=finder,
            referral_id=referral_id,
            made=Confirm(confirmed=ClientConfirmed(body.got_help)),
            by=ChangedBy.CLIENT,
            staff_id=command.caller.subject,
        )
    )


class Cancellation(Body):
    """Why it is called off."""

    reason: Literal[
        ReasonCode.BARRIER_WITHDRAWN,
        ReasonCode.REFERRED_ELSEWHERE,
        ReasonCode.UNANSWERED,
        ReasonCode.WRONG_SERVICE,
        ReasonCode.CANNOT_REACH,
        ReasonCode.OTHER,
    ]
    text: Said


@routes.post("/referrals/{referral_id}/cancellation", allow=WORKERS)
async def cancel(referral_id: UUID, body: Cancellation, command: Command, finder: Finding) -> ReferralSummary:
    """Call a referral off."""
    return await command.once(
        partial(
            _moved,
            finder=finder,
            referral_id=referral_id,
            made=Cancel(reason=body.reason, text=body.text),
            by=ChangedBy.STAFF,
            staff_id=command.caller.subject,
        )
    )


class Mistake(Body):
    """What was wrong about it."""

    text: Said


@routes.post("/referrals/{referral_id}/entered-in-error", allow=WORKERS)
async def enter_in_error(
    referral_id: UUID, body: Mistake, command: Command, finder: Finding
) -> ReferralSummary:
    """Mark a referral that should never have been written."""
    return await command.once(
        partial(
            _moved,
            finder=finder,
            referral_id=referral_id,
            made=EnterInError(text=body.text),
            by=ChangedBy.STAFF,
            staff_id=command.caller.subject,
        )
    )
