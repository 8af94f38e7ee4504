"""Take in what was stated, and fold anew whatever it is about.

In any order, any number of times, in any number of copies at once: it comes to the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from services.desk.commands.joining import joined_by, regroup
from services.desk.model.directory import ServicePicture
from services.desk.model.entries import Entry, Kind
from services.desk.model.pictures import ClientPicture, Picture
from services.desk.policy.directory import found_by
from services.desk.policy.folding import FOLDS
from services.desk.policy.folding.services import fold_service
from services.desk.policy.names import words_of
from services.desk.store import caseload, directory_keeping, entries, one_person, pictures, pulses
from shared.unit_of_work import Transaction


async def take_in(tx: Transaction, stated: Sequence[Entry]) -> None:
    """Keep these entries and write how everything they are about stands now."""
    joined = joined_by(stated)
    client_ids = _clients_of(stated) | joined
    await entries.lock_clients(tx.conn, client_ids | _services_of(stated), joining=bool(joined))
    # Whoever something is taken from has to hear of it as well as whoever gets it.
    records = await one_person.records(tx.conn, client_ids)
    before = await pulses.concerned(tx.conn, records)
    await _keep(tx, stated)
    await fold_anew(tx, {(one.place.kind, one.place.subject_id) for one in stated})
    records |= await one_person.records(tx.conn, client_ids)
    after = await pulses.concerned(tx.conn, records)
    await pulses.touch(tx.conn, records | before | after)


async def keep(tx: Transaction, stated: Sequence[Entry]) -> None:
    """Keep these entries, to be folded later: pages show what they showed, but who looks after whom."""
    await entries.lock_clients(tx.conn, _clients_of(stated))
    await _keep(tx, stated)


async def _keep(tx: Transaction, stated: Sequence[Entry]) -> None:
    await entries.insert(tx.conn, stated)
    if assigned := [one for one in stated if one.place.kind is Kind.CASELOAD]:
        client_ids = {one.place.subject_id for one in assigned}
        await caseload.take_in(tx.conn, assigned)
        await caseload.hand_on(tx.conn, client_ids)
        await regroup(tx, client_ids)


def _clients_of(stated: Sequence[Entry]) -> set[UUID]:
    return {one.client_id for one in stated if one.client_id is not None}


def _services_of(stated: Sequence[Entry]) -> set[UUID]:
    return {one.place.subject_id for one in stated if one.place.kind is Kind.SERVICE}


async def fold_anew(tx: Transaction, subjects: Collection[tuple[Kind, UUID]]) -> None:
    """Write how these things stand, from all that was stated about them.

    Their clients must be locked, and so must those of them that are services.
    """
    folded = await _folded(tx, {subject for subject in subjects if subject[0] in FOLDS})
    services = [one for one in folded.pop(Kind.SERVICE, ()) if isinstance(one, ServicePicture)]
    if services:
        await directory_keeping.save(tx.conn, [(one, found_by(one.said)) for one in services])
    for kind, found in folded.items():
        await pictures.SAVES[kind](tx.conn, found)
    clients = [one for one in folded.get(Kind.CLIENT, ()) if isinstance(one, ClientPicture)]
    if clients:
        await pictures.save_names(
            tx.conn, {one.id: words_of(one.full_name, one.preferred_name) for one in clients}
        )
        await regroup(tx, [one.id for one in clients])


async def _folded(tx: Transaction, subjects: set[tuple[Kind, UUID]]) -> dict[Kind, list[Picture]]:
    found: defaultdict[Kind, list[Picture]] = defaultdict(list)
    services = {subject_id for kind, subject_id in subjects if kind is Kind.SERVICE}
    if services:
        stated = await directory_keeping.latest(tx.conn, services)
        found[Kind.SERVICE] = [one for entry in stated if (one := fold_service([entry]))]
    whole = {subject for subject in subjects if subject[0] is not Kind.SERVICE}
    if whole:
        for (kind, _), about in (await entries.about(tx.conn, whole)).items():
            picture = FOLDS[kind](about)
            if picture is not None:
                found[kind].append(picture)
    return found
