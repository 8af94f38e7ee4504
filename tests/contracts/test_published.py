"""The language that partners read: minimal, versioned, and on the wire as CloudEvents asks for."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from jsonschema import Draft202012Validator

from contracts.generate import ROOT
from contracts.languages import PUBLISHED
from contracts.published.cloud_event import SOURCE, PublishedEvent
from contracts.published.events import NOTICES, Verb
from contracts.schema import schema_named

SAMPLES = sorted((ROOT / "contracts/published/samples").glob("*/*.json"))
ids = [f"{path.parent.name}/{path.stem}" for path in SAMPLES]

EVENT = PublishedEvent(
    id=UUID(int=1),
    type="referrals.requested.v1",
    organization_id=UUID(int=2),
    referral_id=UUID(int=3),
    sequence=4,
    time=datetime(2026, 10, 2, 15, 4, tzinfo=UTC),
)


@pytest.mark.parametrize("sample", SAMPLES, ids=ids)
def test_a_published_sample_loads_and_is_valid_by_its_schema(sample: Path) -> None:
    model = PUBLISHED.speaks()[sample.parent.name]

    loaded = model.model_validate_json(sample.read_bytes())

    assert model.model_validate_json(loaded.model_dump_json()) == loaded
    validator = Draft202012Validator(
        schema_named(sample.parent.name, model), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    assert list(validator.iter_errors(json.loads(sample.read_text()))) == []
    assert list(validator.iter_errors(json.loads(loaded.model_dump_json()))) == []


@pytest.mark.parametrize("name", sorted(PUBLISHED.speaks()))
def test_everything_that_is_published_has_a_minimal_sample_and_each_field_in_some_sample(name: str) -> None:
    bodies = {path.stem: json.loads(path.read_text()) for path in SAMPLES if path.parent.name == name}

    assert "v1-minimal" in bodies
    shown = {field for body in bodies.values() for field in body}
    assert shown == set(PUBLISHED.speaks()[name].model_fields)


def test_every_verb_has_its_notice() -> None:
    assert {notice.verb for notice in NOTICES} == set(Verb)


@pytest.mark.parametrize("name", sorted(PUBLISHED.speaks()))
def test_nothing_that_is_published_names_the_client_by_our_id(name: str) -> None:
    assert '"client_id"' not in json.dumps(schema_named(name, PUBLISHED.speaks()[name]))


def test_the_subject_names_the_organisation_and_the_headers_name_identifiers_only() -> None:
    assert EVENT.subject == f"referrals.{UUID(int=2)}.requested.v1"
    assert EVENT.headers() == {
        "ce-specversion": "1.0",
        "ce-id": str(UUID(int=1)),
        "ce-type": "referrals.requested.v1",
        "ce-source": SOURCE,
        "ce-time": "2026-10-02T15:04:00+00:00",
        "ce-subject": str(UUID(int=3)),
        "ce-sequence": "4",
        "ce-dataschema": "urn:foothold:referrals.requested.v1",
        "ce-datacontenttype": "application/json",
        "Nats-Msg-Id": str(UUID(int=1)),
    }


def test_over_http_the_event_is_one_object_with_its_data_inside() -> None:
    whole = EVENT.structured({"status": "requested"})

    assert whole["data"] == {"status": "requested"}
    assert {name: value for name, value in whole.items() if name != "data"} == EVENT.attributes()


def test_the_partners_document_shows_every_kind_of_notice_and_real_headers_fit_it() -> None:
    document = yaml.safe_load((ROOT / "contracts/published/asyncapi.yaml").read_text())
    addresses = {channel["address"] for channel in document["channels"].values()}

    assert addresses == {
        *(f"referrals.{{organization_id}}.{verb}.v1" for verb in Verb),
        "answers.{organization_id}",
    }
    for message in document["components"]["messages"].values():
        payload = Draft202012Validator({**document, **message["payload"]})
        for example in message.get("examples", []):
            assert list(payload.iter_errors(example["payload"])) == []
    headers = Draft202012Validator({**document, "$ref": "#/components/schemas/CloudEvent"})
    assert list(headers.iter_errors(EVENT.headers())) == []
