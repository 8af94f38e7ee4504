"""What the desk sends to browsers: vendored byte by byte, nobody's brand, nothing from elsewhere."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from jinja2 import meta

from deploy.assets.pins import PACKAGES, Edit
from deploy.assets.vendoring import MANIFEST, VENDOR, UnexpectedError, edited, integrity, unpacked
from services.desk.api.pages import environment
from tests.architecture.sources import ROOT

STATIC = ROOT / "services/desk/static"
PAGES = ROOT / "services/desk/pages"
SENT = [path for path in sorted(STATIC.rglob("*")) if path.suffix in {".css", ".js"}]
TEMPLATES = sorted(PAGES.rglob("*.html"))
LISTED = json.loads(MANIFEST.read_text())["packages"]

ELSEWHERE = re.compile(r"(https?:)?//[a-z0-9-]+\.[a-z]{2,}|\burl\(")
BRAND = re.compile(
    r"crown|crest|gds.transport|gov\.uk.logo|@font-face|\.(woff2?|ttf|otf|eot)\b", re.IGNORECASE
)
BLAME = re.compile(
    r"non-?complian|resist|refus|no-?show|\bfail|invalid|illegal|forbidden|\berror\b|denied|must not",
    re.IGNORECASE,
)
CODE = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>|aria-[a-z]+=", re.DOTALL)

each_sent = pytest.mark.parametrize("path", SENT, ids=lambda path: path.relative_to(STATIC).as_posix())
each_template = pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: path.relative_to(PAGES).as_posix()
)


def test_every_vendored_file_is_as_the_manifest_says_and_there_is_no_other() -> None:
    listed = {name: sha for package in LISTED for name, sha in package["files"].items()}
    there = {
        path.relative_to(VENDOR).as_posix(): integrity(path.read_bytes())
        for path in VENDOR.rglob("*")
        if path.is_file() and path != MANIFEST
    }
    assert there == listed


def test_the_manifest_was_written_from_what_is_pinned() -> None:
    assert [(p["name"], p["version"], p["integrity"]) for p in LISTED] == [
        (p.name, p.version, p.integrity) for p in PACKAGES
    ]
    for package, listed in zip(PACKAGES, LISTED, strict=True):
        changes = [(change["what"], change["times"]) for change in listed["changes"]]
        assert changes == [(edit.why, edit.times) for file in package.files for edit in file.edits]


def test_every_package_has_its_licence() -> None:
    for package in PACKAGES:
        assert "Permission" in (VENDOR / package.name / "LICENCE.txt").read_text()


def test_another_archive_than_the_one_that_is_pinned_is_not_opened() -> None:
    with pytest.raises(UnexpectedError, match="not the archive that was pinned"):
        unpacked(PACKAGES[0], b"another")


def test_a_change_that_fits_more_or_less_often_than_expected_changes_nothing() -> None:
    with pytest.raises(UnexpectedError, match="the crown: found 2 times, expected 1"):
        edited(b"crown crown", [Edit("the crown", "crown", "", 1)])
    assert edited(b"crown", [Edit("the crown", "crown", r"\1", 1)]) == rb"\1"


@each_sent
def test_nothing_that_is_sent_names_another_host_a_font_file_or_somebodys_brand(path: Path) -> None:
    text = path.read_text()

    assert [found[0] for found in ELSEWHERE.finditer(text)] == []
    assert [found[0] for found in BRAND.finditer(text)] == []
    assert "sourceMappingURL" not in text


def test_what_a_page_loads_is_small() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in SENT) < 60_000


@each_template
def test_a_template_has_nothing_that_the_security_policy_would_stop(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)

    assert re.findall(r"<[^>]*\sstyle=", text) == []
    assert re.findall(r"<style|<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r"<[^>]*\son[a-z]+=", text) == []
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", text) == []
    assert re.findall(r"\|\s*safe\b", text) == [], "text is escaped; markup comes from call blocks"


@each_template
def test_the_words_on_a_page_blame_nobody(path: Path) -> None:
    assert [found[0] for found in BLAME.finditer(CODE.sub(" ", path.read_text()))] == []


@each_template
def test_a_template_asks_for_assets_that_exist(path: Path) -> None:
    for name in re.findall(r"asset\('([^']+)'\)", path.read_text()):
        assert (STATIC / name).is_file(), name


@each_template
def test_a_template_reads_as_jinja_and_extends_and_imports_what_exists(path: Path) -> None:
    environment().get_template(path.relative_to(PAGES).as_posix())

    for other in meta.find_referenced_templates(environment().parse(path.read_text())):
        assert other is None or (PAGES / other).is_file(), other


def _colours() -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", (STATIC / "desk.css").read_text()))


def _light(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How well two colours can be told apart, as WCAG 2 counts it."""
    dark, light = sorted((_light(one), _light(other)))
    return (light + 0.05) / (dark + 0.05)


WHITE = "#ffffff"
GROUNDS = ("paper", "card", "brand-pale", "grey-pale")


@pytest.mark.parametrize("ink", ["ink", "soft", "brand", "brand-deep"])
@pytest.mark.parametrize("ground", [*GROUNDS, "careful-pale", "wrong-pale"])
def test_words_can_be_read_on_every_ground_in_every_state(ink: str, ground: str) -> None:
    assert contrast(_colours()[ink], _colours()[ground]) >= 4.5


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "focus"),
        ("careful", "careful-pale"),
        ("careful", "card"),
        ("wrong", "wrong-pale"),
        ("wrong", "card"),
    ],
)
def test_focus_care_and_faults_can_be_read(ink: str, ground: str) -> None:
    assert contrast(_colours()[ink], _colours()[ground]) >= 4.5


def test_buttons_and_edges_of_fields_can_be_seen() -> None:
    colours = _colours()
    assert contrast(WHITE, colours["brand"]) >= 7
    assert contrast(WHITE, colours["brand-deep"]) >= 7
    assert contrast(WHITE, colours["wrong"]) >= 4.5
    assert min(contrast(colours["edge"], colours[ground]) for ground in GROUNDS) >= 3
