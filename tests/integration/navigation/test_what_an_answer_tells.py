"""What comes back to a partner that answers tells no more of the client than a read would at that moment."""

from __future__ import annotations

from contracts.events.barriers import HelpNeeded
from contracts.terms import InformationScope
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import consent, consent_revoked, contact_changed
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.eventually import eventually

ACCEPT = {"said": {"answer": "accept"}}
NAME = "Amina Diallo"
EVERYTHING = frozenset(InformationScope)


async def sent(navigation: Navigation, **wanted: object) -> tuple[Navigation, str, HelpNeeded]:
    """A referral of somebody who agreed to everything, with its partner and what was asked for."""
    service = listing()
    await navigation.add(service)
    body = {"organization_id": str(service.organization_id)}
    made = await navigation.as_("admin").post("/partners", body)
    partner = navigation.with_key(made.json()["key"])
    if wanted:
        path = f"/partners/{service.organization_id}/keys"
        partner = navigation.with_key((await navigation.as_("admin").post(path, wanted)).json()["key"])
    client_id = new_id()
    await navigation.learn(contact_changed(client_id=client_id))
    needed = help_needed(client_id=client_id, consents=(consent(client_id=client_id, scopes=EVERYTHING),))
    await navigation.receive(delivery(needed))
    found = await eventually(lambda: navigation.referrals(client_id), lambda items: len(items) == 1)
    return partner, f"/partner/referrals/{found[0]['id']}", needed


async def test_a_repeated_answer_says_nothing_of_the_client_whose_consent_may_be_gone_by_then(
    navigation: Navigation,
) -> None:
    partner, path, needed = await sent(navigation)
    first = await partner.post(f"{path}/answers", ACCEPT, key="mine")
    assert NAME in first.text

    await navigation.receive(
        delivery(consent_revoked(client_id=needed.client_id, consent_id=needed.consents[0].id))
    )
    await eventually(lambda: partner.get(path), lambda read: read.json()["status"] == "cancelled")
    repeated = await partner.post(f"{path}/answers", ACCEPT, key="mine")

    assert (repeated.status_code, repeated.json()["status"]) == (200, "accepted")
    assert repeated.json()["client"]["scopes"] == []
    assert NAME not in repeated.text
    async with navigation.service.database.reading() as conn:
        assert not await conn.fetchval(
            "select count(*) from idempotency where strpos(response::text, $1) > 0", NAME
        )


async def test_a_key_that_is_for_answering_alone_does_not_read_by_it(navigation: Navigation) -> None:
    partner, path, needed = await sent(navigation, scopes=["answers"])

    answered = await partner.post(f"{path}/answers", ACCEPT)

    assert (answered.status_code, answered.json()["status"]) == (200, "accepted")
    assert NAME not in answered.text
    assert needed.words not in answered.text


async def test_why_we_called_it_off_is_not_for_the_partner_and_its_own_words_are(
    navigation: Navigation,
) -> None:
    partner, path, _ = await sent(navigation)
    await partner.post(f"{path}/answers", ACCEPT)
    await partner.post(f"{path}/answers", {"said": {"answer": "hold", "text": "No driver until Friday."}})
    assert (await partner.get(path)).json()["reason_text"] == "No driver until Friday."

    staff = navigation.as_("case_manager")
    ours = path.removeprefix("/partner")
    await staff.post(f"{ours}/cancellation", {"reason": "referred_elsewhere", "text": "Now with Harbour."})

    read = await partner.get(path)
    assert (read.json()["status"], read.json()["reason"]) == ("cancelled", "referred_elsewhere")
    assert read.json()["client"]["full_name"] == NAME
    assert read.json()["reason_text"] is None
    fhir = await partner.get(path.replace("/partner/referrals", "/fhir/R4/Task"))
    assert "Harbour" not in fhir.text
    assert fhir.json()["statusReason"]["text"]
    await staff.post(f"{ours}/entered-in-error", {"text": "It was about her brother at Harbour Clinic."})
    assert "Harbour" not in (await partner.get(path)).text


async def test_a_referral_that_should_never_have_been_written_tells_nothing_from_then_on(
    navigation: Navigation,
) -> None:
    partner, path, needed = await sent(navigation)
    assert NAME in (await partner.get(path)).text

    mistaken = path.removeprefix("/partner") + "/entered-in-error"
    await navigation.as_("case_manager").post(mistaken, {"text": "It was about somebody else."})

    for way in (path, "/partner/events", path.replace("/partner/referrals", "/fhir/R4/Task")):
        read = await partner.get(way)
        assert read.status_code == 200, read.text
        assert NAME not in read.text
        assert needed.words not in read.text
