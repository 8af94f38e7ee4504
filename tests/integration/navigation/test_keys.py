"""Partners' keys over HTTP: made, used, replaced, closed; never seen twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.navigation.commands.keys import digest
from services.navigation.model.telling import Way
from services.navigation.store import partner_ways
from shared.clock import real_now
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually

OWN = "/partner/referrals"
ALL = ["answers", "capacity", "referrals", "webhooks"]


async def made(navigation: Navigation, **wanted: object) -> dict[str, Any]:
    """A partner with its first key."""
    service = listing()
    await navigation.add(service)
    body = {"organization_id": str(service.organization_id), **wanted}
    return created(await navigation.as_("admin").post("/partners", body))


def created(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def keys_of(navigation: Navigation, organization_id: object) -> list[dict[str, Any]]:
    answer = await navigation.as_("admin").get(f"/partners/{organization_id}/keys")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def path_of(key: Mapping[str, object]) -> str:
    return f"/partners/{key['organization_id']}/keys/{key['key_id']}"


async def why_refused(navigation: Navigation, key: object) -> str:
    """What somebody with this key is told."""
    answer = await navigation.with_key(str(key)).get(OWN)
    assert answer.status_code == 401, answer.text
    return str(answer.json()["detail"])


async def test_a_key_is_shown_once_and_kept_nowhere(navigation: Navigation) -> None:
    service = listing()
    await navigation.add(service)
    body = {"organization_id": str(service.organization_id), "label": "Night sync"}

    first = await navigation.as_("admin").post("/partners", body, key="once")
    again = await navigation.as_("admin").post("/partners", body, key="once")

    key = first.json()["key"]
    assert len(key) >= 4 + 43
    assert again.status_code == 201
    assert again.json() == first.json() | {"key": None}
    async with navigation.service.database.reading() as conn:
        kept = await conn.fetchval("select digest from partner_key")
        everything = await conn.fetchval(
            """select string_agg(t::text, ' ') from (
                 select k::text as t from partner_key k union all select i::text from idempotency i
                 union all select e::text from event e) s"""
        )
    assert kept == digest(key)
    assert key.removeprefix("fhk_") not in everything
    (listed,) = await keys_of(navigation, service.organization_id)
    assert "key" not in listed
    assert (listed["label"], listed["scopes"], listed["last_used_at"]) == ("Night sync", ALL, None)


async def test_the_last_use_of_a_key_is_known_to_a_minute(navigation: Navigation) -> None:
    key = await made(navigation)
    partner = navigation.with_key(key["key"])
    before = real_now()

    async def last_used() -> datetime | None:
        (listed,) = await keys_of(navigation, key["organization_id"])
        return datetime.fromisoformat(listed["last_used_at"]) if listed["last_used_at"] else None

    assert (await partner.get(OWN)).status_code == 200
    used = await eventually(last_used, lambda moment: moment is not None)
    assert used is not None
    assert before <= used <= real_now()

    assert (await partner.get(OWN)).status_code == 200
    async with navigation.service.database.reading() as conn:
        await conn.execute("update partner_key set last_used_at = last_used_at - interval '2 minutes'")
    older = await last_used()
    assert (await partner.get(OWN)).status_code == 200
    await eventually(last_used, lambda moment: moment is not None and moment > (older or before))


async def test_a_key_that_runs_out_stops_by_itself_whatever_the_clock_of_the_domain_says(
    navigation: Navigation, clock: ManualClock
) -> None:
    key = await made(navigation, expires_at=(real_now() + timedelta(seconds=1.5)).isoformat())
    partner = navigation.with_key(key["key"])

    clock.advance(timedelta(days=300))
    assert (await partner.get(OWN)).status_code == 200
    answer = await eventually(lambda: partner.get(OWN), lambda found: found.status_code == 401)

    assert "run out" in answer.json()["detail"]
    past = {"organization_id": key["organization_id"], "expires_at": "2020-01-01T00:00:00Z"}
    refused = await navigation.as_("admin").post(
        f"/partners/{key['organization_id']}/keys", {"expires_at": past["expires_at"]}
    )
    assert refused.status_code == 422


async def test_a_key_changes_over_without_a_gap_and_keeps_what_it_was_for(navigation: Navigation) -> None:
    admin = navigation.as_("admin")
    old = await made(navigation, label="Night sync", scopes=["referrals"])

    new = created(await admin.post(f"{path_of(old)}/rotation", {"old_key_works_for_hours": 2}))

    assert (new["label"], new["scopes"]) == ("Night sync", ["referrals"])
    assert (await navigation.with_key(old["key"]).get(OWN)).status_code == 200
    assert (await navigation.with_key(new["key"]).get(OWN)).status_code == 200
    listed = {key["key_id"]: key for key in await keys_of(navigation, old["organization_id"])}
    assert listed[old["key_id"]]["replaced_by"] == new["key_id"]
    left = datetime.fromisoformat(listed[old["key_id"]]["expires_at"]) - real_now()
    assert timedelta(minutes=119) < left <= timedelta(hours=2)
    twice = await admin.post(f"{path_of(old)}/rotation", {})
    assert twice.status_code == 409
    assert "replaced already" in twice.json()["detail"]

    newest = created(await admin.post(f"{path_of(new)}/rotation", {"old_key_works_for_hours": 0}))
    assert "was replaced" in await why_refused(navigation, new["key"])
    assert (await navigation.with_key(newest["key"]).get(OWN)).status_code == 200


async def test_one_key_is_closed_and_the_others_go_on(navigation: Navigation) -> None:
    admin = navigation.as_("admin")
    first = await made(navigation)
    second = created(await admin.post(f"/partners/{first['organization_id']}/keys", {"label": "Second"}))

    closed = await admin.post(f"{path_of(first)}/revocation", {})
    again = await admin.post(f"{path_of(first)}/revocation", {})

    assert closed.status_code == again.status_code == 200
    assert closed.json()["revoked_at"] == again.json()["revoked_at"] is not None
    assert "was closed" in await why_refused(navigation, first["key"])
    assert (await navigation.with_key(second["key"]).get(OWN)).status_code == 200
    assert (await admin.post(f"{path_of(first)}/rotation", {})).status_code == 409
    assert "no key of ours" in await why_refused(navigation, "fhk_guess")


async def test_a_partner_that_is_shut_out_is_out_at_once_and_comes_back_with_a_new_key_only(
    navigation: Navigation,
) -> None:
    admin = navigation.as_("admin")
    first = await made(navigation)
    organization = {"organization_id": first["organization_id"]}
    second = created(await admin.post(f"/partners/{first['organization_id']}/keys", {}))

    shut = await admin.post(f"/partners/{first['organization_id']}/revocation", {})

    assert shut.status_code == 200
    for key in (first["key"], second["key"]):
        assert "not connected" in await why_refused(navigation, key)
    assert (await admin.post(f"/partners/{first['organization_id']}/keys", {})).status_code == 409

    third = created(await admin.post("/partners", organization))
    assert (await navigation.with_key(third["key"]).get(OWN)).status_code == 200
    assert "was closed" in await why_refused(navigation, first["key"])
    (listed,) = (await admin.get("/partners")).json()["items"]
    assert listed["revoked_at"] is None
    assert (await admin.post("/partners", organization)).status_code == 409


async def test_nothing_goes_out_to_a_partner_that_is_shut_out_and_its_ways_begin_anew(
    navigation: Navigation,
) -> None:
    key = await made(navigation)
    organization_id = UUID(key["organization_id"])
    async with navigation.service.database.transaction() as tx:
        for way in Way:
            await partner_ways.begin(tx.conn, organization_id, way, now=tx.now)
    needed = help_needed()
    await navigation.receive(delivery(needed))

    async def states() -> set[str]:
        async with navigation.service.database.reading() as conn:
            return {row["state"] for row in await conn.fetch("select state from delivery")}

    await eventually(states, lambda seen: len(seen) > 0)
    await navigation.as_("admin").post(f"/partners/{organization_id}/revocation", {})

    assert "waiting" not in await states()
    again = await navigation.as_("admin").post("/partners", {"organization_id": str(organization_id)})
    assert again.status_code == 201
    async with navigation.service.database.transaction() as tx:
        assert await partner_ways.listening(tx.conn, [organization_id]) == {organization_id: frozenset()}
        await partner_ways.begin(tx.conn, organization_id, Way.NATS, now=tx.now)
        listening = await partner_ways.listening(tx.conn, [organization_id])
    assert listening == {organization_id: frozenset({Way.NATS})}


async def test_keys_are_the_admins_business_and_stay_with_their_partner(navigation: Navigation) -> None:
    mine, other = await made(navigation), await made(navigation)
    elsewhere = f"/partners/{other['organization_id']}/keys/{mine['key_id']}"
    partner, worker = navigation.with_key(mine["key"]), navigation.as_("case_manager")

    for somebody in (partner, worker):
        assert (await somebody.get(f"/partners/{mine['organization_id']}/keys")).status_code == 403
        assert (await somebody.post(f"{path_of(mine)}/revocation", {})).status_code == 403
        assert (await somebody.post(f"{path_of(mine)}/rotation", {})).status_code == 403
    admin = navigation.as_("admin")
    assert (await admin.post(f"{elsewhere}/revocation", {})).status_code == 404
    assert (await admin.post(f"{elsewhere}/rotation", {})).status_code == 404
    assert (await admin.get(f"/partners/{new_id()}/keys")).status_code == 404
    assert (await admin.post(f"/partners/{new_id()}/keys", {})).status_code == 404
    unknown = await admin.post(f"/partners/{mine['organization_id']}/keys", {"scopes": ["everything"]})
    none = await admin.post(f"/partners/{mine['organization_id']}/keys", {"scopes": []})
    assert unknown.status_code == none.status_code == 422


@pytest.mark.parametrize("scope", ALL)
async def test_a_key_opens_what_it_was_made_for_and_says_what_it_lacks(
    navigation: Navigation, scope: str
) -> None:
    partner = navigation.with_key((await made(navigation, scopes=[scope]))["key"])
    nothing = new_id()

    answers = {
        "referrals": await partner.get(OWN),
        "answers": await partner.post(f"{OWN}/{nothing}/answers", {"said": {"answer": "accept"}}),
        "capacity": await partner.put(f"/partner/services/{nothing}/capacity", {"capacity": "has"}),
    }

    for asked, answer in answers.items():
        if asked == scope:
            assert answer.status_code in {200, 404}
        else:
            assert answer.status_code == 403
            assert f"does not have the scope {asked}" in answer.json()["detail"]


async def test_a_key_from_before_there_were_scopes_opens_what_it_always_opened(
    navigation: Navigation,
) -> None:
    key = await made(navigation)
    async with navigation.service.database.reading() as conn:
        await conn.execute(
            "insert into partner_key (id, organization_id, digest, created_at) values ($1, $2, $3, now())",
            new_id(),
            UUID(key["organization_id"]),
            digest("fhk_of_old"),
        )

    assert (await navigation.with_key("fhk_of_old").get(OWN)).status_code == 200
    assert (await keys_of(navigation, key["organization_id"]))[-1]["scopes"] == ALL


async def test_keys_are_listed_page_by_page(navigation: Navigation) -> None:
    admin = navigation.as_("admin")
    first = await made(navigation, label="1")
    path = f"/partners/{first['organization_id']}/keys"
    for label in ("2", "3"):
        created(await admin.post(path, {"label": label}))

    page = (await admin.get(path, limit=2)).json()
    rest = (await admin.get(path, limit=2, after=page["next"])).json()

    assert [key["label"] for key in page["items"] + rest["items"]] == ["1", "2", "3"]
    assert rest["next"] is None
    assert all(UUID(key["key_id"]) for key in page["items"])
