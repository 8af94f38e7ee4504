"""What docs/integrating.md tells partners to copy and run does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar, get_args

import pytest

from contracts.events.navigation import ReferralAccepted
from contracts.languages import PUBLISHED
from contracts.published.answers import PartnerAnswer, PartnersReason
from contracts.published.events import Verb
from contracts.terms import InformationScope
from deploy.local.ports import free_port
from services.navigation.model.keys import KeyScope
from tests.integration.guide.conftest import Agency
from tests.support.guide import blocks, prose, running

Test = TypeVar("Test")
_run: set[str] = set()
_READ = re.compile(r"(?:environ\[\"|\$)([A-Z_]{2,})")
_KINDS = get_args(get_args(PartnerAnswer)[0])
ANSWERS = [get_args(kind.model_fields["answer"].annotation)[0] for kind in _KINDS]
"""What can be said, by the word that says it."""


def runs(*names: str) -> Callable[[Test], Test]:
    """Say which examples a test runs."""
    _run.update(names)
    return lambda test: test


def test_every_block_of_the_guide_is_run_or_judged_by_a_schema() -> None:
    assert {block.name for block in blocks() if block.kind == "file"} == _run
    assert [block for block in blocks() if block.kind not in {"file", "sample"}] == []


def test_every_sample_in_the_guide_is_what_is_sent() -> None:
    models = PUBLISHED.speaks()
    samples = [block for block in blocks() if block.kind == "sample"]

    assert samples
    for sample in samples:
        said = json.loads(sample.text)
        models[sample.name].model_validate(said.get("data", said))


def test_every_variable_that_an_example_reads_is_explained() -> None:
    read = {name for block in blocks() if block.kind == "file" for name in _READ.findall(block.text)}

    assert {name for name in read if f"`{name}`" not in prose()} == set()


@pytest.mark.parametrize("words", [Verb, InformationScope, KeyScope, get_args(PartnersReason), ANSWERS])
def test_the_guide_explains_every_word_of_the_language(words: Iterable[str]) -> None:
    explained = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`\n]+`", prose()))))

    assert set(map(str, words)) - explained == set()


@runs("answer.sh", "referrals.sh")
async def test_referrals_can_be_listed_and_answered_with_curl(
    agency: Agency, url: str, tmp_path: Path
) -> None:
    partner = await agency.partner()
    sent = await agency.refers_to(partner)
    environment = {"FOOTHOLD_URL": url, "FOOTHOLD_KEY": partner.key}

    async with running("referrals.sh", tmp_path, environment) as run:
        listed = json.loads(await run.end())
    async with running("answer.sh", tmp_path, environment | {"REFERRAL_ID": str(sent.referral_id)}) as run:
        answered = json.loads(await run.end())

    assert str(sent.referral_id) in {referral["id"] for referral in listed["items"]}
    assert answered["status"] == "accepted"
    await agency.stage.expect(ReferralAccepted, sent.client_id)
    assert "partner_api" in await agency.told_by(sent)


@runs("partner_nats.py")
async def test_the_nats_example_reads_its_consumer_and_answers(agency: Agency, tmp_path: Path) -> None:
    partner = await agency.partner()
    place = await agency.admin(f"/partners/{partner.organization_id}/nats", {})
    environment = {
        "FOOTHOLD_ORGANIZATION": str(partner.organization_id),
        "FOOTHOLD_KEY": partner.key,
        "NATS_URL": place["server"],
        "NATS_INBOX_PREFIX": place["inbox_prefix"],
    }

    async with running("partner_nats.py", tmp_path, environment) as run:
        await run.line("listening")
        sent = await agency.refers_to(partner)
        await run.line(f"accepted {sent.referral_id}")

    await agency.stage.expect(ReferralAccepted, sent.client_id)
    assert "nats" in await agency.told_by(sent)


@runs("register_webhook.sh", "partner_webhook.py")
async def test_the_webhook_example_verifies_what_is_posted_and_answers(
    agency: Agency, url: str, tmp_path: Path
) -> None:
    partner = await agency.partner()
    port = str(free_port())
    known = {"FOOTHOLD_URL": url, "FOOTHOLD_KEY": partner.key}
    where = {"FOOTHOLD_ORGANIZATION": str(partner.organization_id)}
    where["WEBHOOK_URL"] = f"http://127.0.0.1:{port}/foothold"

    async with running("register_webhook.sh", tmp_path, known | where) as run:
        secret = json.loads(await run.end())["secret"]
    listening = known | {"FOOTHOLD_WEBHOOK_SECRET": secret, "WEBHOOK_PORT": port}
    async with running("partner_webhook.py", tmp_path, listening) as run:
        await run.line("listening")
        tested = await agency.admin(f"/partners/{partner.organization_id}/webhook/test", {})
        sent = await agency.refers_to(partner)
        await run.line(f"accepted {sent.referral_id}")

    assert tested["taken"]
    await agency.stage.expect(ReferralAccepted, sent.client_id)
    assert "webhook" in await agency.told_by(sent)


@runs("partner_feed.py")
async def test_the_feed_example_hears_of_referrals_and_answers_them(
    agency: Agency, url: str, tmp_path: Path
) -> None:
    partner = await agency.partner()
    environment = {"FOOTHOLD_URL": url, "FOOTHOLD_KEY": partner.key}

    async with running("partner_feed.py", tmp_path, environment) as run:
        sent = await agency.refers_to(partner)
        await run.line(f"accepted {sent.referral_id}")
        await agency.stage.expect(ReferralAccepted, sent.client_id)

    assert "feed" in await agency.told_by(sent)


@runs("feed.sh")
async def test_the_feed_can_be_looked_at_with_curl(agency: Agency, url: str, tmp_path: Path) -> None:
    partner = await agency.partner()
    sent = await agency.refers_to(partner)

    async with running("feed.sh", tmp_path, {"FOOTHOLD_URL": url, "FOOTHOLD_KEY": partner.key}) as run:
        page = json.loads(await run.end())

    assert str(sent.referral_id) in {event["subject"] for event in page["events"]}


@runs("fhir.sh", "partner_fhir.py")
async def test_the_fhir_examples_read_referrals_and_answer_them(
    agency: Agency, url: str, tmp_path: Path
) -> None:
    partner = await agency.partner()
    sent = await agency.refers_to(partner)
    environment = {"FOOTHOLD_URL": url, "FOOTHOLD_KEY": partner.key}

    async with running("fhir.sh", tmp_path, environment) as run:
        bundle = json.loads(await run.end())
    async with running("partner_fhir.py", tmp_path, environment) as run:
        written = await run.end()

    found = {(entry["resource"]["resourceType"], entry["resource"]["id"]) for entry in bundle["entry"]}
    assert {("Task", str(sent.referral_id)), ("ServiceRequest", str(sent.referral_id))} <= found
    assert f"accepted {sent.referral_id}" in written
    await agency.stage.expect(ReferralAccepted, sent.client_id)
    assert "fhir" in await agency.told_by(sent)


@runs("answer_by_link.sh")
async def test_the_link_of_a_mail_leads_to_a_page_that_takes_the_answer(
    agency: Agency, tmp_path: Path
) -> None:
    partner = await agency.partner()
    address = "desk@partner.example"
    await agency.admin(f"/partners/{partner.organization_id}/email", {"address": address})
    await agency.links_mailed_to(address, 1)
    sent = await agency.refers_to(partner)
    link = (await agency.links_mailed_to(address, 2))[-1]

    async with running("answer_by_link.sh", tmp_path, {"FOOTHOLD_LINK": link}) as run:
        page = await run.end()

    assert "you said yes" in page
    await agency.stage.expect(ReferralAccepted, sent.client_id)
    assert "link" in await agency.told_by(sent)


@runs("refer_somebody.py", "become_partner.sh")
async def test_somebody_can_be_referred_and_their_partner_be_played_on_ones_own_machine(
    agency: Agency, url: str, tmp_path: Path
) -> None:
    system = agency.stage.system
    environment = {
        "FOOTHOLD_URL": url,
        "INTAKE_URL": system.service_url("intake"),
        "STAFF_TOKEN": system.token("staff", ("intake",)),
        "ADMIN_TOKEN": system.token("staff", ("admin",)),
    }

    async with running("refer_somebody.py", tmp_path, environment) as run:
        organization_id, *_ = (await run.end()).split()
    where = environment | {"FOOTHOLD_ORGANIZATION": organization_id}
    async with running("become_partner.sh", tmp_path, where) as run:
        made = json.loads(await run.end())

    assert made["organization_id"] == organization_id
    assert made["key"].startswith("fhk_")
