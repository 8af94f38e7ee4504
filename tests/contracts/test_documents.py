"""AsyncAPI documents: valid by the published rules, complete, and true to what services declare."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from contracts import registry
from contracts.documents import Participant, Reading, asyncapi
from contracts.event import Envelope
from contracts.events.barriers import HelpNeeded
from contracts.events.intake import BarrierStated, WishChanged
from contracts.generate import ROOT
from tests.contracts.trial import envelope_of

OFFICIAL = Draft7Validator(json.loads((ROOT / "tests/contracts/official/asyncapi-3.0.0.json").read_text()))
EXAMPLES = {
    folder.name: {sample.stem: json.loads(sample.read_text()) for sample in folder.glob("*.json")}
    for folder in (ROOT / "contracts/samples").iterdir()
}

INTAKE = Participant(name="intake", title="Intake", description="Registers.")
BARRIERS = Participant(
    name="barriers",
    title="Barriers",
    description="Answers.",
    reads=(
        Reading("barriers-barrier-stated", (BarrierStated,)),
        Reading("barriers-said-again", (BarrierStated, WishChanged)),
    ),
)
COMMITTED = sorted((ROOT / "contracts/asyncapi").glob("*.yaml"))
PUBLISHED = ROOT / "contracts/published/asyncapi.yaml"


def made(*participants: Participant) -> dict[str, Any]:
    return asyncapi(participants, title="Trial", description="A trial.", version="1.2.3", examples=EXAMPLES)


TRIALS = {"intake": made(INTAKE), "barriers": made(BARRIERS), "all": made(INTAKE, BARRIERS)}
OURS = TRIALS | {path.name: yaml.safe_load(path.read_text()) for path in COMMITTED}
DOCUMENTS = OURS | {"published": yaml.safe_load(PUBLISHED.read_text())}
each_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
each_of_ours = pytest.mark.parametrize("document", OURS.values(), ids=OURS)


def found_at(document: dict[str, Any], reference: str) -> Any:  # noqa: ANN401 - whatever is there
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@each_document
def test_a_document_is_valid_by_the_published_rules(document: dict[str, Any]) -> None:
    assert [error.json_path for error in OFFICIAL.iter_errors(document)] == []


def test_the_published_rules_would_notice() -> None:
    document = made(INTAKE)
    document["operations"]["send-GoalStated"]["action"] = "shout"

    assert list(OFFICIAL.iter_errors(document))


@each_document
def test_every_reference_leads_somewhere_in_the_document(document: dict[str, Any]) -> None:
    for reference in references(document):
        assert reference.startswith("#/")
        assert found_at(document, reference)


@each_document
def test_an_operation_uses_only_messages_of_its_own_channel(document: dict[str, Any]) -> None:
    for operation in document["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


@each_of_ours
def test_every_channel_is_an_event_and_is_used(document: dict[str, Any]) -> None:
    addresses = [channel["address"] for channel in document["channels"].values()]
    used = {operation["channel"]["$ref"] for operation in document["operations"].values()}

    assert len(addresses) == len(set(addresses))
    assert set(addresses) <= set(registry.events())
    assert used == {f"#/channels/{name}" for name in document["channels"]}


@each_of_ours
def test_examples_and_real_headers_are_valid_by_the_document_itself(document: dict[str, Any]) -> None:
    for message in document["components"]["messages"].values():
        payload = Draft202012Validator({**document, **message["payload"]})
        headers = Draft202012Validator({**document, **message["headers"]})
        assert message["examples"]
        for example in message["examples"]:
            assert list(payload.iter_errors(example["payload"])) == []
        written = envelope_of(registry.event_for(message["name"])).headers()
        assert list(headers.iter_errors(written)) == []
        # What the document calls required is what a reader cannot do without.
        assert list(headers.iter_errors({**written, "ce-type": "another"}))
        Envelope.from_headers(written)


def test_a_service_document_says_what_it_publishes_and_what_it_reads_and_as_whom() -> None:
    operations = TRIALS["barriers"]["operations"]

    sent = {name.removeprefix("send-") for name, found in operations.items() if found["action"] == "send"}
    received = {name for name, found in operations.items() if found["action"] == "receive"}
    assert sent == {event.__name__ for event in registry.published_by("barriers")}
    assert HelpNeeded.__name__ in sent
    assert received == {
        "receive-BarrierStated-as-barriers-barrier-stated",
        "receive-BarrierStated-as-barriers-said-again",
        "receive-WishChanged-as-barriers-said-again",
    }
    reading = operations["receive-WishChanged-as-barriers-said-again"]
    assert reading["x-jetstream"] == {"stream": "INTAKE", "durable": "barriers-said-again"}
    assert reading["bindings"]["nats"]["queue"] == "barriers-said-again"


def test_the_document_of_all_services_joins_them() -> None:
    together = TRIALS["all"]

    assert set(together["operations"]) == set(TRIALS["intake"]["operations"]) | set(
        TRIALS["barriers"]["operations"]
    )
    assert [tag["name"] for tag in together["info"]["tags"]] == ["intake", "barriers"]
