"""A partner's FHIR system reads what was sent to it, cut to the consent of that very moment."""

from __future__ import annotations

import base64
from datetime import timedelta

from contracts.terms import InformationScope
from services.navigation.policy.disclosure import NOTICE
from services.navigation.policy.fhir.terms import REASONS
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.fhir.conftest import Sent, send
from tests.support.builders import consent_revoked
from tests.support.builders_navigation import delivery, help_needed
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.fhir import at, codes_of, entries_of, link_of
from tests.support.fhir_system import BASE, FHIR_JSON, System, refusal

WORDS = "The last bus is gone by the time I finish work."


async def test_a_task_points_at_what_is_asked_for_and_at_nobody_else(sent: Sent) -> None:
    task = await sent.system.read(f"Task/{sent.id}")
    request = await sent.system.read(str(at(task, "focus", "reference")))

    assert (task["status"], request["status"]) == ("requested", "active")
    assert at(task, "owner", "identifier", "value") == f"urn:uuid:{sent.service.organization_id}"
    assert codes_of(request["code"]) == ["105-02-01"]
    assert codes_of(at(request, "category", 0)) == ["transportation-insecurity", "transport"]
    assert str(sent.needed.client_id) not in str(task) + str(request)


async def test_a_read_carries_the_version_for_an_update_and_may_not_be_kept(sent: Sent) -> None:
    answer = await sent.system.ask(f"Task/{sent.id}")

    assert answer.headers["etag"] == f'W/"{answer.json()["meta"]["versionId"]}"'
    assert answer.headers["last-modified"] == "Mon, 23 Nov 2026 09:00:00 GMT"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_name_and_the_persons_own_words_are_there_when_they_agreed_to_it(sent: Sent) -> None:
    request = await eventually(
        lambda: sent.system.read(f"ServiceRequest/{sent.id}"),
        lambda found: at(found, "contained", 0, "name", 0, "text") is not None,
    )

    assert at(request, "contained", 0, "name", 0, "text") == "Amina Diallo"
    assert at(request, "contained", 0, "telecom", 0, "value") == "+447700900123"
    assert at(request, "reasonCode", 0, "text") == WORDS


async def test_neither_is_there_when_they_agreed_to_the_need_alone(navigation: Navigation) -> None:
    sent = await send(navigation, scopes=frozenset({InformationScope.NEED}))
    request = await sent.system.read(f"ServiceRequest/{sent.id}")

    assert at(request, "contained", 0, "name", 0, "extension", 0, "valueCode") == "masked"
    assert WORDS not in str(request)
    assert "Amina" not in str(request)
    assert codes_of(request["code"]) == ["105-02-01"]


async def test_the_notice_goes_with_everything_as_labels_and_in_words(sent: Sent) -> None:
    for path in (f"Task/{sent.id}", f"ServiceRequest/{sent.id}", f"Consent/{sent.consent_id}"):
        resource = await sent.system.read(path)

        assert [at(label, "code") for label in labels(resource)] == ["R", "42CFRPart2", "NORDSCLCD"]
        assert NOTICE in str(resource)


def labels(resource: object) -> list[object]:
    found = at(resource, "meta", "security")
    assert isinstance(found, list)
    return found


async def test_the_consent_is_there_with_its_copy_and_no_other_recipient(sent: Sent) -> None:
    request = await sent.system.read(f"ServiceRequest/{sent.id}")
    consent = await sent.system.read(str(at(request, "supportingInfo", 0, "reference")))

    assert consent["status"] == "active"
    copy = base64.b64decode(str(at(consent, "sourceAttachment", "data"))).decode()
    assert "Who may tell: Harbour Street Outreach" in copy
    assert sent.service.organization_name in copy


async def test_what_is_read_is_in_the_ledger_once_for_each_content(sent: Sent) -> None:
    assert await sent.disclosed() == []

    for _ in range(2):
        await sent.system.read(f"Task/{sent.id}")
        await sent.system.read("Task?_include=Task:focus")

    (line,) = await sent.disclosed()
    assert line["organization_id"] == str(sent.service.organization_id)
    assert "the client's own words" in str(line["what"])


async def test_once_the_consent_is_taken_back_nothing_of_the_person_is_left(
    sent: Sent, clock: ManualClock
) -> None:
    await sent.system.read(f"Task/{sent.id}")
    clock.advance(timedelta(hours=1))
    revoked = consent_revoked(
        client_id=sent.needed.client_id, consent_id=sent.needed.consents[0].id, revoked_at=clock.now()
    )
    await sent.navigation.receive(delivery(revoked))
    task = await eventually(
        lambda: sent.system.read(f"Task/{sent.id}"), lambda found: found["status"] == "cancelled"
    )
    request = await sent.system.read(f"ServiceRequest/{sent.id}")
    consent = await sent.system.read(f"Consent/{sent.consent_id}")
    bundle = await sent.system.read("Task?_include=Task:focus")

    assert codes_of(task["statusReason"]) == ["consent_revoked"]
    assert task["contained"] == request["contained"] == [{"resourceType": "Patient", "id": "client"}]
    assert (request["status"], consent["status"]) == ("revoked", "inactive")
    assert not {"reasonCode", "supportingInfo", "orderDetail"} & request.keys()
    for found in (task, request, consent, bundle):
        assert WORDS not in str(found)
        assert "Amina" not in str(found)
        assert "+447700900123" not in str(found)
    assert len(await sent.disclosed()) == 1


async def test_the_consent_comes_along_with_what_rests_on_it_where_that_is_asked_for(sent: Sent) -> None:
    everything = await sent.system.read(
        "Task?_include=Task:focus&_include:iterate=ServiceRequest:supporting-info"
    )
    requests = await sent.system.read("ServiceRequest?_include=ServiceRequest:supporting-info")

    for bundle, kinds in (
        (everything, ["Task", "ServiceRequest", "Consent"]),
        (requests, ["ServiceRequest", "Consent"]),
    ):
        places = range(len(kinds))
        assert [at(bundle, "entry", place, "resource", "resourceType") for place in places] == kinds
        assert [at(bundle, "entry", place, "search", "mode") for place in places[1:]] == ["include"] * (
            len(kinds) - 1
        )
        assert at(bundle, "entry", len(kinds) - 1, "resource", "id") == str(sent.consent_id)


async def test_a_mistake_takes_nothing_from_the_consent_that_another_referral_rests_on(sent: Sent) -> None:
    no = {"coding": [{"system": REASONS, "code": "not_eligible"}], "text": "Not this time."}
    await sent.system.update(sent.id, status="rejected", statusReason=no)
    client_id = sent.needed.client_id
    await sent.navigation.receive(delivery(help_needed(client_id=client_id, consents=sent.needed.consents)))
    sent_again = await eventually(
        lambda: sent.navigation.referrals(client_id),
        lambda items: [one for one in items if one["status"] == "requested"],
    )
    again = next(one for one in sent_again if one["status"] == "requested")
    assert again["organization_id"] == str(sent.service.organization_id)
    mistake = await sent.navigation.as_("case_manager").post(
        f"/referrals/{again['id']}/entered-in-error", {"text": "It was about somebody else."}
    )
    assert mistake.status_code == 200, mistake.text

    assert (await sent.system.read(f"Consent/{sent.consent_id}"))["status"] == "active"


async def test_of_what_was_sent_to_another_not_even_its_existence_is_told(sent: Sent) -> None:
    other = await sent.other()
    unknown = new_id()

    for kind in ("Task", "ServiceRequest", "Consent"):
        known = sent.consent_id if kind == "Consent" else sent.id
        foreign = await other.ask(f"{kind}/{known}")
        assert refusal(foreign)[0] == 404
        assert foreign.content == (await other.ask(f"{kind}/{unknown}")).content
        assert refusal(await other.ask(f"{kind}/pat-1"))[0] == 404
    assert "entry" not in await other.read("Task")
    assert "entry" not in await other.read(f"ServiceRequest?_id={sent.id}")


async def test_whatever_goes_wrong_is_an_outcome(sent: Sent) -> None:
    nobody = System(sent.navigation.http, {})
    stranger = System(sent.navigation.http, {"Authorization": "Bearer fhk_unknown"})
    staff = System(sent.navigation.http, sent.navigation.as_("case_manager").authorization)

    assert refusal(await nobody.ask("Task"))[0] == 401
    assert (await nobody.ask("Task")).headers["www-authenticate"] == "Bearer"
    assert refusal(await stranger.ask(f"Task/{sent.id}"))[0] == 401
    assert refusal(await staff.ask("Task"))[0] == 403
    assert refusal(await sent.system.ask("Patient/1"))[0] == 404
    deleted = await sent.navigation.http.delete(f"{BASE}/Task/{sent.id}", headers=sent.system.authorization)
    assert (deleted.headers["content-type"], refusal(deleted)[0]) == (FHIR_JSON, 405)


async def test_problems_elsewhere_keep_their_own_form(sent: Sent) -> None:
    answer = await sent.navigation.http.get("/partner/referrals")

    assert answer.headers["content-type"] == "application/problem+json"


async def test_anyone_may_ask_what_can_be_done(navigation: Navigation) -> None:
    stated = await System(navigation.http, {}).read("metadata")

    interactions = {
        kind["type"]: [one["code"] for one in kind["interaction"]]
        for kind in at(stated, "rest", 0, "resource")  # type: ignore[attr-defined]
    }
    assert interactions == {
        "Task": ["read", "update", "search-type"],
        "ServiceRequest": ["read", "search-type"],
        "Consent": ["read"],
    }
    assert str(at(stated, "implementation", "url")).endswith(BASE)


async def test_a_search_finds_by_status_and_brings_along_what_is_asked_for(sent: Sent) -> None:
    bundle = await sent.system.read("Task?status=requested&_include=Task:focus")
    requests = await sent.system.read("ServiceRequest?status=active&_revinclude=Task:focus")

    modes = [at(entry, "search", "mode") for entry in entries(bundle)]
    assert modes == ["match", "include"]
    assert [one["id"] for one in entries_of(bundle, "ServiceRequest")] == [sent.id]
    assert [one["id"] for one in entries_of(requests, "Task")] == [sent.id]
    assert "entry" not in await sent.system.read("Task?status=accepted,completed")
    assert at(entries(bundle)[0], "fullUrl") == f"{str(link_of(bundle, 'self')).split('?')[0]}/{sent.id}"


def entries(bundle: dict[str, object]) -> list[object]:
    found = bundle.get("entry", [])
    assert isinstance(found, list)
    return found


async def test_a_search_finds_what_moved_since_in_any_time_zone(sent: Sent, clock: ManualClock) -> None:
    # Monday at nine, UTC, is ten in Berlin.
    assert entries(await sent.system.read("Task?_lastUpdated=ge2026-11-23T10:00:00%2B01:00"))
    assert entries(await sent.system.read("Task?_lastUpdated=2026-11-23"))
    assert not entries(await sent.system.read("Task?_lastUpdated=gt2026-11-23T10:00:00%2B01:00"))
    assert not entries(await sent.system.read("Task?_lastUpdated=lt2026-11-23T09:00:00Z"))

    clock.advance(timedelta(hours=1))
    await sent.system.update(sent.id, status="accepted")

    (found,) = entries_of(await sent.system.read("Task?_lastUpdated=gt2026-11-23T09:30:00Z"), "Task")
    assert found["status"] == "accepted"


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(navigation: Navigation) -> None:
    sent = await send(navigation)
    ids = {sent.id}
    for _ in range(4):
        ids.add(await another(sent))

    seen: list[object] = []
    page: str | None = "Task?_count=2&_include=Task:focus"
    pages = 0
    while page is not None:
        bundle = await sent.system.read(page)
        seen += [one["id"] for one in entries_of(bundle, "Task")]
        page, pages = link_of(bundle, "next"), pages + 1

    assert (len(seen), set(seen), pages) == (5, ids, 3)


async def another(sent: Sent) -> str:
    """One more referral, of another person, to the same service."""
    needed = help_needed()
    await sent.navigation.receive(delivery(needed))
    found = await eventually(
        lambda: sent.navigation.referrals(needed.client_id), lambda items: len(items) == 1
    )
    assert found[0]["service_id"] == str(sent.service.service_id)
    return str(found[0]["id"])


async def test_a_parameter_that_we_do_not_know_is_refused_unless_leniency_is_asked_for(sent: Sent) -> None:
    refused = await sent.system.ask("Task?patient=Patient/1")
    lenient = await sent.system.ask("Task?patient=Patient/1", Prefer="handling=lenient")
    dated = await sent.system.ask("Task?_lastUpdated=yesterday", Prefer="handling=lenient")
    paged = await sent.system.ask("Task?after=nowhere")

    assert (refusal(refused)[0], refusal(refused)[2]) == (400, ["http.patient"])
    assert lenient.status_code == 200
    assert link_of(lenient.json(), "self") == f"{sent.navigation.service.url}{BASE}/Task"
    assert refusal(dated)[0] == refusal(paged)[0] == 400
