"""Who may be one person: looking for duplicates, merging, splitting, telling apart.

What has been typed travels in bodies only. Nothing here is decided by the matcher: it shows and says why, and
a person decides.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Self, assert_never
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from contracts.terms import ChannelKind
from contracts.values import Channel
from services.intake import store
from services.intake.api.base import READERS, Body, Name, Said, no_such_client
from services.intake.api.client_bodies import AMINA
from services.intake.commands import merging, registering
from services.intake.model.matching import Candidate, Compared, Deed, KeptMerge, Merge, OneAlready, Verdict
from services.intake.policy import likeness
from shared.errors import Conflict, Invalid
from shared.http import Command, Query, Routes
from shared.unit_of_work import Transaction

routes = Routes(tags=["one person or two"])

DECIDERS = ("intake", "case_manager", "supervisor")


class Way(Body):
    """A way to reach somebody, as far as it has been typed."""

    kind: ChannelKind
    address: Annotated[str, Field(min_length=3, max_length=254)]


class Typed(Body):
    """What is known of somebody so far. Whatever is missing says nothing, neither for nor against."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"full_name": "Diallo Amína", "born_on": AMINA["born_on"], "postcode": "LS1 4AP"}]
        }
    )

    full_name: Name | None = None
    preferred_name: Name | None = None
    born_on: date | None = None
    postcode: Annotated[str, Field(max_length=12)] | None = None
    channels: Annotated[tuple[Way, ...], Field(max_length=20)] = ()
    client_id: UUID | None = None
    """The record in question, where it is on file already. With nothing else it is compared as it stands."""

    @model_validator(mode="after")
    def _something_is_known(self) -> Self:
        if not (self.full_name or self.born_on or self.channels or self.client_id):
            message = "give a name, a date of birth, a way to reach them, or the id of a record"
            raise ValueError(message)
        return self

    @property
    def is_only_an_id(self) -> bool:
        """Whether the record itself is to be compared."""
        return not (self.full_name or self.born_on or self.channels)


class Reason(Body):
    """One thing that speaks for or against one person."""

    about: Compared
    words: str
    """In plain words, such as "same date of birth"."""
    speaks_for: bool
    """Whether it speaks for one person; else it speaks against."""
    weight: float
    """How much, in powers of two; all of them together make the score."""


class PossibleSame(Body):
    """A person on file who may be the one in question."""

    client_id: UUID
    """The record that stands for them."""
    record_id: UUID
    """The record of theirs that fits best; another one where records were merged."""
    full_name: str
    preferred_name: str
    born_on: date | None
    postcode: str | None
    score: Annotated[int, Field(ge=0, le=100)]
    """How sure it is that they are one person. Not a measured chance: an order, and a help to look."""
    sure: Verdict
    """`strong` asks staff to look before another record is made; `possible` is worth a look."""
    reasons: tuple[Reason, ...]


class PossiblySame(Body):
    """Who may be the one in question, the likeliest first; empty where nobody is much like them."""

    items: tuple[PossibleSame, ...]


class OnePerson(Body):
    """Staff say that two records are of one person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "into": "0199d2a0-1111-7000-8000-000000000001",
                    "why": "Same number, and she came last year.",
                }
            ]
        }
    )

    into: UUID
    """The record that is to stand for the person from now on."""
    why: Said | None = None
    """Why, in their own words."""


class NowOne(Body):
    """The two are one person's records now."""

    client_id: UUID
    """The record that was merged; itself a survivor before, where others had been merged into it."""
    survivor_id: UUID
    """The record that stands for the person."""
    changed: bool
    """False where they were one person's already."""


class Apart(Body):
    """Why a record stands by itself again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "They are sisters."}]})

    why: Said | None = None


class NowTwo(Body):
    """The record stands by itself again."""

    client_id: UUID
    out_of: UUID
    """The record that it was merged into until now."""


class SomeoneElse(Body):
    """Staff looked at two records and saw two people."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"client_id": "0199d2a0-1111-7000-8000-000000000001"}]}
    )

    client_id: UUID
    """The other record."""


class Remembered(Body):
    """The two are not suggested again until more speaks for one person than does now."""

    client_id: UUID
    other_id: UUID


class MergeView(Body):
    """A merge, and its undoing if there was one."""

    merge_id: UUID
    client_id: UUID
    survivor_id: UUID
    merged_at: AwareDatetime
    merged_by: UUID
    why: str | None
    split_at: AwareDatetime | None
    split_by: UUID | None
    split_why: str | None


class PersonRecords(Body):
    """The records of one person and how they came together."""

    survivor_id: UUID
    client_ids: tuple[UUID, ...]
    """Every record of theirs, the surviving one first."""
    merges: tuple[MergeView, ...]
    """Every merge and split that these records had a part in, in order."""


@routes.post("/clients/duplicates", allow=(*READERS,), summary="Look whether somebody is on record already")
async def find_duplicates(body: Typed, query: Query) -> PossiblySame:
    """Show who on file may be this person, with a score and the reasons. Changes nothing, needs no key."""
    async with query.reading() as conn:
        one = likeness.likeness(
            full_name=body.full_name,
            preferred_name=body.preferred_name,
            born_on=body.born_on,
            postcode=body.postcode,
            channels=[Channel(kind=way.kind, address=way.address) for way in body.channels],
        )
        own, told_apart = None, None
        if body.client_id:
            record = (await store.people.records(conn, [body.client_id])).get(body.client_id)
            if record is None:
                raise no_such_client()
            own = record.survivor_id
            told_apart = await store.people.told_apart_from(conn, own)
            one = likeness.likeness_on_file(record) if body.is_only_an_id else one
        found = (await registering.look_for(conn, [one], own=own, told_apart=told_apart))[0]
        survivors = await store.people.records(conn, [each.record.survivor_id for each in found])
    return PossiblySame(
        items=tuple(candidate_view(each, survivors[each.record.survivor_id].full_name) for each in found)
    )


@routes.post("/clients/{client_id}/merge", allow=DECIDERS, summary="Two records are of one person")
async def merge_clients(client_id: UUID, body: OnePerson, command: Command) -> NowOne:
    """Merge a record into another, which stands for the person from then on. States `ClientMerged`.

    Both records stay and keep what is written in them. Where one of them was merged before, it is the
    people that become one. Where nobody may write to one of the records, nobody may write to any.
    """
    return await command.once(partial(_merge, client_id, body, by=command.caller.subject))


@routes.post(
    "/clients/{client_id}/split", allow=DECIDERS, summary="A merged record is of somebody else after all"
)
async def split_client(client_id: UUID, body: Apart, command: Command) -> NowTwo:
    """Undo the merge of a record into another. States `ClientSplit`; the two are remembered as two people."""
    return await command.once(partial(_split, client_id, body, by=command.caller.subject))


@routes.post("/clients/{client_id}/someone-else", allow=DECIDERS, summary="Two records are of two people")
async def tell_apart(client_id: UUID, body: SomeoneElse, command: Command) -> Remembered:
    """Remember that staff looked and saw two people."""
    return await command.once(partial(_tell_apart, client_id, body, by=command.caller.subject))


@routes.get("/clients/{client_id}/records", allow=READERS, summary="The records of one person")
async def read_records(client_id: UUID, query: Query) -> PersonRecords:
    """Which records are this person's, and every merge and split with who did it, when and why."""
    async with query.reading() as conn:
        links = await store.people.links_of_people(conn, [client_id])
        if client_id not in links:
            raise no_such_client()
        merges = await store.people.merges_of(conn, links)
    survivor = next(each.client_id for each in links.values() if each.into is None)
    return PersonRecords(
        survivor_id=survivor,
        client_ids=(survivor, *sorted(set(links) - {survivor})),
        merges=tuple(_merge_view(each) for each in merges),
    )


def candidate_view(candidate: Candidate, full_name: str | None = None) -> PossibleSame:
    """Somebody who may be the same, as they are shown."""
    record, match = candidate.record, candidate.match
    return PossibleSame(
        client_id=record.survivor_id,
        record_id=record.client_id,
        full_name=full_name or record.full_name,
        preferred_name=record.preferred_name,
        born_on=record.born_on,
        postcode=record.postcode,
        score=match.score,
        sure=match.verdict,
        reasons=tuple(
            Reason(about=each.about, words=each.words, speaks_for=each.weight > 0, weight=each.weight)
            for each in match.because
        ),
    )


async def _merge(client_id: UUID, body: OnePerson, tx: Transaction, *, by: UUID) -> NowOne:
    if client_id == body.into:
        raise Invalid("These are one record already; give the id of the other one in `into`.")
    outcome = await merging.merge(tx, client_id, body.into, deed=Deed(at=tx.now, by=by, why=body.why))
    match outcome:
        case Merge(client_id=merged, into=survivor_id):
            return NowOne(client_id=merged, survivor_id=survivor_id, changed=True)
        case OneAlready(survivor_id=survivor_id):
            return NowOne(client_id=client_id, survivor_id=survivor_id, changed=False)
        case None:
            raise no_such_client()
        case _:
            assert_never(outcome)


async def _split(client_id: UUID, body: Apart, tx: Transaction, *, by: UUID) -> NowTwo:
    outcome = await merging.split(tx, client_id, deed=Deed(at=tx.now, by=by, why=body.why))
    if outcome is not None:
        return NowTwo(client_id=client_id, out_of=outcome.out_of)
    if not await store.clients.client_exists(tx.conn, client_id):
        raise no_such_client()
    raise Conflict(
        "This record stands by itself already; nothing was changed.",
        possible=["split the record that was merged into another; GET .../records shows which"],
    )


async def _tell_apart(client_id: UUID, body: SomeoneElse, tx: Transaction, *, by: UUID) -> Remembered:
    if client_id == body.client_id:
        raise Invalid("This is one record; give the id of the other one in `client_id`.")
    deed = Deed(at=tx.now, by=by, why=None)
    if not await merging.tell_apart(tx, client_id, body.client_id, deed=deed):
        raise no_such_client()
    return Remembered(client_id=client_id, other_id=body.client_id)


def _merge_view(merge: KeptMerge) -> MergeView:
    return MergeView(
        merge_id=merge.merge_id,
        client_id=merge.client_id,
        survivor_id=merge.survivor_id,
        merged_at=merge.merged_at,
        merged_by=merge.merged_by,
        why=merge.why,
        split_at=merge.split_at,
        split_by=merge.split_by,
        split_why=merge.split_why,
    )
