"""The desk's model filled for measuring: invented clients, what there is to do for them, their timelines."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    BusinessStatus,
    Priority,
    ReferralStatus,
    TaskKind,
    TaskStatus,
)
from services.desk.model.pictures import (
    BarrierPicture,
    ClientPicture,
    Picture,
    PlanPicture,
    ReferralPicture,
    TaskPicture,
)
from services.desk.store.pictures import RANKS
from tests.support.big_directory import postcode
from tests.support.builders import client_context

KINDS = (
    *("team", "staff", "client", "barrier", "plan", "task", "referral", "service", "partner"),
    *("entry", "conversation"),
)
CLIENTS = 100_000
TEAMS = 40
STAFF_EACH = 10
ENTRIES_EACH = 10
PARTNERS = 800
CHUNK = 5_000
SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
FIRST = ("Amina", "Bo", "Cleo", "Dov", "Esi", "Farid", "Grace", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Miro")
LAST = (
    "Diallo",
    "Berg",
    "Osei",
    "Kowal",
    "Nasser",
    "Lindqvist",
    "Moreau",
    "Petrov",
    "Quist",
    "Reyes",
    "Sato",
)
WORDS = "The last bus is gone by the time I finish work, and a taxi is more than I earn that day."
PRIORITIES = (Priority.ROUTINE,) * 12 + (Priority.URGENT,) * 5 + (Priority.ASAP,) * 2 + (Priority.STAT,)

Rows = list[tuple[Any, ...]]


def named(kind: str, number: int) -> UUID:
    """The id of one of the invented things."""
    return UUID(int=KINDS.index(kind) + 1 << 112 | 7 << 76 | 2 << 62 | number)


def team_of(client: int) -> int:
    """The team of a client."""
    return client % TEAMS


def staff_of(client: int) -> int:
    """Who looks after a client."""
    return team_of(client) * STAFF_EACH + (client // TEAMS) % STAFF_EACH


def whose(client: int) -> tuple[UUID | None, UUID | None]:
    """The team and the caretaker of a client: some wait for a person, a few for a team."""
    if client % 100 == 0:
        return None, None
    return named("team", team_of(client)), named("staff", staff_of(client)) if client % 20 else None


@dataclass(frozen=True)
class Filled:
    """How much was filled in."""

    clients: int
    tasks: int
    entries: int


TABLES = (
    ("client", ("id", "full_name", "preferred_name", "time_zone", "contact_prohibited", "messages_wanted",
                "registered_at", "importance", "confidence", "readiness", "measured_at", "picture")),
    ("client_name", ("client_id", "word")),
    ("caseload", ("client_id", "version", "team_id", "staff_id", "assigned_at")),
    ("barrier", ("id", "client_id", "category", "status", "stated_at", "moved_at", "answered_at", "eased_at",
                 "unmatched_at", "unmatched_area", "picture")),
    ("plan", ("id", "client_id", "barrier_id", "status", "moved_at", "picture")),
    ("task", ("id", "client_id", "kind", "status", "rank", "due_from", "due_by", "assignee", "referral_id",
              "escalated_at", "opened_at", "moved_at", "picture", "team_id", "caretaker")),
    ("referral", ("id", "client_id", "barrier_id", "status", "business_status", "service_id",
                  "organization_id", "acknowledge_by", "stalled", "drafted_at", "moved_at", "picture",
                  "requested_at", "answered_at", "service_name", "organization_name", "team_id",
                  "caretaker")),
    ("entry", ("id", "type", "kind", "subject_id", "client_id", "version", "occurred_at", "correlation_id",
               "causation_id", "data")),
)  # fmt: skip


async def fill(connection: asyncpg.Connection[asyncpg.Record], *, clients: int = CLIENTS) -> Filled:
    """Fill everything, the same every time, and have the planner know of it."""
    # Nobody counts figures of a model that is half there, and of which the planner knows nothing yet.
    await connection.execute("select pg_advisory_lock(hashtextextended('desk figures', 0))")
    await _staff(connection)
    tasks = entries = 0
    for begin in range(0, clients, CHUNK):
        made: dict[str, Rows] = {name: [] for name, _ in TABLES}
        for number in range(begin, min(begin + CHUNK, clients)):
            _client(made, number)
        for name, columns in TABLES:
            await connection.copy_records_to_table(
                name, records=made[name], columns=list(columns), schema_name="desk"
            )
        tasks += len(made["task"])
        entries += len(made["entry"])
    await connection.execute(
        "vacuum analyze desk.client, desk.caseload, desk.barrier, desk.task, desk.referral"
    )
    await connection.execute("vacuum analyze desk.entry, desk.client_name, desk.plan")
    await connection.execute("select pg_advisory_unlock(hashtextextended('desk figures', 0))")
    return Filled(clients, tasks, entries)


async def _staff(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    now = datetime.now(UTC)
    teams = [(named("team", number), f"Team {number + 1}") for number in range(TEAMS)]
    people = [
        (
            named("staff", number), f"{FIRST[number % 13]} {LAST[number % 11]}", f"s{number}@example.org",
            f"oidc-{number}", ["case_manager", "supervisor"][: 1 + (number % STAFF_EACH == 0)],
            now,
        )
        for number in range(TEAMS * STAFF_EACH)
    ]  # fmt: skip
    members = [
        (named("team", number // STAFF_EACH), named("staff", number)) for number in range(TEAMS * STAFF_EACH)
    ]
    for name, columns, records in (
        ("team", ["id", "name"], teams),
        ("staff", ["id", "name", "email", "oidc_subject", "roles", "created_at"], people),
        ("team_member", ["team_id", "staff_id"], members),
    ):
        await connection.copy_records_to_table(name, records=records, columns=columns, schema_name="desk")


def _json(picture: Picture) -> str:
    return picture.model_dump_json()


def _client(made: dict[str, Rows], number: int) -> None:
    chance = random.Random(number)
    now = datetime.now(UTC)
    client_id = named("client", number)
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}"
    since = now - timedelta(days=chance.randint(1, 360))
    place = f"{postcode(chance.randrange(400))} 1AA"
    picture = ClientPicture(
        id=client_id,
        full_name=name,
        preferred_name=name.split(maxsplit=1)[0],
        context=client_context(client_id=client_id, postcode=place, time_zone="Europe/London"),
        registered_at=since,
    )
    made["client"].append(
        (
            client_id, name, picture.preferred_name, "Europe/London", False, True, since, 6, 4, 5, since,
            _json(picture),
        )
    )  # fmt: skip
    bare = unicodedata.normalize("NFKD", name.casefold())
    made["client_name"] += [(client_id, word) for word in set(bare.split())]
    team, caretaker = whose(number)
    if team:
        made["caseload"].append((client_id, 1, team, caretaker, since))
    barriers = [_barrier(made, chance, client_id, number * 2 + turn, since, place) for turn in range(2)]
    _plan(made, client_id, barriers[0], number, since)
    for turn in range(3):
        _task(made, chance, client_id, barriers[turn % 2], number * 3 + turn, alive=chance.random() < 0.4)
    _referral(made, chance, client_id, barriers[0], number)
    made["entry"] += _entries(client_id, number, since)


def _barrier(
    made: dict[str, Rows], chance: random.Random, client_id: UUID, number: int, since: datetime, place: str
) -> UUID:
    barrier_id = named("barrier", number)
    category = chance.choice(list(BarrierCategory))
    status = chance.choice(list(BarrierStatus)[1:])
    eased = since + timedelta(days=20) if status is BarrierStatus.EASED else None
    unmatched = since + timedelta(hours=1) if chance.random() < 0.08 else None
    picture = BarrierPicture(
        id=barrier_id, client_id=client_id, words=WORDS, category=category, status=status, stated_at=since,
        own_idea="My neighbour drives that way on Thursdays.", reason="You said that this is in the way.",
    )  # fmt: skip
    made["barrier"].append(
        (
            barrier_id, client_id, category.value, status, since, since, since + timedelta(seconds=1), eased,
            unmatched, place.split(maxsplit=1)[0] if unmatched else None, _json(picture),
        )
    )  # fmt: skip
    return barrier_id


def _plan(made: dict[str, Rows], client_id: UUID, barrier_id: UUID, number: int, since: datetime) -> None:
    plan_id = named("plan", number)
    picture = PlanPicture(
        id=plan_id, client_id=client_id, barrier_id=barrier_id, if_words="If the bus is gone",
        then_words="I ring my neighbour", from_own_idea=True,
    )  # fmt: skip
    made["plan"].append((plan_id, client_id, barrier_id, "drafted", since, _json(picture)))


def _task(
    made: dict[str, Rows],
    chance: random.Random,
    client_id: UUID,
    barrier_id: UUID,
    number: int,
    *,
    alive: bool,
) -> None:
    now = datetime.now(UTC)
    task_id = named("task", number)
    kind, priority = chance.choice(list(TaskKind)), chance.choice(PRIORITIES)
    begins = now + timedelta(days=chance.randint(-6, 6))
    ends = begins + timedelta(days=chance.randint(1, 5))
    taken = alive and chance.random() < 0.5
    status = TaskStatus.CLAIMED if taken else TaskStatus.OPEN if alive else TaskStatus.DONE
    assignee = named("staff", staff_of(number // 3)) if taken or not alive else None
    escalated = ends if alive and ends < now else None
    picture = TaskPicture(
        id=task_id, client_id=client_id, kind=kind, title="Look at the plan together",
        why="A plan was drafted from their own idea; only they can agree it.", status=status,
        priority=priority, priority_reason="It stands a lot in the way.", due_from=begins, due_by=ends,
        assignee=assignee, barrier_ids=(barrier_id,), escalated_at=escalated, opened_at=begins,
    )  # fmt: skip
    made["task"].append(
        (
            task_id, client_id, kind.value, status.value, RANKS[priority], begins, ends, assignee, None,
            escalated, begins, begins, _json(picture), *whose(number // 3),
        )
    )  # fmt: skip


def _referral(
    made: dict[str, Rows], chance: random.Random, client_id: UUID, barrier_id: UUID, number: int
) -> None:
    now = datetime.now(UTC)
    referral_id, partner = named("referral", number), chance.randrange(PARTNERS)
    status = chance.choice(("requested", "accepted", "completed", "completed", "rejected", "in-progress"))
    due = now + timedelta(days=chance.randint(-3, 20))
    stalled = status == "accepted" and chance.random() < 0.1
    asked = now - timedelta(days=chance.randint(3, 120))
    answered = asked + timedelta(hours=chance.randint(1, 70)) if status != "requested" else None
    picture = ReferralPicture(
        id=referral_id, client_id=client_id, barrier_id=barrier_id, version=2, status=ReferralStatus(status),
        business_status=BusinessStatus.CREATED, service_id=named("service", partner), service_name="A lift",
        organization_id=named("partner", partner), organization_name=f"Neighbours {partner + 1}",
        acknowledge_by=due, stalled=stalled,
    )  # fmt: skip
    made["referral"].append(
        (
            referral_id, client_id, barrier_id, status, "2.0", picture.service_id, picture.organization_id,
            due, stalled, asked, now, _json(picture), asked, answered, picture.service_name,
            picture.organization_name, *whose(number),
        )
    )  # fmt: skip


ENTRY_TYPES = (
    ("care.intake.contact.changed.v1", "client", "client", 1),
    ("care.intake.client.registered.v1", "client", "client", 1),
    ("care.intake.barrier.stated.v1", "barrier", "barrier", 2),
    ("care.barriers.barrier.answered.v1", "barrier", "barrier", 2),
    ("care.barriers.plan.drafted.v1", "plan", "plan", 1),
    ("care.barriers.task.opened.v1", "task", "task", 3),
    ("care.barriers.task.moved.v1", "task", "task", 3),
    ("care.navigation.referral.requested.v1", "referral", "referral", 1),
    ("care.barriers.task.opened.v1", "task", "task", 3),
    ("care.barriers.task.moved.v1", "task", "task", 3),
)
"""What each client's timeline holds: a type, what it is about, and how many of those a client has."""
_TEXTS = {
    kind: json.dumps(json.loads((SAMPLES / kind / "v1-full.json").read_text())) for kind, *_ in ENTRY_TYPES
}
_SAMPLE_IDS = {
    "client": "0193515e-0001-7c3a-9d41-5b1f0e000001",
    "barrier": "0193515e-0010-7c3a-9d41-5b1f0e000010",
    "plan": "0193515e-0016-7c3a-9d41-5b1f0e000016",
    "task": "0193515e-0015-7c3a-9d41-5b1f0e000015",
    "referral": "0193515e-0013-7c3a-9d41-5b1f0e000013",
}


def _entries(client_id: UUID, number: int, since: datetime) -> Iterator[tuple[Any, ...]]:
    before = None
    for place, (kind, about, thing, each) in enumerate(ENTRY_TYPES[:ENTRIES_EACH]):
        own = client_id if thing == "client" else named(thing, number * each + (place >= 8))
        text = _TEXTS[kind].replace(_SAMPLE_IDS["client"], str(client_id))
        text = text.replace(_SAMPLE_IDS[thing], str(own)) if thing != "client" else text
        entry_id = named("entry", number * ENTRIES_EACH + place)
        yield (
            entry_id, kind, about, own, client_id, place, since + timedelta(minutes=place),
            named("conversation", number), before, text,
        )  # fmt: skip
        before = entry_id
