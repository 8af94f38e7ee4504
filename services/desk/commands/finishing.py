"""Hand a conversation over: every part of it to intake, once, however often and by whomever it is begun.

What goes out is written down first. Each request has a key that follows from the draft and its own name, so a
request that went out and was never heard of again goes out a second time as it is, and is done once. What
intake turns back stays with the draft, to be put right; nothing else is lost for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.events.desk import ClientAssigned
from services.desk.channels.gateway import Gateway, Owner
from services.desk.model.drafts import Draft, Step, StepStatus, Typed
from services.desk.policy.intake_form import one
from services.desk.policy.intake_plan import House, field_of, filled, part_of, steps_of
from services.desk.store import caseload
from services.desk.store import drafts as store
from shared.auth import Caller
from shared.clock import real_now
from shared.errors import Conflict, NotFound, Problem, Transient
from shared.unit_of_work import Database, Origin, Transaction

KEYS_LAST = timedelta(days=6)
"""Services remember a key for a week; what was begun longer ago is for a person to look at."""
SEEN_WITHIN_SECONDS = 1.5
LOOK_EVERY_SECONDS = 0.02


class Finishing:
    """Hands drafts over on behalf of one person."""

    def __init__(self, database: Database, gateway: Gateway, caller: Caller) -> None:
        self._database = database
        self._gateway = gateway
        self._caller = caller

    async def finish(
        self, draft_id: UUID, house: House, *, team_id: UUID | None, told_apart: Collection[UUID] = ()
    ) -> Draft:
        """Hand over whatever has not been; gives the draft as it stands then, finished or not.

        Raises `NotFound` where there is no such draft of theirs, `Transient` where intake did not answer:
        what it was asked last goes out again next time.
        """
        draft = await self._begun(draft_id, house, told_apart)
        if draft.finished_at is None:
            for step in draft.steps:
                if step.status is StepStatus.SENT and not await self._hand_over(draft_id, step):
                    break
            draft = await self._close(draft_id, team_id)
        return draft

    async def seen(self, draft: Draft, *, assigned: bool) -> None:
        """Wait a moment until what was written down can be seen at the desk, and what is done about it."""
        wanted = int(assigned) + sum(2 if _is_told_twice(step) else 1 for step in draft.steps)
        loop = asyncio.get_running_loop()
        until = loop.time() + SEEN_WITHIN_SECONDS
        while loop.time() < until:
            async with self._database.reading() as conn:
                if await store.arrived(conn, draft.id) >= wanted:
                    return
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _begun(self, draft_id: UUID, house: House, told_apart: Collection[UUID]) -> Draft:
        """Write down what is to go out, in the state in which it was typed."""
        async with self._database.transaction() as tx:
            draft = await _mine(tx, draft_id, self._caller.subject)
            now = real_now()
            if draft.finishing_at is not None and now - draft.finishing_at > KEYS_LAST:
                raise Conflict(
                    "This was begun so long ago that we cannot know what of it is on record already."
                    " Please look for the client, and write down on their page what is not there."
                )
            if draft.finished_at is None:
                steps = steps_of(draft, house, told_apart=told_apart)
                await store.save_steps(tx.conn, draft_id, steps)
                await store.forget_steps(tx.conn, draft_id, but=[step.name for step in steps])
                await store.begin_finishing(tx.conn, draft_id, now=now)
            return await _mine(tx, draft_id, self._caller.subject)

    async def _hand_over(self, draft_id: UUID, step: Step) -> bool:
        """Ask for one thing; whether the rest can go on: what is turned back holds up what rests on it."""
        async with self._database.reading() as conn:
            draft = await store.read(conn, draft_id, self._caller.subject)
        if draft is None:
            raise NotFound("There is no such conversation of yours.")
        try:
            path, body = filled(step, known_ids(draft))
        except KeyError:
            await self._settle(draft_id, step, StepStatus.TURNED_BACK)
            return True
        try:
            answer = await self._asked(draft_id, step, path, body)
        except Transient:
            raise
        except Problem as problem:
            faults = _faults(problem, draft.typed(part_of(step.name)))
            await self._settle(draft_id, step, StepStatus.TURNED_BACK, faults=faults)
            return step.name != "client"
        await self._settle(draft_id, step, StepStatus.DONE, answer=_id_in(step, answer))
        return True

    async def _asked(
        self, draft_id: UUID, step: Step, path: str, body: Mapping[str, object]
    ) -> Mapping[str, Any]:
        """Ask intake for one thing. Where it says that this cannot be, ask once more.

        It may be in its own way: the same request, sent a moment ago and done by now. Asked under the same
        key again, intake answers what it answered then.
        """
        try:
            return await self._sent(draft_id, step, path, body)
        except Conflict:
            return await self._sent(draft_id, step, path, body)

    async def _sent(
        self, draft_id: UUID, step: Step, path: str, body: Mapping[str, object]
    ) -> Mapping[str, Any]:
        done = await self._gateway.send(
            Owner.INTAKE,
            "POST",
            path,
            body,
            caller=self._caller,
            key=f"draft/{draft_id}/{step.name}",
            correlation_id=draft_id,
        )
        return done.answer

    async def _settle(
        self,
        draft_id: UUID,
        step: Step,
        status: StepStatus,
        *,
        answer: UUID | None = None,
        faults: Mapping[str, str] | None = None,
    ) -> None:
        async with self._database.transaction() as tx:
            await _mine(tx, draft_id, self._caller.subject)
            await store.settle_step(
                tx.conn,
                draft_id,
                step.name,
                status,
                answer=answer,
                client_id=answer if step.name == "client" else None,
                faults=faults,
            )
            if step.name == "client" and status is StepStatus.TURNED_BACK:
                await store.turn_back_rest(tx.conn, draft_id)

    async def _close(self, draft_id: UUID, team_id: UUID | None) -> Draft:
        """Give the client to the team and end the draft, if everything has been handed over."""
        async with self._database.transaction(Origin(draft_id)) as tx:
            draft = await _mine(tx, draft_id, self._caller.subject)
            client_id = known_ids(draft).get("client")
            if draft.finished_at is not None or client_id is None:
                return draft
            if any(step.status is not StepStatus.DONE for step in draft.steps):
                return draft
            if team_id is not None and any(step.name == "client" for step in draft.steps):
                await self._assign(tx, client_id, team_id)
            await store.finish(tx.conn, draft_id, client_id, now=real_now())
            return await _mine(tx, draft_id, self._caller.subject)

    async def _assign(self, tx: Transaction, client_id: UUID, team_id: UUID) -> None:
        already = (await caseload.assigned(tx.conn, [client_id])).get(client_id)
        if already is None:
            tx.publish(
                ClientAssigned(
                    client_id=client_id,
                    version=1,
                    team_id=team_id,
                    by=self._caller.subject,
                    assigned_at=tx.now,
                )
            )


def known_ids(draft: Draft) -> dict[str, UUID]:
    """The ids that intake gave so far, by the name of the request."""
    known = {step.name: step.answer for step in draft.steps if step.answer is not None}
    same = one(draft.typed("alike"), "same")
    client_id = UUID(same) if same else draft.client_id
    return known | ({"client": client_id} if client_id else {})


async def _mine(tx: Transaction, draft_id: UUID, staff_id: UUID) -> Draft:
    draft = await store.read_locked(tx.conn, draft_id, staff_id)
    if draft is None:
        raise NotFound("There is no such conversation of yours, or it was kept for two weeks and is gone.")
    return draft


def _is_told_twice(step: Step) -> bool:
    """A client is registered and has a contact; a barrier is stated and answered."""
    return step.name == "client" or step.name.startswith("barrier-")


def _id_in(step: Step, answer: Mapping[str, object]) -> UUID:
    kind = {"goal": "goal_id", "value": "goal_id", "readiness": "measurement_id", "client": "client_id"}
    name = step.name.partition("-")[0]
    return UUID(str(answer[kind.get(name, f"{name}_id")]))


def _faults(problem: Problem, typed: Typed) -> dict[str, str]:
    told = problem.extra.get("errors")
    errors = told if isinstance(told, list) else []
    found = {
        field_of(str(error.get("field", "")), typed): str(error.get("problem", ""))
        for error in errors
        if isinstance(error, dict)
    }
    return found or {"": problem.detail}
