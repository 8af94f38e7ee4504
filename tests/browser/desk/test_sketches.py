"""Every screen of the desk, as it was sketched from the macros: for everybody, on a phone and on a desk."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.desk.conftest import ASSETS, SIGNED_OUT, Desk

SKETCHES = sorted(path.name for path in (Path(__file__).parent / "sketches").glob("[a-z]*.html"))
FAULTS: dict[str, dict[str, object]] = {
    "sign-in.html": {
        "faults": {"password": "E-mail address and password do not go together. Please try again."}
    },
    "intake-way.html": {"faults": {"words": "Write a word or two", "wish": "Ask what she wants"}},
    "intake-rulers.html": {"faults": {"confidence": "Choose a number, or that it was not asked"}},
    "intake-consent.html": {"faults": {"until_day": "Choose a later day", "scopes": "Choose at least one"}},
    "service.html": {"changed": True},
    "break-glass.html": {"faults": {"reason": "Please write a sentence about why"}},
}


@pytest.mark.parametrize("name", SKETCHES)
async def test_a_screen_is_for_everybody_at_both_widths(desk: Desk, name: str) -> None:
    values = SIGNED_OUT if name == "sign-in.html" else {}
    await desk.show(name, values)
    await desk.watched.holds(f"desk-{name.removesuffix('.html')}")
    for width in (320, 768, 1440):
        await desk.page.set_viewport_size({"width": width, "height": 900})
        await desk.watched.fits(f"{name} at {width} px")


@pytest.mark.parametrize("name", FAULTS)
async def test_a_screen_that_is_to_be_looked_at_again_is_for_everybody(desk: Desk, name: str) -> None:
    values = (SIGNED_OUT if name == "sign-in.html" else {}) | FAULTS[name]
    await desk.show(name, values)
    await desk.watched.holds(f"desk-{name.removesuffix('.html')}-again")


@pytest.mark.parametrize("name", SKETCHES)
async def test_letters_of_twice_the_size_cut_nothing_off(desk: Desk, name: str) -> None:
    await desk.show(name)
    await desk.page.set_viewport_size({"width": 640, "height": 800})
    await desk.page.evaluate("document.documentElement.style.fontSize = '200%'")
    await desk.watched.fits(name)


async def test_a_screen_with_all_it_loads_is_far_below_100_kb(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    await desk.show("client.html", {"live_url": "/live"})
    await desk.page.wait_for_load_state("networkidle")

    loaded = [ASSETS[urlsplit(url).path] for url in asked if urlsplit(url).path in ASSETS]
    sizes = {asset.name: len(gzip.compress(asset.content)) for asset in loaded}
    sizes["the page"] = len(desk.shown.encode())
    assert len(sizes) >= 7
    assert sum(sizes.values()) < 80_000, sizes


async def test_the_sheet_prints_as_a_sheet(desk: Desk) -> None:
    await desk.show("what-i-heard.html")
    await desk.page.emulate_media(media="print")

    assert not await desk.page.locator(".top, .foot, .no-print").locator("visible=true").count()
    assert await desk.page.get_by_role("heading", name="How to stop").is_visible()
    printed = await desk.page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
