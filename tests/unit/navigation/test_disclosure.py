"""What may be told to whom: never beyond a consent that stands at that very moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import CoordinationPurpose, InformationScope, ReferralStatus, Wish
from contracts.values import Consent
from services.navigation.model.matching import NobodyFits, Offer, SendNow
from services.navigation.model.referrals import Client, Told
from services.navigation.model.telling import Channel
from services.navigation.policy.disclosure import NOTICE, content, entry, standing_consent, worded
from services.navigation.policy.helping import is_withdrawn, what_to_do
from services.navigation.policy.matching import match
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, channel, client_context, consent
from tests.support.builders_navigation import asked_help, listing, need, referral

PARTNER, OTHER = new_id(), new_id()
HOUR = timedelta(hours=1)
NOW = MONDAY_MORNING + HOUR
EVERYTHING = frozenset(InformationScope)


def client(*consents: Consent, **fields: object) -> Client:
    context = client_context(access_needs=frozenset({"wheelchair"}))
    known = Client(
        id=context.client_id,
        context=context,
        full_name="Amina Diallo",
        preferred_name="Amina",
        channels=(channel(), channel(address="+447700900999", safe=False)),
        consents=consents,
    )
    return replace(known, **fields)  # type: ignore[arg-type]


STANDING: list[tuple[str, dict[str, object], bool]] = [
    ("every matched service", {}, True),
    ("this one by name", {"any_matched_service": False, "organizations": frozenset({PARTNER})}, True),
    ("another by name", {"any_matched_service": False, "organizations": frozenset({OTHER})}, False),
    ("nobody", {"any_matched_service": False}, False),
    ("revoked before", {"revoked_at": NOW - HOUR / 2}, False),
    ("revoked this very moment", {"revoked_at": NOW}, False),
    ("expired", {"expires_at": NOW}, False),
    ("not yet expired", {"expires_at": NOW + HOUR}, True),
    ("not yet in force", {"granted_at": NOW + HOUR}, False),
    ("for payment only", {"purposes": frozenset({CoordinationPurpose.PAYMENT})}, False),
    ("without the need itself", {"scopes": frozenset({InformationScope.NAME_AND_CONTACT})}, False),
]


@pytest.mark.parametrize(("fields", "stands"), [c[1:] for c in STANDING], ids=[c[0] for c in STANDING])
def test_which_consents_stand(fields: dict[str, object], *, stands: bool) -> None:
    given_consent = consent(**fields)

    found = standing_consent([given_consent], PARTNER, at=NOW)

    assert found == (given_consent if stands else None)


def test_of_several_the_one_that_covers_most_is_acted_on() -> None:
    narrow = consent(scopes=frozenset({InformationScope.NEED}))
    wide = consent(scopes=EVERYTHING)

    assert standing_consent([narrow, wide], PARTNER, at=NOW) == wide
    assert standing_consent([wide, narrow], PARTNER, at=NOW) == wide


FIELDS_OF = {
    InformationScope.NAME_AND_CONTACT: {"full_name", "preferred_name", "channels"},
    InformationScope.NEED: {"category", "resource_codes"},
    InformationScope.OWN_WORDS: {"words"},
    InformationScope.AVAILABILITY: {"available", "setting", "time_zone"},
    InformationScope.ACCESS_NEEDS: {"language", "access_needs"},
}
ALL_FIELDS = set().union(*FIELDS_OF.values())


@given(scopes=st.frozensets(st.sampled_from(InformationScope)))
def test_a_partner_reads_what_the_scopes_say_and_nothing_else(scopes: frozenset[InformationScope]) -> None:
    allowed = consent(scopes=scopes)
    sent = referral(ReferralStatus.REQUESTED, consent_id=allowed.id, organization_id=PARTNER)

    told = content(sent, asked_help(), client(allowed), now=NOW)

    covered = set().union(*(FIELDS_OF[scope] for scope in scopes))
    filled = {name for name in ALL_FIELDS if getattr(told, name)}
    assert filled == covered


@pytest.mark.parametrize(
    "fields", [{"revoked_at": NOW - HOUR / 2}, {"expires_at": NOW - HOUR / 2}], ids=["revoked", "expired"]
)
def test_a_consent_that_has_ended_leaves_nothing_to_read(fields: dict[str, object]) -> None:
    ended = consent(scopes=EVERYTHING, **fields)
    sent = referral(ReferralStatus.ACCEPTED, consent_id=ended.id, organization_id=PARTNER)

    assert content(sent, asked_help(), client(ended, consent(scopes=EVERYTHING)), now=NOW) == Told()


def test_only_safe_ways_to_make_contact_are_told_and_none_while_contact_is_prohibited() -> None:
    allowed = consent(scopes=EVERYTHING)
    sent = referral(ReferralStatus.REQUESTED, consent_id=allowed.id, organization_id=PARTNER)

    told = content(sent, asked_help(), client(allowed), now=NOW)
    prohibited = content(sent, asked_help(), client(allowed, contact_prohibited=True), now=NOW)

    assert [c.address for c in told.channels] == ["+447700900123"]
    assert prohibited.channels == ()
    assert prohibited.contact_prohibited


def test_a_line_of_the_ledger_says_who_what_why_and_on_which_consent() -> None:
    allowed = consent(scopes=frozenset({InformationScope.NEED, InformationScope.NAME_AND_CONTACT}))
    sent = referral(ReferralStatus.REQUESTED, consent_id=allowed.id)

    line = entry(
        sent,
        entry_id=UUID(int=1),
        scopes=allowed.scopes,
        what=worded(allowed.scopes),
        channel=Channel.NATS,
        now=NOW,
    )

    assert line.organization_id == sent.organization_id
    assert line.consent_id == allowed.id
    assert line.what == "name and safe ways to make contact; what help is wanted"
    assert line.purpose == "care_coordination"
    assert line.channel == "nats"
    assert line.notice == NOTICE
    assert line.told_at == NOW
    assert worded(EVERYTHING).count(";") == len(InformationScope) - 1


consents = st.builds(
    consent,
    any_matched_service=st.booleans(),
    organizations=st.frozensets(st.sampled_from([PARTNER, OTHER])),
    purposes=st.frozensets(st.sampled_from(CoordinationPurpose)),
    scopes=st.frozensets(st.sampled_from(InformationScope)),
    granted_at=st.sampled_from([NOW - HOUR, NOW, NOW + HOUR]),
    expires_at=st.sampled_from([None, NOW, NOW + HOUR]),
    revoked_at=st.sampled_from([None, NOW - HOUR, NOW, NOW + HOUR]),
)


@given(known=st.lists(consents, max_size=4), wish=st.sampled_from(Wish), allowed=st.booleans())
def test_nothing_is_sent_without_a_go_ahead_and_a_consent_that_covers_it(
    known: list[Consent], wish: Wish, *, allowed: bool
) -> None:
    best = match(need(), [listing(organization_id=PARTNER)]).best
    assert best is not None
    asked = asked_help(wish=wish, send_allowed=allowed, needed_at=NOW)

    decision = what_to_do(asked, best, known, now=NOW)

    covering = [
        c for c in known if c.covers(PARTNER, CoordinationPurpose.CARE_COORDINATION, NOW)
        and InformationScope.NEED in c.scopes
    ]  # fmt: skip
    match decision:
        case SendNow(consent=used):
            assert wish is Wish.GO_AHEAD
            assert allowed
            assert used in covering
        case Offer(why_not_sent=why):
            assert why.endswith("nothing has been sent.")
            assert wish is not Wish.GO_AHEAD or not allowed or not covering
        case NobodyFits():
            pytest.fail("there is somebody who fits")


def test_when_nobody_fits_nothing_is_prepared() -> None:
    assert what_to_do(asked_help(), None, [consent()], now=NOW) == NobodyFits()


@pytest.mark.parametrize(
    ("needed_at", "withdrawn_at", "withdrawn"),
    [
        (NOW, None, False),
        (NOW, NOW + HOUR, True),
        (NOW, NOW, True),
        (NOW + HOUR, NOW, False),
    ],
    ids=["never withdrawn", "withdrawn since", "at the same moment, the no wins", "asked for again since"],
)
def test_help_withdrawn_before_it_arrives_is_withdrawn(
    needed_at: datetime, withdrawn_at: datetime | None, *, withdrawn: bool
) -> None:
    assert is_withdrawn(asked_help(needed_at=needed_at), withdrawn_at) is withdrawn
