"""A consent, wherever it is asked for: what is said before, what may be told, and what intake is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from contracts.terms import InformationScope
from services.desk.policy.wording.terms import SCOPES, listed

RECIPIENTS = "services that I am matched with for the help I asked for"
LASTS: Mapping[str, timedelta] = {
    "quarter": timedelta(days=91),
    "half": timedelta(days=182),
    "year": timedelta(days=365),
}
EXPLAINED = ("how_to_revoke", "may_be_passed_on", "what_if_not_signed")
"""What somebody is told before they sign; each is a statement that 42 CFR 2.31(a) asks for."""
GIVEN_HOW = frozenset({"signed_on_paper", "signed_on_screen"})
OFFERED: tuple[tuple[str, str], ...] = tuple(
    (scope.value, words[:1].upper() + words[1:]) for scope, words in SCOPES.items()
)
"""What may be told, as it is offered on a page."""
SIGNED: Mapping[InformationScope, str] = {
    InformationScope.NAME_AND_CONTACT: "my name and how to reach me",
    InformationScope.NEED: "what kind of help I am looking for",
    InformationScope.OWN_WORDS: "what I said, in my own words",
    InformationScope.AVAILABILITY: "when I have time",
    InformationScope.ACCESS_NEEDS: "what I need to be able to take part",
}
"""The same, as it stands above a signature."""

Typed = Mapping[str, Sequence[str]]


def lacking(typed: Typed) -> Iterator[tuple[str, str]]:
    """What still has to be said before a yes can be written down, by field, with the words to ask for it."""
    if not _scopes(typed):
        yield "scopes", "Tick what may be told. If it is nothing, that is fine: everything else goes on."
    if _one(typed, "given_how") not in GIVEN_HOW:
        yield "given_how", "Say how it was signed. Without a signature nothing may be told yet."
    if _one(typed, "signer") == "representative" and not _one(typed, "representative"):
        yield "representative", "Write down who signed for them."
    if not set(EXPLAINED) <= set(typed.get("explained", ())):
        yield "explained", "Please tell them all three before they sign."
    if _one(typed, "until") == "day" and _day(typed) is None:
        yield "until-day", "Choose the day on which it ends."


def consent_body(typed: Typed, *, organization: str, zone: tzinfo, now: datetime) -> dict[str, object]:
    """A signed consent, with the content that 42 CFR 2.31(a) asks for."""
    scopes = _scopes(typed)
    ends = ends_at(typed, zone=zone, now=now)
    information = listed([SIGNED[scope] for scope in scopes])
    signer = _one(typed, "signer") or "client"
    return {
        "discloser": organization,
        "any_matched_service": True,
        "recipient_class": RECIPIENTS,
        "intermediary": organization,
        "information": information[:1].upper() + information[1:],
        "scopes": [scope.value for scope in scopes],
        "purposes": ["care_coordination"],
        "expires_at": ends.isoformat() if ends else None,
        "given_how": _one(typed, "given_how"),
        "signer": signer,
        "representative": _one(typed, "representative") if signer == "representative" else None,
        "explained": [told for told in EXPLAINED if told in typed.get("explained", ())],
    }


def ends_at(typed: Typed, *, zone: tzinfo, now: datetime) -> datetime | None:
    """Until when a consent is to count; None until it is taken back."""
    until = _one(typed, "until")
    if until == "day":
        day = _day(typed)
        return None if day is None else datetime.combine(day, time(0), zone)
    return now + LASTS[until] if until in LASTS else None


def _scopes(typed: Typed) -> list[InformationScope]:
    return [scope for scope in SIGNED if scope.value in typed.get("scopes", ())]


def _day(typed: Typed) -> date | None:
    try:
        return date.fromisoformat(_one(typed, "until-day"))
    except ValueError:
        return None


def _one(typed: Typed, name: str) -> str:
    return typed[name][0].strip() if typed.get(name) else ""
