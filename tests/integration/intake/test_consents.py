"""Consents over HTTP, on real servers: dated records, complete, final when taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from contracts.events.intake import ConsentGranted, ConsentRevoked
from contracts.terms import CoordinationPurpose
from shared.ids import new_id
from tests.integration.intake.conftest import Intake
from tests.support.clock import MONDAY_MORNING, ManualClock

FOOD_BANK = UUID("01960000-0000-7000-8000-0000000000f0")


def signed(**changes: object) -> dict[str, object]:
    """A complete consent for the services that a client is matched with."""
    return {
        "discloser": "Harbour Street Outreach",
        "any_matched_service": True,
        "recipient_class": "services that I am matched with",
        "intermediary": "Harbour Street Outreach",
        "information": "My name, how to reach me and what help I need",
        "scopes": ["name_and_contact", "need"],
        "purposes": ["care_coordination"],
        "given_how": "signed_on_paper",
        "explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"],
    } | changes


async def granted(intake: Intake, client_id: UUID, **changes: object) -> UUID:
    answer = await intake.post(f"/clients/{client_id}/consents", signed(**changes))
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["consent_id"])


async def test_a_consent_is_stated_complete(intake: Intake) -> None:
    client_id = await intake.registered()

    consent_id = await granted(
        intake,
        client_id,
        any_matched_service=False,
        recipients=[{"organization_id": str(FOOD_BANK), "name": "Fenwick Food Bank"}],
        granted_at="2026-11-20T10:00:00+01:00",
        expires_at="2027-11-20T09:00:00Z",
    )

    (event,) = await intake.stated(ConsentGranted)
    assert (event.consent.id, event.consent.client_id, event.client_id) == (consent_id, client_id, client_id)
    assert event.consent.organizations == {FOOD_BANK}
    assert event.consent.granted_at == MONDAY_MORNING - timedelta(days=3)
    assert event.consent.covers(FOOD_BANK, CoordinationPurpose.CARE_COORDINATION, MONDAY_MORNING)


async def test_the_list_shows_what_stood_on_the_form_and_where_each_consent_is_now(
    intake: Intake, clock: ManualClock
) -> None:
    client_id = await intake.registered()
    expiring = await granted(intake, client_id, expires_at="2026-11-23T10:00:00Z")
    revoked = await granted(intake, client_id)
    standing = await granted(intake, client_id, signer="representative", representative="Mariam Diallo")
    await intake.patch(f"/clients/{client_id}", {"version": 1, "full_name": "Amina Okafor"})
    await intake.post(f"/clients/{client_id}/consents/{revoked}/revocation", {"how": "in_writing"})
    clock.advance(timedelta(hours=1))

    page = (await intake.get(f"/clients/{client_id}/consents")).json()

    states = [(UUID(item["consent_id"]), item["state"]) for item in page["items"]]
    assert states == [(standing, "in_force"), (revoked, "revoked"), (expiring, "expired")]
    assert {item["client_name"] for item in page["items"]} == {"Amina Diallo"}
    assert page["items"][0]["representative"] == "Mariam Diallo"
    assert page["items"][1]["revoked_how"] == "in_writing"
    assert set(page["items"][0]["explained"]) == {"how_to_revoke", "may_be_passed_on", "what_if_not_signed"}


async def test_consents_are_read_page_by_page(intake: Intake) -> None:
    client_id = await intake.registered()
    consents = [await granted(intake, client_id) for _ in range(3)]

    first = (await intake.get(f"/clients/{client_id}/consents", limit=2)).json()
    second = (await intake.get(f"/clients/{client_id}/consents", limit=2, after=first["next"])).json()

    seen = [UUID(item["consent_id"]) for item in first["items"] + second["items"]]
    assert (seen, second["next"]) == (consents[::-1], None)


async def test_what_a_form_lacks_is_named_and_nothing_is_kept(intake: Intake) -> None:
    client_id = await intake.registered()
    table: list[tuple[dict[str, object], list[str]]] = [
        ({"any_matched_service": False}, ["recipients"]),
        ({"intermediary": None}, ["intermediary"]),
        ({"explained": ["how_to_revoke"], "signer": "representative"}, ["explained", "representative"]),
        ({"expires_at": "2026-11-01T00:00:00Z"}, ["expires_at"]),
        ({"scopes": []}, ["scopes"]),
        ({"given_how": "spoken"}, ["given_how"]),
    ]

    for changes, fields in table:
        answer = await intake.post(f"/clients/{client_id}/consents", signed(**changes))
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == fields

    assert await intake.stated(ConsentGranted) == []


async def test_a_consent_taken_back_is_over_at_once_and_for_good(intake: Intake, clock: ManualClock) -> None:
    client_id = await intake.registered()
    consent_id = await granted(intake, client_id)
    path = f"/clients/{client_id}/consents/{consent_id}/revocation"

    first = await intake.post(path, {})
    clock.advance(timedelta(hours=1))
    again = await intake.post(path, {"how": "in_writing"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    (event,) = await intake.stated(ConsentRevoked)
    assert (event.client_id, event.consent_id, event.revoked_at) == (client_id, consent_id, MONDAY_MORNING)


async def test_a_consent_taken_back_from_two_desks_at_once_is_stated_once(intake: Intake) -> None:
    client_id = await intake.registered()
    consent_id = await granted(intake, client_id)

    answers = await asyncio.gather(
        *(intake.post(f"/clients/{client_id}/consents/{consent_id}/revocation", {}) for _ in range(6))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert len(await intake.stated(ConsentRevoked)) == 1


async def test_a_consent_is_taken_back_only_by_way_of_its_own_client(intake: Intake) -> None:
    client_id = await intake.registered()
    consent_id = await granted(intake, client_id)
    somebody_else = await intake.registered(full_name="Bo Lindqvist")

    for owner, consent in ((somebody_else, consent_id), (client_id, new_id())):
        answer = await intake.post(f"/clients/{owner}/consents/{consent}/revocation", {})
        assert answer.status_code == 404

    assert await intake.stated(ConsentRevoked) == []


async def test_the_service_itself_could_not_rewrite_what_was_written_down(intake: Intake) -> None:
    async with intake.service.database.reading() as conn:
        for statement in (
            "update consent set any_matched_service = false",
            "delete from consent",
            "update consent_revocation set how = 'spoken'",
            "delete from consent_revocation",
            "update barrier set words = 'other words'",
            "delete from barrier",
            "update goal set words = 'other words'",
            "delete from readiness",
            "delete from wish_change",
            "delete from client",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)
