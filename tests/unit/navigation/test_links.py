"""Links open one thing for one organisation until they end, and mails about them tell on nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.published.events import Verb
from contracts.terms import ReferralStatus
from services.navigation.model.links import (
    Due,
    GiveUp,
    LeaveIt,
    Link,
    LinkEnd,
    MailKind,
    SigningKeys,
    Standing,
    TryLater,
    Write,
)
from services.navigation.policy import links, mails

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEYS = SigningKeys({"k2": b"the newer key, of some length or other", "k1": b"the older key, of some length"})
LINK = Link(
    id=UUID(int=1),
    referral_id=UUID(int=2),
    organization_id=UUID(int=3),
    made_for=UUID(int=4),
    key_name="k1",
    made_at=NOW,
    expires_at=NOW + timedelta(days=14),
)


def token(link: Link = LINK, keys: SigningKeys = KEYS) -> str:
    made = links.token_of(link, keys)
    assert made is not None
    return made


def standing(text: str, link: Link | None = LINK, *, at: datetime = NOW, revoked: bool = False) -> Standing:
    return links.standing(text, link, partner_revoked=revoked, now=at, keys=KEYS)


def test_a_link_says_nothing_and_fits_into_a_line_of_a_mail() -> None:
    assert len(token()) < 90
    assert token().replace(".", "").replace("-", "").replace("_", "").isalnum()


def test_a_mail_that_is_written_again_carries_the_same_link() -> None:
    assert token() == token(replace(LINK, made_at=NOW - timedelta(hours=1), made_for=None))


@pytest.mark.parametrize(
    "other",
    [
        {"id": UUID(int=9)},
        {"referral_id": UUID(int=9)},
        {"organization_id": UUID(int=9)},
        {"expires_at": NOW + timedelta(days=15)},
        {"key_name": "k2"},
    ],
)
def test_a_link_is_for_one_referral_one_organisation_and_one_time(other: dict[str, object]) -> None:
    changed = replace(LINK, **other)  # type: ignore[arg-type]

    assert token(changed) != token()
    assert standing(token(), changed) is Standing.UNKNOWN


def test_a_row_without_the_key_opens_nothing() -> None:
    forged = token(keys=SigningKeys({"k1": b"somebody else's key"}))

    assert standing(forged) is Standing.UNKNOWN


def test_a_key_that_was_taken_away_is_believed_no_more() -> None:
    only_newer = SigningKeys({"k2": KEYS.by_name["k2"]})

    assert links.token_of(LINK, only_newer) is None
    assert links.standing(token(), LINK, partner_revoked=False, now=NOW, keys=only_newer) is Standing.UNKNOWN


@given(st.text() | st.binary().map(lambda raw: raw.decode(errors="surrogateescape")))
def test_no_nonsense_opens_anything_or_upsets_anybody(text: str) -> None:
    assert standing(text) is Standing.UNKNOWN
    assert standing(text, None) is Standing.UNKNOWN
    assert len(links.digest(text)) == 32
    assert links.nonce_of(text, LINK, KEYS) is None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_one_changed_character_is_one_too_many(place: int, character: str) -> None:
    good = token()
    changed = good[: place % len(good)] + character + good[place % len(good) + 1 :]

    assert (standing(changed) is Standing.OPEN) == (changed == good)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Standing.OPEN),
        ({"closed_at": NOW, "closed_why": LinkEnd.REPLACED}, Standing.REPLACED),
        ({"closed_at": NOW, "closed_why": LinkEnd.ADDRESS_CHANGED}, Standing.REPLACED),
        ({"closed_at": NOW, "closed_why": LinkEnd.WITHDRAWN}, Standing.GONE),
        ({"closed_at": NOW, "closed_why": LinkEnd.PARTNER_REVOKED}, Standing.GONE),
    ],
)
def test_a_closed_link_opens_nothing(changes: dict[str, object], expected: Standing) -> None:
    assert standing(token(), replace(LINK, **changes)) is expected  # type: ignore[arg-type]


def test_a_link_runs_out_to_the_second_and_nothing_of_a_shut_out_partner_opens() -> None:
    assert standing(token(), at=LINK.expires_at - timedelta(seconds=1)) is Standing.OPEN
    assert standing(token(), at=LINK.expires_at) is Standing.EXPIRED
    assert standing(token(), revoked=True) is Standing.GONE


def test_a_form_belongs_to_the_page_of_one_link() -> None:
    form = links.form_token(LINK, b"nonce", KEYS)

    assert links.nonce_of(form, LINK, KEYS) == b"nonce"
    assert links.nonce_of(form, replace(LINK, id=UUID(int=9)), KEYS) is None
    assert links.nonce_of(form.replace(".", "x"), LINK, KEYS) is None


def test_counters_tell_nothing_change_every_minute_and_are_limited() -> None:
    slots = {links.slot_of(f"address {n}", minute, KEYS) for n in range(300) for minute in range(10)}

    assert all(0 <= slot < links.SLOTS for slot in slots)
    assert len(slots) > 2800


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2"),
        ("", ""),
    ],
)
def test_one_office_is_one_visitor(address: str, origin: str) -> None:
    assert links.origin_of_address(address) == origin


def due(position: int = 1, verb: Verb = Verb.REQUESTED, **fields: object) -> Due:
    values: dict[str, object] = {
        "event_id": UUID(int=position),
        "referral_id": UUID(int=100),
        "organization_id": UUID(int=200),
        "position": position,
        "verb": verb,
        "attempts": 1,
        "status": ReferralStatus.REQUESTED,
        "address": "rides@partner.example.org",
        "partner_revoked": False,
    }
    return Due(**(values | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (due(), Write(MailKind.REQUEST)),
        (due(verb=Verb.CANCELLED, status=ReferralStatus.CANCELLED), Write(MailKind.CHANGE)),
        (due(verb=Verb.REVOKED, status=ReferralStatus.CANCELLED), Write(MailKind.CHANGE)),
        (due(verb=Verb.DECLINED, status=ReferralStatus.CANCELLED), Write(MailKind.CHANGE)),
        (due(verb=Verb.CONTACT_CHANGED), Write(MailKind.CHANGE)),
        (due(verb=Verb.ANSWERED), LeaveIt()),
        (due(verb=Verb.UNANSWERED), LeaveIt()),
        (due(status=ReferralStatus.CANCELLED), LeaveIt()),
    ],
)
def test_what_a_mail_is_written_about(one: Due, expected: object) -> None:
    assert mails.decide([one]) == {one.event_id: expected}


def test_of_several_about_one_referral_only_the_last_is_written() -> None:
    both = [due(1), due(2, Verb.CONTACT_CHANGED), due(3, Verb.ANSWERED)]

    assert list(mails.decide(both).values()) == [LeaveIt(), Write(MailKind.CHANGE), LeaveIt()]
    assert mails.decide(both) == mails.decide(both[::-1])


def test_without_an_address_or_a_partner_it_is_given_up_and_said_so() -> None:
    nowhere, shut_out = due(address=None), due(partner_revoked=True)

    assert isinstance(mails.decide([nowhere])[nowhere.event_id], GiveUp)
    assert isinstance(mails.decide([shut_out])[shut_out.event_id], GiveUp)


def test_a_mail_that_is_not_taken_is_tried_for_about_two_days_and_then_given_up() -> None:
    pauses = []
    for attempts in range(1, 14):
        decision = mails.after_refusal("the mail server answered 451", attempts=attempts, most=13)
        if isinstance(decision, TryLater):
            pauses.append(decision.pause)

    assert len(pauses) == 12
    assert pauses[0] == timedelta(seconds=30)
    assert pauses == sorted(pauses)
    assert timedelta(days=1, hours=12) < sum(pauses, timedelta()) < timedelta(days=2, hours=12)
    assert isinstance(mails.after_refusal("no", attempts=13, most=13), GiveUp)
    assert isinstance(mails.after_refusal("no", attempts=10**6, most=10**7), TryLater)


@pytest.mark.parametrize("kind", MailKind)
def test_a_mail_says_where_to_look_until_when_and_nothing_else(kind: MailKind) -> None:
    url = "https://answers.example.org/r/token"
    words = mails.wording(kind, url=url, until=LINK.expires_at, time_zone="Europe/London")
    text = f"{words.subject}\n{words.body}".lower()

    assert f"\n{url}\n" in words.body
    assert "7 December 2026" in words.body
    told = ("referral", "client", "patient", "health", "treatment", "service", "help", "support", "care")
    assert [word for word in told if word in text] == []
