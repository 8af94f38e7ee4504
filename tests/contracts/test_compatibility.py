"""What may change within a major version, and what may not: every rule by a trial edit of a real schema."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import compatibility
from contracts.compatibility import Rule, breaks, edited_samples
from contracts.generate import ROOT
from contracts.languages import INTERNAL

STATED = "care.intake.barrier.stated.v1"
SCHEDULED = "care.navigation.referral.scheduled.v1"

Schemas = dict[str, dict[str, Any]]
Edit = Callable[[Schemas], None]


@pytest.fixture(scope="module")
def release() -> Schemas:
    return {subject: dict(schema) for subject, schema in compatibility.todays_schemas().items()}


def edited(schemas: Schemas, edit: Edit) -> Schemas:
    changed = copy.deepcopy(schemas)
    edit(changed)
    return changed


def properties(schemas: Schemas, subject: str = STATED, definition: str | None = None) -> dict[str, Any]:
    schema = schemas[subject] if definition is None else schemas[subject]["$defs"][definition]
    fields: dict[str, Any] = schema["properties"]
    return fields


def remove_event(schemas: Schemas) -> None:
    del schemas[STATED]


def remove_field(schemas: Schemas) -> None:
    del properties(schemas)["own_idea"]


def remove_field_of_a_value(schemas: Schemas) -> None:
    del properties(schemas, definition="ClientContext")["postcode"]


def rename_field(schemas: Schemas) -> None:
    fields = properties(schemas)
    fields["said"] = fields.pop("words")
    schemas[STATED]["required"].remove("words")
    schemas[STATED]["required"].append("said")


def retype_field(schemas: Schemas) -> None:
    properties(schemas)["stated_by"] = {"type": "string"}


def retype_to_another_list(schemas: Schemas) -> None:
    properties(schemas)["category"] = {"$ref": "#/$defs/Wish"}
    schemas[STATED]["$defs"]["Wish"] = {"type": "string", "enum": ["go_ahead"]}


def let_it_be_null(schemas: Schemas) -> None:
    properties(schemas, SCHEDULED)["starts_at"] = {
        "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]
    }


def forbid_null(schemas: Schemas) -> None:
    field = properties(schemas)["own_idea"]
    field.update(field.pop("anyOf")[0])
    field.pop("default")


def turn_elements_into_text(schemas: Schemas) -> None:
    properties(schemas)["consents"]["items"] = {"type": "string"}


def add_required_field(schemas: Schemas) -> None:
    properties(schemas)["mood"] = {"type": "string"}
    schemas[STATED]["required"].append("mood")


def add_required_field_to_a_value(schemas: Schemas) -> None:
    properties(schemas, definition="Window")["kind"] = {"type": "string"}
    schemas[STATED]["$defs"]["Window"]["required"].append("kind")


def require_what_was_optional(schemas: Schemas) -> None:
    schemas[STATED]["required"].append("own_idea")
    properties(schemas)["own_idea"].pop("default")


def stop_requiring(schemas: Schemas) -> None:
    schemas[STATED]["required"].remove("words")
    properties(schemas)["words"]["default"] = "-"


def add_enum_member(schemas: Schemas) -> None:
    schemas[STATED]["$defs"]["BarrierCategory"]["enum"].append("weather")


def remove_enum_member(schemas: Schemas) -> None:
    schemas[STATED]["$defs"]["Pace"]["enum"].remove("brisk")


def shorten(schemas: Schemas) -> None:
    properties(schemas)["words"]["maxLength"] = 100


def lengthen(schemas: Schemas) -> None:
    properties(schemas)["words"]["maxLength"] = 100_000


def lift_the_lower_bound(schemas: Schemas) -> None:
    properties(schemas)["words"]["minLength"] = 2


def drop_the_upper_bound(schemas: Schemas) -> None:
    del properties(schemas)["words"]["maxLength"]


def bound_what_was_free(schemas: Schemas) -> None:
    properties(schemas, SCHEDULED)["service_name"]["maxLength"] = 80


def narrow_within_an_alternative(schemas: Schemas) -> None:
    properties(schemas, definition="Readiness")["importance"]["anyOf"][0]["maximum"] = 5


def change_the_pattern(schemas: Schemas) -> None:
    properties(schemas, definition="ClientContext")["language"]["pattern"] = "^[a-z]{2}$"


def change_a_default(schemas: Schemas) -> None:
    properties(schemas, definition="ClientContext")["pace"]["default"] = "brisk"


REFUSED: list[tuple[Edit, Rule, str]] = [
    (remove_event, Rule.REMOVED_EVENT, ""),
    (remove_field, Rule.REMOVED_FIELD, "own_idea"),
    (remove_field_of_a_value, Rule.REMOVED_FIELD, "client.postcode"),
    (rename_field, Rule.REMOVED_FIELD, "words"),
    (rename_field, Rule.NEW_REQUIRED_FIELD, "said"),
    (retype_field, Rule.RETYPED_FIELD, "stated_by"),
    (retype_to_another_list, Rule.REMOVED_ENUM_MEMBER, "category"),
    (let_it_be_null, Rule.RETYPED_FIELD, "starts_at"),
    (forbid_null, Rule.RETYPED_FIELD, "own_idea"),
    (turn_elements_into_text, Rule.RETYPED_FIELD, "consents"),
    (add_required_field, Rule.NEW_REQUIRED_FIELD, "mood"),
    (add_required_field_to_a_value, Rule.NEW_REQUIRED_FIELD, "client.available[].kind"),
    (require_what_was_optional, Rule.NEW_REQUIRED_FIELD, "own_idea"),
    (stop_requiring, Rule.NO_LONGER_REQUIRED, "words"),
    (add_enum_member, Rule.NEW_ENUM_MEMBER, "category"),
    (remove_enum_member, Rule.REMOVED_ENUM_MEMBER, "client.pace"),
    (shorten, Rule.TIGHTENED, "words"),
    (lengthen, Rule.LOOSENED, "words"),
    (lift_the_lower_bound, Rule.TIGHTENED, "words"),
    (drop_the_upper_bound, Rule.LOOSENED, "words"),
    (bound_what_was_free, Rule.TIGHTENED, "service_name"),
    (narrow_within_an_alternative, Rule.TIGHTENED, "readiness.importance"),
    (change_the_pattern, Rule.TIGHTENED, "client.language"),
    (change_a_default, Rule.CHANGED_DEFAULT, "client.pace"),
]


@pytest.mark.parametrize(
    ("edit", "rule", "field"), REFUSED, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_change_that_breaks_somebody_is_refused(
    release: Schemas, edit: Edit, rule: Rule, field: str
) -> None:
    found = breaks(release, edited(release, edit))

    assert (rule, field) in {(found_break.rule, found_break.field) for found_break in found}
    assert all(found_break.detail in str(found_break) for found_break in found)


def test_every_rule_about_schemas_has_a_trial_edit() -> None:
    assert {rule for _, rule, _ in REFUSED} == set(Rule) - {Rule.EDITED_SAMPLE}


def add_optional_field(schemas: Schemas) -> None:
    properties(schemas)["mood"] = {"type": "string", "default": "not asked"}


def add_optional_field_to_a_value(schemas: Schemas) -> None:
    properties(schemas, definition="ClientContext")["region"] = {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
    }


def add_event(schemas: Schemas) -> None:
    schemas["care.intake.barrier.stated.v2"] = {"type": "object", "properties": {}}


def say_it_better(schemas: Schemas) -> None:
    schemas[STATED]["description"] = "Said better."
    properties(schemas)["words"]["description"] = "Said better."


def rename_a_class(schemas: Schemas) -> None:
    text = json.dumps(schemas[STATED]).replace("ClientContext", "LifeContext")
    schemas[STATED] = json.loads(text)


def put_alternatives_in_another_order(schemas: Schemas) -> None:
    properties(schemas)["own_idea"]["anyOf"].reverse()


@pytest.mark.parametrize(
    "edit",
    [
        add_optional_field,
        add_optional_field_to_a_value,
        add_event,
        say_it_better,
        rename_a_class,
        put_alternatives_in_another_order,
    ],
    ids=lambda edit: edit.__name__,
)
def test_a_change_that_breaks_nobody_is_allowed(release: Schemas, edit: Edit) -> None:
    assert breaks(release, edited(release, edit)) == []


def test_a_field_shared_by_many_events_is_reported_for_each_of_them(release: Schemas) -> None:
    def drop_from_all(schemas: Schemas) -> None:
        for schema in schemas.values():
            if context := schema.get("$defs", {}).get("ClientContext"):
                del context["properties"]["postcode"]

    subjects = {found.subject for found in breaks(release, edited(release, drop_from_all))}

    assert subjects == {
        "care.barriers.help.needed.v1",
        "care.intake.barrier.stated.v1",
        "care.intake.client.changed.v1",
        "care.intake.client.registered.v1",
    }


def test_todays_code_is_compatible_with_the_committed_release() -> None:
    # Without a release to compare with this would say nothing.
    assert len(compatibility.released_schemas(ROOT)) >= 38
    assert (ROOT / INTERNAL.pinned).read_text().count("\n") >= 2 * 38
    assert compatibility.main([]) == 0


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of its own, where the first release has just been made."""
    sample = tmp_path / "contracts/samples" / STATED / "v1-minimal.json"
    sample.parent.mkdir(parents=True)
    sample.write_text("{}\n")
    assert compatibility.main(["--release"], tmp_path) == 0
    return tmp_path


def test_a_release_freezes_every_schema_as_it_is_published(tree: Path) -> None:
    for schema in sorted((ROOT / "contracts/schemas").glob("*.json")):
        assert (tree / "contracts/released" / schema.name).read_text() == schema.read_text()
    assert compatibility.main([], tree) == 0


def test_an_incompatible_change_cannot_be_released(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frozen = tree / "contracts/released" / f"{STATED}.json"
    schema = json.loads(frozen.read_text())
    schema["properties"]["mood"] = {"type": "string"}
    frozen.write_text(json.dumps(schema))

    assert compatibility.main(["--release"], tree) == 1

    assert "mood: removed field" in capsys.readouterr().out
    assert "mood" in frozen.read_text()


@pytest.mark.parametrize(
    "act", [lambda path: path.write_text("{ }\n"), Path.unlink], ids=["edited", "removed"]
)
def test_a_released_sample_stays_as_it_is(tree: Path, act: Callable[[Path], object]) -> None:
    pinned = (tree / INTERNAL.pinned).read_text()
    assert edited_samples(pinned, tree) == []

    act(tree / "contracts/samples" / STATED / "v1-minimal.json")

    assert [found.rule for found in edited_samples(pinned, tree)] == [Rule.EDITED_SAMPLE]
    assert compatibility.main([], tree) == 1
