"""A key works until it is closed, runs out, or its overlap ends; and then it says which of these it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.navigation.model.keys import Key, KeyScope
from services.navigation.policy.keys import (
    NOTED_EVERY,
    replaceable,
    runs_out,
    successor_expires,
    use_is_worth_noting,
    why_closed,
)
from shared.ids import new_id

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOON, BEFORE = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2000))


def key(**fields: object) -> Key:
    """A key made an hour ago, for everything, without an end."""
    values = {
        "id": new_id(),
        "organization_id": new_id(),
        "label": "Night sync",
        "scopes": frozenset(KeyScope),
        "created_at": BEFORE,
    }
    return Key(**(values | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "partner_revoked", "says"),
    [
        (key(), False, None),
        (key(expires_at=SOON), False, None),
        (key(expires_at=SOON, replaced_by=new_id()), False, None),
        (key(), True, "not connected any more"),
        (key(revoked_at=BEFORE), False, "was closed"),
        (key(expires_at=NOW), False, "has run out"),
        (key(expires_at=NOW, replaced_by=new_id()), False, "was replaced"),
        (key(expires_at=SOON, revoked_at=NOW), False, "was closed"),
    ],
)
def test_a_key_works_or_says_why_not(what: Key, says: str | None, *, partner_revoked: bool) -> None:
    why = why_closed(what, partner_revoked=partner_revoked, at=NOW)

    assert (why is None) == (says is None)
    assert says is None or says in (why or "")


def test_only_a_key_that_works_and_has_no_successor_is_replaced() -> None:
    assert replaceable(key(expires_at=SOON), at=NOW) is None
    assert "replaced already" in (replaceable(key(expires_at=SOON, replaced_by=new_id()), at=NOW) or "")
    assert "closed" in (replaceable(key(revoked_at=BEFORE), at=NOW) or "")
    assert "run out" in (replaceable(key(expires_at=BEFORE), at=NOW) or "")


@given(lives=st.none() | spans, overlap=spans)
def test_being_replaced_never_lengthens_a_keys_life(lives: timedelta | None, overlap: timedelta) -> None:
    old = key(expires_at=None if lives is None else NOW + lives)

    until = runs_out(old, replaced_at=NOW, overlap=overlap)

    assert NOW <= until <= NOW + overlap
    assert old.expires_at is None or until <= old.expires_at


@given(lives=spans)
def test_a_successor_gets_as_much_time_as_its_predecessor_was_given(lives: timedelta) -> None:
    expires = successor_expires(key(expires_at=BEFORE + lives), at=NOW)

    assert expires == NOW + lives
    assert successor_expires(key(), at=NOW) is None


def test_a_use_is_written_down_at_most_once_a_minute() -> None:
    assert use_is_worth_noting(key(), at=NOW)
    assert not use_is_worth_noting(key(last_used_at=NOW - timedelta(seconds=59)), at=NOW)
    assert use_is_worth_noting(key(last_used_at=NOW - NOTED_EVERY), at=NOW)
