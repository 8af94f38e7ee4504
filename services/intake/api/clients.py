"""Clients: register, change, read, find. Names travel in bodies only, never in an address."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, assert_never
from uuid import UUID

from fastapi import Header, Response

from contracts.events.intake import ClientChanged
from services.intake import policy, store
from services.intake.api.base import READERS, WRITERS, no_such_client, not_accepted
from services.intake.api.client_bodies import (
    ClientChange,
    ClientDetails,
    ClientSearch,
    ClientSummary,
    ClientVersion,
    ClientView,
    NewClient,
)
from services.intake.commands import merging, registering
from services.intake.model import (
    Changed,
    Client,
    Flawed,
    Outdated,
    Registration,
    SamePerson,
    Unchanged,
)
from services.intake.policy import likeness
from shared.errors import Conflict, Malformed
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["clients"])

LONGEST_VERSION = 9


@routes.post("/clients", allow=WRITERS, status_code=201, summary="Register a client")
async def register_client(body: NewClient, command: Command) -> ClientVersion:
    """Write a new client down. States `ClientRegistered` and `ContactChanged`.

    Where there is a record already that is very much like this one, such as one with the same name and date
    of birth, the answer is 409 with its id in `clients`: open that one, or say `is_someone_else`.
    """
    return await command.once(partial(_register, body, registered_by=command.caller.subject))


@routes.post("/clients/search", allow=READERS, summary="Find clients by name")
async def find_clients(body: ClientSearch, query: Query) -> Page[ClientSummary]:
    """Look clients up by the beginnings of their names, the newest first. Changes nothing, needs no key."""
    words = policy.name_words(body.name)
    cursor = read_cursor(body.after, UUID)
    if not words:
        return Page(items=[])
    async with query.reading() as conn:
        found = await store.clients.find_clients(
            conn, words, born_on=body.born_on, after=cursor[0] if cursor else None, limit=body.limit + 1
        )
    return _page(found, body.limit)


@routes.get("/clients", allow=READERS, summary="List clients")
async def list_clients(query: Query, after: After = None, limit: Limit = 20) -> Page[ClientSummary]:
    """Every client, the newest first."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        found = await store.clients.clients(conn, after=cursor[0] if cursor else None, limit=limit + 1)
    return _page(found, limit)


@routes.get("/clients/{client_id}", allow=READERS, summary="Read a client")
async def read_client(client_id: UUID, query: Query, response: Response) -> ClientView:
    """The client as they are now; the `ETag` is the version."""
    async with query.reading() as conn:
        client = await store.clients.client(conn, client_id)
    if client is None:
        raise no_such_client()
    response.headers["ETag"] = f'"{client.version}"'
    return _view(client)


@routes.patch("/clients/{client_id}", allow=WRITERS, summary="Change a client")
async def change_client(
    client_id: UUID,
    body: ClientChange,
    command: Command,
    if_match: Annotated[str | None, Header(description='The version it is based on, such as `"3"`')] = None,
) -> ClientVersion:
    """Change some of a client's record. States `ClientChanged`, `ContactChanged`, or both.

    Say which version the change is based on, in `version` or `If-Match`. Where the record has moved on
    since, the answer is 409 and nothing is changed. A change that changes nothing makes no new version.
    """
    seen = body.version or _version_in(if_match)
    return await command.once(partial(_change, client_id, body, seen=seen, changed_by=command.caller.subject))


async def _register(body: NewClient, tx: Transaction, *, registered_by: UUID) -> ClientVersion:
    proposed = Client(
        context=body.context(new_id(), 1), contact=body.contact(), registered_at=tx.now, changed_at=tx.now
    )
    outcome = await registering.register(
        tx,
        proposed,
        is_someone_else=body.is_someone_else,
        not_the_same_as=body.not_the_same_as,
        by=registered_by,
    )
    match outcome:
        case Registration(client=client):
            return ClientVersion(client_id=client.id, version=client.version)
        case SamePerson(client_ids=client_ids):
            raise Conflict(
                "This may be somebody who is on record already. Please look before there are two records of"
                " one person.",
                possible=["open one of `clients`", "send it again with `is_someone_else` set to true"],
                clients=[str(client_id) for client_id in client_ids],
            )
        case Flawed(flaws=flaws):
            raise not_accepted(flaws)
        case _:
            assert_never(outcome)


async def _change(
    client_id: UUID, body: ClientChange, tx: Transaction, *, seen: int, changed_by: UUID
) -> ClientVersion:
    current = await store.clients.client_to_change(tx.conn, client_id)
    if current is None:
        raise no_such_client()
    details = _details(current).model_copy(update=body.given())
    proposed = replace(
        current, context=details.context(client_id, current.version), contact=details.contact()
    )
    outcome = policy.change(current, proposed, tx.now, seen=seen)
    match outcome:
        case Changed(client=client):
            await _write_change(tx, outcome, changed_by=changed_by)
            if client.contact.contact_prohibited is not current.contact.contact_prohibited:
                await merging.same_for_the_person(tx, client, by=changed_by)
            return ClientVersion(client_id=client.id, version=client.version)
        case Unchanged():
            return ClientVersion(client_id=client_id, version=current.version)
        case Outdated(version=version):
            raise Conflict(
                f"Somebody changed this record in the meantime: it is at version {version} now, and this"
                f" change was based on version {seen}. Nothing was changed.",
                possible=["read the client again, look at what is different, and send the change again"],
                version=version,
            )
        case Flawed(flaws=flaws):
            raise not_accepted(flaws)
        case _:
            assert_never(outcome)


async def _write_change(tx: Transaction, outcome: Changed, *, changed_by: UUID) -> None:
    client = outcome.client
    key = policy.name_key(client.contact.full_name)
    await store.clients.change_client(tx.conn, client, key=key, words=registering.words_of(client))
    keys = likeness.keys_of(likeness.likeness_of(client))
    await store.people.keep_keys(tx.conn, {client.id: keys}, made_by=likeness.KEYS)
    if outcome.context_changed:
        tx.publish(
            ClientChanged(
                client_id=client.id, client=client.context, changed_at=client.changed_at, by=changed_by
            )
        )
    if outcome.contact_changed:
        tx.publish(registering.contact_changed(client, by=changed_by))


def _version_in(if_match: str | None) -> int:
    version = (if_match or "").strip().removeprefix("W/").strip('"')
    if not version.isdecimal() or len(version) > LONGEST_VERSION:
        raise Malformed(
            "Please say which version of the record this change is based on, in `version` or as"
            ' `If-Match: "3"`, so that nobody writes over somebody else.'
        )
    return int(version)


def _details(client: Client) -> ClientDetails:
    return ClientDetails.model_validate(_fields_of(client))


def _view(client: Client) -> ClientView:
    return ClientView.model_validate(
        _fields_of(client)
        | {
            "client_id": client.id,
            "version": client.version,
            "registered_at": client.registered_at,
            "changed_at": client.changed_at,
            "survivor_id": client.survivor_id or client.id,
        }
    )


def _fields_of(client: Client) -> dict[str, object]:
    halves = (client.context, client.contact)
    return {
        field: getattr(half, field)
        for field in ClientDetails.model_fields
        for half in halves
        if hasattr(half, field)
    }


def _page(found: list[Client], limit: int) -> Page[ClientSummary]:
    cursor = cursor_of(found[limit - 1].id) if len(found) > limit else None
    return page_of([_summary(client) for client in found], limit, cursor)


def _summary(client: Client) -> ClientSummary:
    return ClientSummary(
        client_id=client.id,
        full_name=client.contact.full_name,
        preferred_name=client.contact.preferred_name,
        born_on=client.context.born_on,
        contact_prohibited=client.contact.contact_prohibited,
        version=client.version,
        registered_at=client.registered_at,
        survivor_id=client.survivor_id or client.id,
    )
