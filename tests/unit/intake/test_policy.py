"""What becomes of registrations, changes, consents, rulers and barriers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import (
    BarrierCategory,
    ChannelKind,
    CoordinationPurpose,
    InformationScope,
    Pace,
    Strength,
    Wish,
)
from contracts.values import Channel, ClientContext, Consent, Readiness, Window
from services.intake import policy
from services.intake.model import (
    Changed,
    Client,
    ConsentForm,
    ConsentState,
    Contact,
    Explained,
    Flaw,
    Flawed,
    GivenHow,
    Outdated,
    Recipient,
    Registration,
    SamePerson,
    Signer,
    Standing,
    Statement,
    Unchanged,
)
from tests.support.builders import channel, client_context, consent, readiness, weekly

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
AMINA = UUID(int=1)
FOOD_BANK = UUID(int=2)


def somebody(*, contact: Contact | None = None, **context: object) -> Client:
    return Client(
        context=client_context(client_id=AMINA, **context),
        contact=contact or Contact(full_name="Amina Diallo", preferred_name="Amina", channels=(channel(),)),
        registered_at=NOW,
        changed_at=NOW,
    )


def reached_by(*channels: Channel) -> Client:
    return somebody(contact=Contact(full_name="Amina Diallo", preferred_name="Amina", channels=channels))


def registered(client: Client) -> Client:
    outcome = policy.register(client, NOW, same_person=(), is_someone_else=False)
    assert isinstance(outcome, Registration)
    return outcome.client


def flaws_in(client: Client) -> tuple[Flaw, ...]:
    outcome = policy.register(client, NOW, same_person=(), is_someone_else=False)
    assert isinstance(outcome, Flawed)
    return outcome.flaws


# Registration


def test_a_client_who_said_nothing_but_a_name_and_a_zone_is_registered() -> None:
    client = Client(
        context=ClientContext(client_id=AMINA, version=1, time_zone="America/Chicago"),
        contact=Contact(full_name="Amina Diallo", preferred_name="Amina"),
        registered_at=NOW,
        changed_at=NOW,
    )

    assert registered(client) == client


def test_what_was_written_untidily_is_kept_tidily() -> None:
    untidy = somebody(
        contact=Contact(
            full_name="  Amina   Diallo ",
            preferred_name=" Mina ",
            channels=(
                channel(kind=ChannelKind.PHONE, address="+44 (20) 7946-0018"),
                channel(kind=ChannelKind.EMAIL, address=" amina@example.org ", preferred=False),
            ),
        ),
        postcode=" ls1  4ap ",
        access_needs={"Step free", "quiet-space", " - "},
    )

    client = registered(untidy)

    assert (client.contact.full_name, client.contact.preferred_name) == ("Amina Diallo", "Mina")
    assert [c.address for c in client.contact.channels] == ["+442079460018", "amina@example.org"]
    assert client.context.postcode == "LS1 4AP"
    assert client.context.access_needs == {"step_free", "quiet_space"}


@pytest.mark.parametrize(
    ("client", "field"),
    [
        (somebody(contact=Contact(full_name=" - ", preferred_name="Amina")), "full_name"),
        (somebody(contact=Contact(full_name="Amina", preferred_name="?")), "preferred_name"),
        (somebody(born_on=date(2026, 11, 24)), "born_on"),
        (somebody(born_on=date(1901, 11, 22)), "born_on"),
        (somebody(available=(weekly(1, "18:00", "18:00"),)), "available[0]"),
        (somebody(available=(weekly(1, "09:00", "10:00"), weekly(5, "22:00", "02:00"))), "available[1]"),
        (somebody(available=(weekly(1, "09:00Z", "10:00Z"),)), "available[0]"),
        (somebody(available=(weekly(1, "09:00", "10:00Z"),)), "available[0]"),
        (reached_by(channel(windows=(weekly(1, "10:00", "09:00"),))), "channels[0].windows[0]"),
        (reached_by(channel(), channel(address="+447700900124")), "channels"),
        (reached_by(channel(preferred=False), channel()), "channels[1]"),
        (reached_by(channel(safe=False)), "channels[0]"),
        (reached_by(channel(address="07700 900123")), "channels[0]"),
        (reached_by(channel(kind=ChannelKind.PHONE, address="+0 12345")), "channels[0]"),
        (reached_by(channel(kind=ChannelKind.EMAIL, address="amina at example.org")), "channels[0]"),
        (reached_by(channel(kind=ChannelKind.EMAIL, address="amina@example")), "channels[0]"),
    ],
)
def test_a_flaw_is_named_by_its_field(client: Client, field: str) -> None:
    assert [flaw.field for flaw in flaws_in(client)] == [field]


def test_every_flaw_is_named_not_only_the_first() -> None:
    client = replace(reached_by(channel(address="12345")), context=client_context(born_on=date(2030, 1, 1)))

    assert [flaw.field for flaw in flaws_in(client)] == ["born_on", "channels[0]"]


@pytest.mark.parametrize(
    ("zone", "accepted"), [("Pacific/Auckland", True), ("Europe/London", True), ("Pacific/Honolulu", False)]
)
def test_a_birthday_is_judged_by_the_day_that_it_is_where_the_client_lives(
    zone: str, *, accepted: bool
) -> None:
    born_today = somebody(born_on=date(2026, 11, 23), time_zone=zone)

    outcome = policy.register(born_today, NOW, same_person=(), is_someone_else=False)

    assert isinstance(outcome, Registration) is accepted


def test_somebody_of_the_same_name_and_birthday_is_pointed_out_before_there_are_two_records() -> None:
    known = [UUID(int=7), UUID(int=8)]

    assert policy.register(somebody(), NOW, same_person=known, is_someone_else=False) == SamePerson(
        client_ids=(UUID(int=7), UUID(int=8))
    )
    assert isinstance(policy.register(somebody(), NOW, same_person=known, is_someone_else=True), Registration)


# Names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amina Diallo", "diallo  AMINA"),
        ("Zoë O'Brien", "zoe obrien"),
        ("Zoë O’Brien", "OBRIEN, Zoe"),  # noqa: RUF001 - the typographic apostrophe is the case
        ("Núria Gil-Puig", "Nuria Gil Puig"),
        ("Strauß", "STRAUSS"),
        ("李 小龙", "小龙 李"),
    ],
)
def test_two_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert policy.name_key(one) == policy.name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Amina Diallo", "Amina Diall"), ("Ana", "Anna"), ("A B", "AB")])
def test_two_names_are_not_the_same(one: str, other: str) -> None:
    assert policy.name_key(one) != policy.name_key(other)


@given(st.text(max_size=60))
def test_comparing_a_name_twice_comes_to_the_same(name: str) -> None:
    once = policy.name_words(name)

    assert policy.name_words(*once) == once
    assert list(once) == sorted(set(once))


# Changes


def test_a_change_of_a_clients_life_is_told_as_that_and_makes_the_next_version() -> None:
    current = somebody(version=4)
    later = NOW + timedelta(days=2)

    outcome = policy.change(current, with_pace(current, Pace.SLOW), later, seen=4)

    assert isinstance(outcome, Changed)
    assert (outcome.context_changed, outcome.contact_changed) == (True, False)
    assert (outcome.client.version, outcome.client.context.pace) == (5, Pace.SLOW)
    assert (outcome.client.registered_at, outcome.client.changed_at) == (NOW, later)


def test_a_change_of_contact_is_told_as_that_and_makes_the_next_version() -> None:
    current = somebody(version=4)
    proposed = replace(current, contact=replace(current.contact, contact_prohibited=True))

    outcome = policy.change(current, proposed, NOW, seen=4)

    assert isinstance(outcome, Changed)
    assert (outcome.context_changed, outcome.contact_changed) == (False, True)
    assert outcome.client.version == 5


def test_a_change_that_changes_nothing_makes_no_version() -> None:
    current = registered(somebody())
    untidy = replace(current.contact, full_name="Amina  Diallo ")

    assert policy.change(current, replace(current, contact=untidy), NOW, seen=1) == Unchanged()


@pytest.mark.parametrize("seen", [1, 3, 5])
def test_a_change_made_on_another_version_is_not_applied(seen: int) -> None:
    current = somebody(version=4)

    assert policy.change(current, with_pace(current, Pace.SLOW), NOW, seen=seen) == Outdated(version=4)


def test_a_change_is_examined_like_a_registration() -> None:
    current = somebody()
    proposed = replace(current, context=current.context.model_copy(update={"born_on": date(2030, 1, 1)}))

    outcome = policy.change(current, proposed, NOW, seen=1)

    assert isinstance(outcome, Flawed)
    assert [flaw.field for flaw in outcome.flaws] == ["born_on"]


def with_pace(client: Client, pace: Pace) -> Client:
    return replace(client, context=client.context.model_copy(update={"pace": pace}))


# Windows

quarters = st.integers(0, 94)


@st.composite
def some_windows(draw: st.DrawFn) -> list[Window]:
    def one() -> Window:
        opens = draw(quarters)
        closes = draw(st.integers(opens + 1, 95))
        return Window(weekday=draw(st.integers(1, 7)), opens=at_quarter(opens), closes=at_quarter(closes))

    return [one() for _ in range(draw(st.integers(0, 12)))]


def at_quarter(number: int) -> time:
    return time(number // 4, number % 4 * 15)


def quarters_in(windows: list[Window] | tuple[Window, ...]) -> set[tuple[int, time]]:
    return {
        (window.weekday, at_quarter(number))
        for window in windows
        for number in range(96)
        if window.opens <= at_quarter(number) < window.closes
    }


@given(some_windows())
def test_plain_windows_mean_the_same_hours_and_never_overlap_or_touch(windows: list[Window]) -> None:
    plain = policy.plain_windows(windows)

    assert quarters_in(plain) == quarters_in(windows)
    assert policy.plain_windows(reversed(plain)) == plain
    assert all(one.weekday < other.weekday or one.closes < other.opens for one, other in pairwise(plain))


@given(some_windows(), st.randoms())
def test_the_order_in_which_windows_were_said_makes_no_difference(
    windows: list[Window], chance: Random
) -> None:
    shuffled = windows[:]
    chance.shuffle(shuffled)

    assert policy.plain_windows(shuffled) == policy.plain_windows(windows)


def test_windows_are_kept_plain_for_the_clients_time_and_for_each_channel() -> None:
    evening = (weekly(2, "19:00", "21:00"), weekly(2, "18:00", "19:00"))

    client = registered(
        replace(reached_by(channel(windows=evening)), context=client_context(available=evening))
    )

    assert client.context.available == (weekly(2, "18:00", "21:00"),)
    assert client.contact.channels[0].windows == (weekly(2, "18:00", "21:00"),)


# Consent


def form(**changes: object) -> ConsentForm:
    """A complete consent for the services a client is matched with; `consent_...` changes its inner part."""
    inner = {
        name.removeprefix("consent_"): changes.pop(name) for name in [*changes] if name.startswith("consent_")
    }
    complete = ConsentForm(
        consent=consent(**({"client_id": AMINA, "granted_at": NOW} | inner)),
        information="My name, how to reach me and what help I need",
        recipients=(),
        recipient_class="services that I am matched with",
        intermediary="Harbour Street Outreach",
        given_how=GivenHow.SIGNED_ON_PAPER,
        signer=Signer.CLIENT,
        representative=None,
        explained=frozenset(Explained),
        recorded_at=NOW,
        recorded_by=UUID(int=9),
    )
    return replace(complete, **changes)  # type: ignore[arg-type]


NAMED = (Recipient(organization_id=FOOD_BANK, name="Fenwick Food Bank"),)


@pytest.mark.parametrize(
    "complete",
    [
        form(),
        form(consent_granted_at=NOW - timedelta(days=30), consent_expires_at=NOW + timedelta(days=1)),
        form(
            consent_any_matched_service=False,
            consent_organizations={FOOD_BANK},
            recipients=NAMED,
            recipient_class=None,
            intermediary=None,
        ),
        form(signer=Signer.REPRESENTATIVE, representative="Mariam Diallo"),
    ],
)
def test_a_complete_consent_has_no_flaw(complete: ConsentForm) -> None:
    assert policy.consent_flaws(complete, NOW) == ()


@pytest.mark.parametrize(
    ("incomplete", "field"),
    [
        (form(consent_any_matched_service=False), "recipients"),
        (form(recipients=NAMED * 2), "recipients"),
        (form(intermediary=None), "intermediary"),
        (form(recipient_class=None), "recipient_class"),
        (form(explained=frozenset()), "explained"),
        (form(explained=frozenset(Explained) - {Explained.MAY_BE_PASSED_ON}), "explained"),
        (form(signer=Signer.REPRESENTATIVE), "representative"),
        (form(representative="Mariam Diallo"), "representative"),
        (form(consent_granted_at=NOW + timedelta(seconds=1)), "granted_at"),
        (form(consent_expires_at=NOW), "expires_at"),
        (
            form(consent_granted_at=NOW - timedelta(days=9), consent_expires_at=NOW - timedelta(1)),
            "expires_at",
        ),
    ],
)
def test_what_a_consent_lacks_is_named(incomplete: ConsentForm, field: str) -> None:
    assert [flaw.field for flaw in policy.consent_flaws(incomplete, NOW)] == [field]


def test_what_the_client_was_not_told_is_said_in_words() -> None:
    (flaw,) = policy.consent_flaws(form(explained=frozenset({Explained.HOW_TO_REVOKE})), NOW)

    assert "passed on" in flaw.words
    assert "not to sign" in flaw.words
    assert "take the consent back" not in flaw.words


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (consent(granted_at=NOW), ConsentState.IN_FORCE),
        (consent(granted_at=NOW + HOUR), ConsentState.NOT_YET),
        (consent(granted_at=NOW - HOUR, expires_at=NOW + HOUR), ConsentState.IN_FORCE),
        (consent(granted_at=NOW - HOUR, expires_at=NOW), ConsentState.EXPIRED),
        (consent(granted_at=NOW - HOUR, revoked_at=NOW), ConsentState.REVOKED),
        (consent(granted_at=NOW - HOUR, revoked_at=NOW + HOUR), ConsentState.IN_FORCE),
        (consent(granted_at=NOW - HOUR, expires_at=NOW, revoked_at=NOW), ConsentState.REVOKED),
    ],
)
def test_where_a_consent_is_follows_from_its_dates(record: Consent, state: ConsentState) -> None:
    assert policy.consent_state(record, NOW) is state


moments = st.integers(-3, 3).map(lambda hours: NOW + hours * HOUR)


@given(granted=moments, expires=st.none() | moments, revoked=st.none() | moments, at=moments)
def test_a_consent_is_in_force_exactly_when_it_covers_those_it_names(
    granted: datetime, expires: datetime | None, revoked: datetime | None, at: datetime
) -> None:
    record = consent(granted_at=granted, expires_at=expires, revoked_at=revoked, organizations={FOOD_BANK})

    in_force = policy.consent_state(record, at) is ConsentState.IN_FORCE

    assert in_force is record.covers(FOOD_BANK, CoordinationPurpose.CARE_COORDINATION, at)


@given(granted=moments, revoked=moments, at=moments)
def test_a_consent_taken_back_never_counts_again(granted: datetime, revoked: datetime, at: datetime) -> None:
    record = consent(granted_at=granted, revoked_at=revoked)

    if at >= revoked:
        assert policy.consent_state(record, at) is ConsentState.REVOKED


# Rulers

rulers = st.none() | st.integers(0, 10)


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (readiness(measured_at=NOW), []),
        (Readiness(importance=0, measured_at=NOW), []),
        (Readiness(measured_at=NOW), ["importance"]),
        (Readiness(confidence=3, measured_at=NOW + timedelta(seconds=1)), ["measured_at"]),
        (Readiness(readiness=3, measured_at=(NOW - HOUR).astimezone(timezone(timedelta(hours=9)))), []),
    ],
)
def test_the_rulers_need_one_answer_and_a_moment_that_has_come(asked: Readiness, fields: list[str]) -> None:
    assert [flaw.field for flaw in policy.readiness_flaws(asked, NOW)] == fields


def test_a_ruler_is_followed_by_why_not_lower_and_what_would_move_it_up() -> None:
    why, what = policy.follow_ups(Readiness(importance=6))

    assert "6 and not 3" in why
    assert "from 6 to 7" in what


@given(rulers, rulers, rulers)
def test_no_follow_up_asks_why_a_ruler_is_not_higher(
    importance: int | None, confidence: int | None, ready: int | None
) -> None:
    asked = [value for value in (importance, confidence, ready) if value is not None]

    questions = policy.follow_ups(Readiness(importance=importance, confidence=confidence, readiness=ready))

    assert len(questions) >= len(asked)
    assert all(question.endswith("?") and "not 10" not in question for question in questions)
    compared = [pair for question in questions for pair in re.findall(r"(\d+) and not (\d+)", question)]
    assert all(int(lower) < int(value) for value, lower in compared)


# Barriers


def test_a_stated_barrier_carries_what_the_client_said_and_all_that_stood_then() -> None:
    statement = Statement(
        barrier_id=UUID(int=11),
        words="  They would all know.  ",
        category=BarrierCategory.STIGMA_SOCIAL,
        strength=Strength.A_LOT,
        own_idea=None,
        wish=Wish.ASK_ME_FIRST,
        goal_id=UUID(int=12),
        stated_by=UUID(int=13),
    )
    given = consent(client_id=AMINA, scopes={InformationScope.NEED})
    standing = Standing(
        context=client_context(client_id=AMINA, version=3),
        readiness=Readiness(importance=4),
        consents=(given,),
        goal_words="Sunday lunch with my brother",
    )

    event = policy.barrier_stated(AMINA, statement, standing, NOW)

    assert event.words == "  They would all know.  "
    assert (event.category, event.strength, event.wish) == ("stigma.social", 3, "ask_me_first")
    assert (event.client_id, event.barrier_id, event.stated_by) == (AMINA, UUID(int=11), UUID(int=13))
    assert (event.client.version, event.readiness.importance, event.consents) == (3, 4, (given,))
    assert (event.own_idea, event.goal_words, event.stated_at) == (None, "Sunday lunch with my brother", NOW)
