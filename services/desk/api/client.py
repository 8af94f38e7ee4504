"""A client's page, part by part: their words first, then what came of them. Read from the desk's picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from contracts.events.barriers import WinNoticed
from contracts.events.intake import ConversationRecorded
from contracts.events.reminders import ReplyReceived
from contracts.terms import BarrierStatus, ReferralStatus, StepStatus, Talk
from services.desk.api.base import CLIENTS, Signed
from services.desk.api.client_base import ASKERS, Prompting, look, ours, prompts_about, show
from services.desk.model.entries import Kind
from services.desk.model.pictures import Measurement, PlanPicture, ReferralPicture, StepPicture
from services.desk.policy.asking import possible_deeds
from services.desk.policy.tasks import Do, possible
from services.desk.policy.ways import STEP_WAYS, possible_step_ways
from services.desk.policy.wording import Wall
from services.desk.store import clients as store
from services.desk.store import finding, one_person, timeline
from shared.errors import NotFound
from shared.http import Routes
from shared.pages import After, cursor_of, read_cursor

B = TypeVar("B", PlanPicture, StepPicture, ReferralPicture)

routes = Routes(tags=["clients"], include_in_schema=False)

LIVE_REFERRALS = frozenset(
    {
        ReferralStatus.DRAFT,
        ReferralStatus.REQUESTED,
        ReferralStatus.ACCEPTED,
        ReferralStatus.IN_PROGRESS,
        ReferralStatus.ON_HOLD,
    }
)
OVER = frozenset({BarrierStatus.EASED, BarrierStatus.WITHDRAWN})
MESSAGES_AT_ONCE = 40
STEPS_ON = frozenset({StepStatus.OFFERED, StepStatus.AGREED, StepStatus.PAUSED})
WINS_SHOWN = 3
TALKS_SHOWN = 30
MAY: Mapping[str, tuple[str, ...]] = {
    "choice": ASKERS,
    "send": ASKERS,
    "answer": ASKERS,
    "confirm": CLIENTS,
    "decline": CLIENTS,
    "cancel": ASKERS,
}
"""Who does what with a referral."""


@routes.get("/clients/{client_id}", allow=CLIENTS, response_class=HTMLResponse)
async def read_client(client_id: UUID, desk: Signed, prompting: Prompting) -> HTMLResponse:
    """Who this is, what they said, what needs us and what gets in the way."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        barriers = [one for one in await store.barriers(conn, looked.records) if one.status not in OVER]
        plans = await store.plans(conn, looked.records)
        steps = [one for one in await store.steps(conn, looked.records) if one.status in STEPS_ON]
        wins = await timeline.of_client(conn, looked.records, types=[WinNoticed.subject], limit=WINS_SHOWN)
        tasks = await store.live_tasks(conn, looked.records)
        referrals = [
            one for one in await store.referrals(conn, looked.records) if one.status in LIVE_REFERRALS
        ]
        begun = await timeline.beginnings(conn, looked.records, [(Kind.BARRIER, one.id) for one in barriers])
    return await show(
        desk,
        looked,
        "client/now.html",
        part="now",
        live=True,
        barriers=barriers,
        plans_of=_by_barrier(plans),
        steps_of=_by_barrier(steps),
        step_ways={one.id: possible_step_ways(one.status) for one in steps},
        ways=STEP_WAYS,
        wins=[one.event for one in wins if isinstance(one.event, WinNoticed)],
        referrals_of=_by_barrier(referrals),
        tasks=tasks,
        to_hand_over={task.id for task, _ in tasks if Do.HAND_OVER in possible(task, desk.viewer)},
        begun=begun,
        points=points(looked.client.measurements, ours(desk)),
        prompts=await prompts_about(prompting, looked, barriers[0] if barriers else None),
    )


@routes.get("/clients/{client_id}/joined", allow=CLIENTS, response_class=HTMLResponse)
async def read_joined(client_id: UUID, desk: Signed) -> Response:
    """Say that a record was put together with another one, and where everything is shown."""
    await desk.client(client_id)
    async with desk.database.reading() as conn:
        person = await one_person.person(conn, client_id)
        names = await finding.client_names(conn, [client_id, person.shown])
    if person.shown == client_id:
        return RedirectResponse(f"/clients/{client_id}", 303)
    return desk.page(
        "client/joined.html",
        here="clients",
        client_id=client_id,
        name=names.get(client_id),
        shown=person.shown,
        shown_name=names.get(person.shown),
    )


@routes.get("/clients/{client_id}/way", allow=CLIENTS, response_class=HTMLResponse)
async def read_way(client_id: UUID, desk: Signed, prompting: Prompting) -> HTMLResponse:
    """What gets in the way, and what was done about each."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        barriers = await store.barriers(conn, looked.records)
        plans = await store.plans(conn, looked.records)
        steps = await store.steps(conn, looked.records)
        wins = await timeline.of_client(conn, looked.records, types=[WinNoticed.subject], limit=WINS_SHOWN)
        referrals = await store.referrals(conn, looked.records)
        begun = await timeline.beginnings(
            conn,
            looked.records,
            [*((Kind.BARRIER, one.id) for one in barriers), *((Kind.PLAN, one.id) for one in plans)],
        )
    return await show(
        desk,
        looked,
        "client/way.html",
        part="way",
        live=True,
        barriers=barriers,
        over=OVER,
        plans_of=_by_barrier(plans),
        steps_of=_by_barrier(steps),
        step_ways={one.id: possible_step_ways(one.status) for one in steps},
        ways=STEP_WAYS,
        wins=[one.event for one in wins if isinstance(one.event, WinNoticed)],
        referrals_of=_by_barrier(referrals),
        begun=begun,
        prompts=await prompts_about(prompting, looked, barriers[0] if barriers else None),
    )


@routes.get("/clients/{client_id}/referrals", allow=CLIENTS, response_class=HTMLResponse)
async def read_referrals(client_id: UUID, desk: Signed) -> HTMLResponse:
    """Who was asked to help, and how far each is."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        referrals = await store.referrals(conn, looked.records)
        barriers = {one.id: one for one in await store.barriers(conn, looked.records)}
        begun = await timeline.beginnings(
            conn, looked.records, [(Kind.REFERRAL, one.id) for one in referrals]
        )
    return await show(
        desk,
        looked,
        "client/referrals.html",
        part="referrals",
        live=True,
        referrals=referrals,
        live_ones=LIVE_REFERRALS,
        barriers=barriers,
        begun=begun,
    )


@routes.get("/clients/{client_id}/referrals/{referral_id}", allow=CLIENTS, response_class=HTMLResponse)
async def read_referral(client_id: UUID, referral_id: UUID, desk: Signed) -> HTMLResponse:
    """One referral: who could help, why, how far it is, and what can be done now."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        referral = await store.referral(conn, looked.records, referral_id)
        if referral is None:
            raise NotFound("There is no such referral of theirs.")
        barrier = await store.barrier(conn, looked.records, referral.barrier_id)
        under_way = beside(referral, await store.referrals(conn, looked.records))
        begun = await timeline.beginnings(conn, looked.records, [(Kind.REFERRAL, referral_id)])
    return await show(
        desk,
        looked,
        "client/referral.html",
        part="referrals",
        live=True,
        referral=referral,
        barrier=barrier,
        under_way=under_way,
        deeds=[deed for deed in possible_deeds(referral) if set(MAY[deed]) & desk.viewer.roles],
        begun=begun,
    )


def beside(referral: ReferralPicture, others: Iterable[ReferralPicture]) -> list[ReferralPicture]:
    """What else is under way for the same need; it is looked at before another one is sent."""
    return [
        one
        for one in others
        if one.id != referral.id
        and one.status in LIVE_REFERRALS - {ReferralStatus.DRAFT}
        and (one.barrier_id == referral.barrier_id or one.id == referral.live_id)
    ]


@routes.get("/clients/{client_id}/messages", allow=CLIENTS, response_class=HTMLResponse)
async def read_messages(client_id: UUID, desk: Signed, after: After = None) -> HTMLResponse:
    """What they hear from us, what was held back and why, and what they wrote."""
    looked = await look(desk, client_id)
    cursor = read_cursor(after, datetime, UUID)
    async with desk.database.reading() as conn:
        found = await store.messages(
            conn,
            looked.records,
            after=(cursor[0], cursor[1]) if cursor else None,
            limit=MESSAGES_AT_ONCE + 1,
        )
        replies = await timeline.of_client(
            conn, looked.records, types=[ReplyReceived.subject], limit=MESSAGES_AT_ONCE * 3
        )
        begun = await timeline.beginnings(conn, looked.records, [(Kind.MESSAGE, one.id) for one in found])
    shown = found[:MESSAGES_AT_ONCE]
    said = [one.event for one in replies if isinstance(one.event, ReplyReceived)]
    last = shown[-1] if len(found) > MESSAGES_AT_ONCE else None
    following = cursor_of(last.due_at, last.id) if last is not None else None
    known = {one.id for one in shown}
    return await show(
        desk,
        looked,
        "client/messages.html",
        part="messages",
        live=True,
        messages=shown,
        replies={one.in_reply_to: one for one in said if one.in_reply_to in known},
        unasked=[one for one in said if one.in_reply_to not in known] if after is None else [],
        begun=begun,
        older=f"/clients/{client_id}/messages?after={following}" if following else "",
        newest=f"/clients/{client_id}/messages" if after else "",
    )


@routes.get("/clients/{client_id}/about", allow=CLIENTS, response_class=HTMLResponse)
async def read_about(client_id: UUID, desk: Signed) -> HTMLResponse:
    """What matters to them, the rulers over time, how it is safe to reach them, who looks after them."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        found = await timeline.of_client(
            conn, looked.records, types=[ConversationRecorded.subject], limit=TALKS_SHOWN
        )
    talks = [one.event for one in found if isinstance(one.event, ConversationRecorded)]
    tags = [said.talk for talk in talks for said in talk.statements if said.talk is not None]
    return await show(
        desk,
        looked,
        "client/about.html",
        part="about",
        live=True,
        talks=talks[:5],
        tagged=len(tags),
        change=sum(1 for tag in tags if tag is not Talk.SUSTAIN),
        points=points(looked.client.measurements, ours(desk)),
    )


def _by_barrier(found: Iterable[B]) -> dict[UUID, list[B]]:
    by_barrier: dict[UUID, list[B]] = {}
    for one in found:
        by_barrier.setdefault(one.barrier_id, []).append(one)
    return by_barrier


def points(measurements: Iterable[Measurement], wall: Wall) -> list[dict[str, object]]:
    """The rulers over time, as the plot takes them."""
    return [
        {
            "day": wall.date(one.readiness.measured_at),
            "at": one.readiness.measured_at.timestamp() / 86400,
            "importance": one.readiness.importance,
            "confidence": one.readiness.confidence,
            "readiness": one.readiness.readiness,
        }
        for one in measurements
        if one.readiness.measured_at is not None
    ]
