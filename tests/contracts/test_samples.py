"""Samples stand for events that are in streams and archives: they load in today's model, for ever."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts import registry
from contracts.event import Model
from contracts.generate import ROOT
from contracts.schema import schema_of

FOLDER = ROOT / "contracts/samples"
SAMPLES = sorted(FOLDER.glob("*/*.json"))
ids = [f"{path.parent.name}/{path.stem}" for path in SAMPLES]


@pytest.mark.parametrize("sample", SAMPLES, ids=ids)
def test_a_sample_loads_and_means_the_same_after_a_round_trip(sample: Path) -> None:
    event = registry.event_for(sample.parent.name)

    loaded = event.model_validate_json(sample.read_bytes())

    assert event.model_validate_json(loaded.model_dump_json()) == loaded
    assert_kept(json.loads(sample.read_text()), loaded.model_dump(mode="json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=ids)
def test_a_sample_is_valid_by_the_published_schema(sample: Path) -> None:
    schema = schema_of(registry.event_for(sample.parent.name))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert list(validator.iter_errors(json.loads(sample.read_text()))) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=ids)
def test_a_reader_of_today_ignores_what_a_newer_publisher_adds(sample: Path) -> None:
    event = registry.event_for(sample.parent.name)
    body = json.loads(sample.read_text())

    newer = event.model_validate_json(json.dumps(with_additions(body)))

    assert newer == event.model_validate_json(sample.read_bytes())


def with_additions(value: Any) -> Any:  # noqa: ANN401 - JSON is what it is
    if isinstance(value, dict):
        return {**{key: with_additions(inner) for key, inner in value.items()}, "added_later": {"a": [1]}}
    if isinstance(value, list):
        return [with_additions(element) for element in value]
    return value


@pytest.mark.parametrize("subject", sorted(registry.events()))
def test_an_event_has_a_minimal_sample_and_every_field_in_some_sample(subject: str) -> None:
    event = registry.event_for(subject)
    bodies = {path.name: json.loads(path.read_text()) for path in SAMPLES if path.parent.name == subject}

    assert {"v1-minimal.json", "v1-full.json"} <= set(bodies)
    required = {name for name, field in event.model_fields.items() if field.is_required()}
    assert set(bodies["v1-minimal.json"]) == required
    shown = {field for body in bodies.values() for field in body}
    assert shown == set(event.model_fields), (
        "a new field needs another sample; released ones are never edited"
    )


def test_every_field_of_every_value_is_in_some_sample() -> None:
    shown: dict[type[Model], set[str]] = {}

    def note(value: object) -> None:
        if isinstance(value, Model):
            shown.setdefault(type(value), set()).update(value.model_fields_set)
            for name in type(value).model_fields:
                note(getattr(value, name))
        elif isinstance(value, tuple):
            for element in value:
                note(element)

    for sample in SAMPLES:
        note(registry.event_for(sample.parent.name).model_validate_json(sample.read_bytes()))

    for model, fields in shown.items():
        assert fields == set(model.model_fields), model.__name__


def test_no_sample_is_left_without_its_event() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(registry.events())


def test_samples_name_only_invented_places_to_write_to() -> None:
    for sample in SAMPLES:
        for channel in json.loads(sample.read_text()).get("channels", ()):
            address = channel["address"]
            assert address.endswith(("@example.org", "@example.com")) or " 555 01" in address


def assert_kept(written: Any, read: Any) -> None:  # noqa: ANN401 - JSON is what it is
    """Everything that was written is still there; times are compared as moments, sets without order."""
    if isinstance(written, dict):
        for key, value in written.items():
            assert_kept(value, read[key])
    elif isinstance(written, list) and all(isinstance(element, str) for element in written):
        assert sorted(written) == sorted(read)
    elif isinstance(written, list):
        assert len(written) == len(read)
        for before, after in zip(written, read, strict=True):
            assert_kept(before, after)
    elif written != read:
        assert datetime.fromisoformat(written) == datetime.fromisoformat(read)
