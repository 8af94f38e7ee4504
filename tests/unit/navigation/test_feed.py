"""The ledger's line for a notice that is fetched: one for each content, and never more than what went out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.published.events import Verb
from contracts.terms import InformationScope, ReferralStatus
from services.navigation.model.telling import PartnerEvent
from services.navigation.policy import feed, publishing
from shared.ids import new_id
from tests.support.builders_navigation import referral

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REFERRAL = referral(ReferralStatus.REQUESTED)
contents = st.none() | st.fixed_dictionaries({"category": st.sampled_from(["transport", "housing"])})
scopes = st.frozensets(st.sampled_from(InformationScope), min_size=1)


def event(
    client: dict[str, object] | None, told: frozenset[InformationScope], **fields: object
) -> PartnerEvent:
    """The first notice of a referral, resting on a consent without an end."""
    consent = {"id": str(REFERRAL.consent_id), "scopes": sorted(told), "purpose": "care_coordination"}
    values: dict[str, object] = {
        "id": new_id(),
        "organization_id": REFERRAL.organization_id,
        "position": 1,
        "referral_id": REFERRAL.id,
        "sequence": 1,
        "client_id": REFERRAL.client_id,
        "verb": Verb.REQUESTED,
        "data": {"consent": consent},
        "client": client,
        "consent_id": REFERRAL.consent_id,
        "tellable_until": None,
        "withdrawn_at": None,
        "occurred_at": NOW,
    }
    return PartnerEvent(**(values | fields))  # type: ignore[arg-type]


def digest_of(one: PartnerEvent, at: datetime = NOW) -> bytes | None:
    return feed.line(one, REFERRAL, entry_id=new_id(), now=at).digest


@given(client=contents, told=scopes, hours=st.integers(-5, 5), verb=st.sampled_from(Verb))
def test_the_line_says_what_went_out_and_nothing_else(
    client: dict[str, object] | None, told: frozenset[InformationScope], hours: int, verb: Verb
) -> None:
    one = event(client, told, verb=verb, tellable_until=NOW + timedelta(hours=hours))

    line = feed.line(one, REFERRAL, entry_id=new_id(), now=NOW)
    _, data = publishing.cloud_event(one, now=NOW)

    assert bool(line.scopes) == (data["client"] is not None)
    assert line.scopes <= told
    assert line.what
    assert (line.channel, line.event_id, line.consent_id) == ("feed", one.id, REFERRAL.consent_id)


def test_the_same_content_is_one_line_and_less_content_another() -> None:
    until = NOW + timedelta(hours=1)
    one = event({"category": "transport"}, frozenset({InformationScope.NEED}), tellable_until=until)

    assert digest_of(one) == digest_of(one, NOW + timedelta(minutes=59))
    assert digest_of(one) != digest_of(one, until)
    assert digest_of(one) != digest_of(event({"category": "transport"}, frozenset({InformationScope.NEED})))


def test_a_line_is_about_the_referral_that_the_notice_is_about() -> None:
    line = feed.line(event(None, frozenset()), REFERRAL, entry_id=new_id(), now=NOW)

    assert (line.referral_id, line.client_id) == (REFERRAL.id, REFERRAL.client_id)
    assert line.what == feed.NOTHING_MORE
