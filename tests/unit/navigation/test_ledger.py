"""The ledger shows three years unless asked otherwise, and its CSV is data in every program that opens it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import InformationScope
from services.navigation.model.referrals import Disclosure
from services.navigation.policy import ledger
from services.navigation.policy.disclosure import NOTICE
from shared.ids import new_id

NOW = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)

moments = st.datetimes(
    min_value=datetime(1950, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2150, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
# What PostgreSQL can keep, with what spreadsheets stumble over made likely.
texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from('=+-@",\r\n\t ')
)


def entry(**fields: object) -> Disclosure:
    """Told on a leap day."""
    values: dict[str, object] = {
        "id": new_id(),
        "referral_id": new_id(),
        "client_id": new_id(),
        "organization_id": new_id(),
        "organization_name": "Aire Valley Wheels",
        "consent_id": new_id(),
        "scopes": frozenset({InformationScope.NEED, InformationScope.AVAILABILITY}),
        "what": "what help is wanted, times that suit",
        "purpose": "care_coordination",
        "channel": "partner_api",
        "notice": NOTICE,
        "told_at": NOW,
    }
    return Disclosure(**(values | fields))  # type: ignore[arg-type]


@given(now=moments)
def test_three_years_are_shown_unless_asked_otherwise(now: datetime) -> None:
    begins = ledger.beginning(since=None, until=None, now=now)

    assert timedelta(days=1095) <= now - begins <= timedelta(days=1097)
    assert (begins.month, begins.hour, begins.minute) == (now.month, now.hour, now.minute)


def test_another_time_is_shown_when_asked_for() -> None:
    long_ago = NOW - timedelta(days=4000)

    assert ledger.beginning(since=long_ago, until=None, now=NOW) == long_ago
    assert ledger.beginning(since=None, until=datetime(2020, 1, 1, tzinfo=UTC), now=NOW).year == 2017
    assert ledger.beginning(since=None, until=NOW + timedelta(days=9), now=NOW) == datetime(
        2025, 2, 28, 12, 0, tzinfo=UTC
    )


@given(name=texts, what=texts)
def test_a_row_of_the_csv_reads_back_as_it_was_and_never_as_a_formula(name: str, what: str) -> None:
    text = ledger.heading() + ledger.rows([entry(organization_name=name, what=what)])

    columns, cells = csv.reader(io.StringIO(text, newline=""), strict=True)

    row = dict(zip(columns, cells, strict=True))
    assert text.endswith('"\r\n')
    assert row["organization_name"].removeprefix("'") == name.removeprefix("'")
    assert row["what"].removeprefix("'") == what.removeprefix("'")
    assert row["told_at"] == "2028-02-29T12:00:00+00:00"
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)


def test_every_way_of_telling_has_plain_words() -> None:
    assert ledger.how("staff") == "told by a member of staff"
    assert ledger.how("carrier_pigeon") == "carrier_pigeon"
    assert ledger.in_words("care_coordination") == "care coordination"
