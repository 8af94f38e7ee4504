"""The playbook that comes with Foothold is whole, and what is wrong with another is said with its place."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from contracts.terms import BarrierCategory, Pace, ServiceFeature, TaskKind
from services.barriers.model import Outcome
from services.barriers.playbook import PLAYBOOK_FOLDER, PlaybookError, load_playbook, load_texts, read_texts
from tests.support.builders_barriers import playbook

Edit = Callable[[dict[str, object]], object]


def copied(folder: Path) -> Path:
    copy = folder / "playbook"
    copy.mkdir()
    for path in PLAYBOOK_FOLDER.glob("*.yaml"):
        shutil.copy(path, copy / path.name)
    return copy


def edited(folder: Path, file: str, edit: Edit) -> Path:
    copy = copied(folder)
    content = yaml.safe_load((copy / file).read_text())
    edit(content)
    (copy / file).write_text(yaml.safe_dump(content, allow_unicode=True))
    return copy


def test_every_category_of_the_taxonomy_has_its_rules() -> None:
    assert set(playbook().categories) == set(BarrierCategory)
    assert set(playbook().tasks) == set(TaskKind)
    assert set(playbook().outcomes) == set(Outcome)


@pytest.mark.parametrize(
    "category, resources",
    [
        ("stigma.social", ["108-07-10", "108-07-07"]),
        ("privacy.records", ["108-07-02"]),
        ("fear.custody_parenting", ["111-01", "106-04-05"]),
        ("cost.care", ["106-05-03", "106-05-04", "106-05-06"]),
        ("transport", ["105-02-01", "105-01-01"]),
        ("childcare", ["108-03-03-02", "108-03-03-04"]),
        ("work_schedule", ["110-05"]),
        ("safety", ["101-06-01"]),
    ],
)
def test_the_help_asked_for_is_that_of_the_taxonomy(category: str, resources: list[str]) -> None:
    rules = playbook().categories[BarrierCategory(category)]

    assert rules.help is not None
    assert list(rules.help.resources) == resources


def test_nobody_is_referred_for_wanting_to_work_it_out_alone() -> None:
    assert playbook().categories[BarrierCategory.SELF_RELIANCE].help is None


def test_what_a_person_has_to_ask_about_first_is_marked() -> None:
    marked = {category.value for category, rules in playbook().categories.items() if rules.never_auto_refer}

    assert marked == {"fear.custody_parenting", "fear.coercion_treatment", "safety"}


def test_cost_asks_for_help_that_is_free() -> None:
    rules = playbook().categories[BarrierCategory.COST_CARE]

    assert rules.help is not None
    assert rules.help.filters.must == {ServiceFeature.FREE}


def test_the_edition_changes_with_a_single_word(tmp_path: Path) -> None:
    changed = edited(tmp_path, "transport.yaml", lambda rules: rules.update(name="the way there"))

    other = load_playbook(changed)

    assert other.version == playbook().version
    assert other.edition != playbook().edition
    assert re.fullmatch(r"\d{4}\.\d+\.\d+\+[0-9a-f]{8}", other.edition)


def put(*path: str, value: object) -> Edit:
    def edit(content: dict[str, object]) -> None:
        for name in path[:-1]:
            content = content[name]  # type: ignore[assignment]
        content[path[-1]] = value

    return edit


def drop(name: str) -> Edit:
    return lambda content: content.pop(name)


@pytest.mark.parametrize(
    "file, edit, complaint",
    [
        ("transport.yaml", put("nmae", value="getting there"), "transport.yaml: nmae: Extra inputs"),
        ("transport.yaml", drop("setback"), "transport.yaml: setback: Field required"),
        (
            "transport.yaml",
            put("help", "resources", value=["105-2-1"]),
            "transport.yaml: help.resources.0: String should match",
        ),
        (
            "transport.yaml",
            put("help", "resources", value=["105-02-01", "105-02-01"]),
            "transport.yaml: help.resources: a code stands there twice",
        ),
        (
            "transport.yaml",
            put("help", "avoid", value=["virtual"]),
            "transport.yaml: help.prefer: virtual is also under avoid",
        ),
        (
            "transport.yaml",
            put("category", value="childcare"),
            "transport.yaml: category: childcare is already in childcare.yaml",
        ),
        (
            "self_reliance.yaml",
            put("never_auto_refer", value=True),
            "self_reliance.yaml: never_auto_refer: cannot be reached",
        ),
        ("transport.yaml", drop("plan"), "transport.yaml: help: cannot be reached"),
        ("privacy.records.yaml", drop("plan"), "privacy.records.yaml: steps: cannot be reached"),
        (
            "transport.yaml",
            put("plan", "then", value="I call {neighbour}"),
            "transport.yaml: plan.then_words: {neighbour} is not known",
        ),
        (
            "transport.yaml",
            put("plan", "then", value="I call {name"),
            "transport.yaml: plan.then_words: the braces do not match",
        ),
        (
            "transport.yaml",
            put("about", value="They refused the ride that was offered."),
            "transport.yaml: about: 'refused' puts blame on a person",
        ),
        (
            "transport.yaml",
            put("affirmations", value=["You should be proud.", "You came."]),
            "transport.yaml: affirmations.0: 'You should' advises or marks",
        ),
        (
            "transport.yaml",
            put("open_questions", value=["What is the way like?", "Take the bus."]),
            "transport.yaml: open_questions.1: an open question ends with a question mark",
        ),
        (
            "transport.yaml",
            put("plan", "cue_hours_before", value=200),
            "transport.yaml: plan.cue_hours_before: Input should be less than or equal to 168",
        ),
        (
            "playbook.yaml",
            put("tasks", "agree_plan", "windows", "slow", value={"first": 0, "last": 1}),
            "playbook.yaml: tasks.agree_plan.windows: a slower pace may not be due sooner",
        ),
        (
            "playbook.yaml",
            put("tasks", "agree_plan", "windows", "brisk", value={"first": 2, "last": 1}),
            "playbook.yaml: tasks.agree_plan.windows: brisk begins after it ends",
        ),
        (
            "playbook.yaml",
            put("tasks", "agree_plan", "windows", "brisk", value={"first": 0, "last": 0}),
            "playbook.yaml: tasks.agree_plan.windows.brisk.last: Input should be greater than or equal to 1",
        ),
        (
            "playbook.yaml",
            lambda content: content["tasks"].pop("hear_reply"),
            "playbook.yaml: tasks.hear_reply: this kind of task has no text",
        ),
        (
            "playbook.yaml",
            lambda content: content["outcomes"].pop("go-ahead"),
            "playbook.yaml: outcomes.go-ahead: this outcome has no reason to give",
        ),
        (
            "playbook.yaml",
            put("caps", "tasks_per_client_week", value=0),
            "playbook.yaml: caps.tasks_per_client_week: Input should be greater than or equal to 1",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_field(
    tmp_path: Path, file: str, edit: Edit, complaint: str
) -> None:
    folder = edited(tmp_path, file, edit)

    with pytest.raises(PlaybookError) as raised:
        load_playbook(folder)

    assert any(str(found).startswith(complaint) for found in raised.value.findings), str(raised.value)


def test_a_category_without_a_file_is_missed(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "transport.yaml").unlink()

    with pytest.raises(PlaybookError, match=r"transport\.yaml: the file is missing"):
        load_playbook(folder)


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "safety.yaml").write_text("category: [safety")

    with pytest.raises(PlaybookError, match=r"safety\.yaml: not readable as YAML"):
        load_playbook(folder)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "safety.yaml").unlink()
    (folder / "transport.yaml").write_text("name: x")
    (folder / "childcare.yaml").write_text("{")

    with pytest.raises(PlaybookError) as raised:
        load_playbook(folder)

    assert {found.file for found in raised.value.findings} >= {"transport.yaml", "childcare.yaml"}


def test_a_faster_pace_is_never_due_later() -> None:
    for text in playbook().tasks.values():
        lasts = [text.windows.by_pace[pace].last for pace in (Pace.SLOW, Pace.STEADY, Pace.BRISK)]
        assert lasts == sorted(lasts, reverse=True)


@pytest.mark.parametrize(
    "file, old, new, field, complaint",
    [
        ("transport.yaml", "  then: I switch", "  thn: I switch", "plan.thn", "Extra inputs"),
        ("transport.yaml", "name: getting there", "name: x", "name", "at least 3 characters"),
        ("transport.yaml", "then: I switch", "then: I {fly}", "plan.then_words", "{fly} is not known"),
        ("transport.yaml", "  prefer:", "  prefer: [free]\n  prefer:", "help.prefer", "stands there twice"),
        (
            "playbook.yaml",
            "      brisk: {first: 0, last: 2}",
            "      brisk: {first: 0}",
            "",
            "Field required",
        ),
        ("safety.yaml", "category: safety", "category: [safety", "", "not readable as YAML"),
        ("safety.yaml", "name: being safe", "name: &x being safe", "", "references are not used here"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    file: str, old: str, new: str, field: str, complaint: str
) -> None:
    texts = read_texts()
    at = texts[file].index(old)
    line = texts[file][:at].count("\n") + 1 + new.count("\n")
    texts[file] = texts[file].replace(old, new, 1)

    with pytest.raises(PlaybookError) as raised:
        load_texts(texts)

    found = [one for one in raised.value.findings if complaint in one.message]
    assert [one for one in found if one.field.startswith(field)], str(raised.value)
    assert line in {one.line for one in found} or complaint == "not readable as YAML", found


def test_a_text_made_to_break_a_reader_is_refused_quickly() -> None:
    texts = read_texts() | {"transport.yaml": "[" * 50_000}

    with pytest.raises(PlaybookError, match="nests too deep"):
        load_texts(texts)


def test_one_barrier_asks_for_no_more_than_a_client_gets_in_a_week() -> None:
    steps = "".join(f"\n  - title: Step number {n}\n    why: Because of it" for n in range(5))
    texts = read_texts()
    texts["transport.yaml"] += f"steps:{steps}\n"

    with pytest.raises(PlaybookError, match="asks for 7 tasks; a client gets at most 5"):
        load_texts(texts)
