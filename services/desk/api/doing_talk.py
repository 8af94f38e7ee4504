"""What was heard in a conversation, word for word; and, where they want to, both sides weighed."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from contracts.terms import Talk
from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import WRITERS, Prompting, look, prompts_about
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out
from services.desk.channels.gateway import Owner
from services.desk.channels.prompting import Prompter
from services.desk.model.entries import Kind
from services.desk.store import clients as store
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

TALK = "/clients/{client_id}/conversations/new"
BALANCE = "/clients/{client_id}/balance"
STATEMENTS = 6
"""How many things they said one page has room for; there may be another conversation at once."""
CELLS = ("good_about_staying", "less_good_about_staying", "good_about_changing", "less_good_about_changing")


@routes.get(TALK, allow=WRITERS, response_class=HTMLResponse)
async def ask_talk(client_id: UUID, desk: Signed, prompting: Prompting) -> Response:
    """Ask what was heard."""
    return await ask(desk, await _talk(desk, client_id, prompting))


@routes.post(TALK, allow=WRITERS, response_class=HTMLResponse)
async def keep_talk(client_id: UUID, desk: Signed, prompting: Prompting, typed: TypedIn) -> Response:
    """Write down what was heard, word for word."""
    return await carry_out(desk, await _talk(desk, client_id, prompting), typed, heard(client_id, typed))


def heard(client_id: UUID, typed: Typed) -> Deed | Faults:
    """What was heard, with how it was heard where somebody said so."""
    statements: list[dict[str, object]] = []
    for number in range(1, STATEMENTS + 1):
        if typed.said(f"words-{number}") is None:
            continue
        one: dict[str, object] = {"words": typed[f"words-{number}"]}
        if typed[f"talk-{number}"] in {tag.value for tag in Talk}:
            one["talk"] = typed[f"talk-{number}"]
        if about := typed.said(f"about-{number}"):
            one["barrier_id"] = about
        one["past_success"] = typed[f"past-{number}"] == "yes"
        statements.append(one)
    next_steps = _lines(typed["next_steps"])
    if not statements and not next_steps:
        return {"words-1": "Please write down something that they said, or what you will do next."}
    return Deed(
        owner=Owner.INTAKE,
        path=f"/clients/{client_id}/conversations",
        body={"statements": statements, "next_steps": next_steps},
        said="conversation",
        fields={"statements": "words-1"},
    )


async def _talk(desk: Desk, client_id: UUID, prompting: Prompter) -> Form:
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        barriers = await store.barriers(conn, looked.records)
    here = f"/clients/{client_id}"
    return Form(
        looked=looked,
        template="client/talk.html",
        address=f"{here}/conversations/new",
        back=f"{here}/timeline",
        part="timeline",
        content={
            "barriers": barriers,
            "statements": STATEMENTS,
            "prompts": await prompts_about(prompting, looked, barriers[0] if barriers else None),
        },
    )


@routes.get(BALANCE, allow=WRITERS, response_class=HTMLResponse)
async def ask_balance(client_id: UUID, desk: Signed) -> Response:
    """Both sides, where they would like to weigh them."""
    return await ask(desk, await _balance(desk, client_id))


@routes.post(BALANCE, allow=WRITERS, response_class=HTMLResponse)
async def keep_balance(client_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write both sides down, in their words."""
    deed = Deed(
        owner=Owner.INTAKE,
        method="PUT",
        path=f"/clients/{client_id}/balance",
        body={
            "version": int(typed["version"]) if typed["version"].isdecimal() else 0,
            **{cell: _lines(typed[cell]) for cell in CELLS},
        },
        said="balance",
    )
    return await carry_out(desk, await _balance(desk, client_id), typed, deed)


async def _balance(desk: Desk, client_id: UUID) -> Form:
    looked = await look(desk, client_id)
    # What is shown may come from another record; what is written down here goes into this one.
    balance = looked.own.balance
    here = f"/clients/{client_id}"
    return Form(
        looked=looked,
        template="client/balance.html",
        address=f"{here}/balance",
        back=f"{here}/about",
        part="about",
        about=(Kind.CLIENT, client_id),
        values={cell: "\n".join(getattr(balance, cell)) if balance else "" for cell in CELLS},
        content={"version": balance.version if balance else 0},
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
