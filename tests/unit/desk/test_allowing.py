"""A consent is asked for in the same words wherever it is asked, and is written down in the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.terms import InformationScope
from services.desk.api.pages import PAGES, environment
from services.desk.policy.allowing import EXPLAINED, LASTS, OFFERED, SIGNED, consent_body, lacking

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
ZONE = ZoneInfo("Europe/London")
YES = {
    "scopes": ["need", "name_and_contact"],
    "until": ["half"],
    "given_how": ["signed_on_paper"],
    "explained": list(EXPLAINED),
}


def test_the_words_stand_in_one_place() -> None:
    for page in ("client/consent.html", "intake/consent.html"):
        source = (PAGES / page).read_text()
        assert "layout/consent.html" in source
        assert "untold" not in source
    asked = '{% from "layout/consent.html" import what_to_say %}{{ what_to_say() }}'
    assert "cannot be untold" in environment().from_string(asked).render()
    assert {value for value, _ in OFFERED} == {scope.value for scope in SIGNED} == set(InformationScope)


@pytest.mark.parametrize(
    ("typed", "asked_for"),
    [
        (YES, set()),
        (YES | {"scopes": []}, {"scopes"}),
        (YES | {"given_how": ["shouted"]}, {"given_how"}),
        (YES | {"signer": ["representative"], "representative": [" "]}, {"representative"}),
        (YES | {"explained": ["how_to_revoke", "x", "y"]}, {"explained"}),
        (YES | {"until": ["day"], "until-day": ["soon"]}, {"until-day"}),
        ({}, {"scopes", "given_how", "explained"}),
    ],
)
def test_what_is_missing_is_asked_for(typed: dict[str, list[str]], asked_for: set[str]) -> None:
    assert dict(lacking(typed)).keys() == asked_for


def test_a_yes_says_whom_what_and_until_when() -> None:
    body = consent_body(YES, organization="Harbour Street", zone=ZONE, now=NOW)
    assert body["information"] == "My name and how to reach me and what kind of help I am looking for"
    assert body["scopes"] == ["name_and_contact", "need"]
    assert body["expires_at"] == (NOW + LASTS["half"]).isoformat()
    assert (body["signer"], body["representative"]) == ("client", None)
    on_a_day = consent_body(
        YES | {"until": ["day"], "until-day": ["2027-06-01"]}, organization="H", zone=ZONE, now=NOW
    )
    assert on_a_day["expires_at"] == datetime(2027, 6, 1, tzinfo=ZONE).isoformat()
    assert consent_body(YES | {"until": [""]}, organization="H", zone=ZONE, now=NOW)["expires_at"] is None
    assert LASTS["year"] == timedelta(days=365)
