"""The sample directory is what it says: whole, valid HSDS 3.0, and enough for every barrier."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services.navigation.directory.documents import Document, child, children, text
from services.navigation.sample.generate import pages

ROOT = Path(__file__).parents[3]
PUBLISHED = Path(os.environ.get("FOOTHOLD_TEST_DATA", ROOT.parent / "shared" / "data"))
SCHEMAS = PUBLISHED / "hsds-3.0" / "schema"
SAMPLE = ROOT / "services" / "navigation" / "sample"
PLAYBOOK = ROOT / "services" / "barriers" / "playbook"

FILES = sorted(SAMPLE.glob("*.json"))
SERVICES: list[Document] = [service for file in FILES for service in json.loads(file.read_text())["contents"]]


def codes_of(service: Document) -> set[str]:
    terms = [child(attribute, "taxonomy_term") for attribute in children(service, "attributes")]
    return {code for term in terms if (code := text(term, "code"))}


def test_it_is_what_its_script_writes() -> None:
    assert [json.loads(file.read_text()) for file in FILES] == list(pages())


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schemas are not here; see FOOTHOLD_TEST_DATA")
def test_every_service_is_valid_hsds() -> None:
    schemas: list[tuple[str, Resource[Any]]] = [
        (path.name, Resource.from_contents(json.loads(path.read_text()), DRAFT202012))
        for path in SCHEMAS.glob("*.json")
    ]
    registry: Registry[Any] = Registry().with_resources(schemas)
    validator = Draft202012Validator(
        json.loads((SCHEMAS / "service.json").read_text()),
        registry=registry,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    assert [error.message for service in SERVICES for error in validator.iter_errors(service)] == []
    # The check would notice: a service needs a name.
    assert list(validator.iter_errors({**SERVICES[0], "name": None}))


def test_it_is_large_and_varied_enough_to_choose_from() -> None:
    assert len(SERVICES) >= 150
    assert len({text(child(service, "organization"), "id") for service in SERVICES}) >= 40
    assert len({text(service, "id") for service in SERVICES}) == len(SERVICES)
    assert {text(service, "status") for service in SERVICES} == {"active", "temporarily closed"}
    languages = {text(entry, "code") for service in SERVICES for entry in children(service, "languages")}
    assert len(languages) >= 6
    prices = {text(option, "amount") for service in SERVICES for option in children(service, "cost_options")}
    assert len(prices) >= 3
    assert {len(children(service, "service_capacity")) for service in SERVICES} == {0, 1}
    assert sum(file.stat().st_size for file in FILES) < 2_000_000


def test_every_kind_of_help_that_the_playbook_asks_for_is_offered_more_than_once() -> None:
    asked = {
        code
        for file in PLAYBOOK.glob("*.yaml")
        for code in re.findall(r"\b1[01]\d(?:-\d{2})+\b", file.read_text())
    }
    offers = {code: sum(code in codes_of(service) for service in SERVICES) for code in asked}
    assert asked
    assert {code: count for code, count in offers.items() if count < 2} == {}
