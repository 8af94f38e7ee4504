"""The rules at the door: the chain of the audit, tries, passwords, and what a provider's word is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.model.audit import Kept, Trace
from services.desk.model.signing_in import Counted, Tries
from services.desk.model.staff import Role, Staff, Viewer
from services.desk.policy.access import CLIENT_ROLES, may_see
from services.desk.policy.audit import NOTHING, Broken, Proof, hash_of
from services.desk.policy.people import leaves_nobody
from services.desk.policy.provider import NotLetIn, Vouched, known, vouched
from services.desk.policy.signing_in import MOST_TRIES, WINDOW, browser_of, fault_in, wait_until

NOW = datetime(2026, 11, 3, 14, 3, tzinfo=UTC)
ids = st.uuids()
maybe = st.none() | ids
traces = st.builds(
    Trace,
    deed=st.sampled_from(["seen", "changed", 'words with "quotes" and ümlauts']),
    route=st.sampled_from(["GET /clients/{client_id}", "POST /x"]),
    correlation_id=ids,
    staff_id=maybe,
    session_id=maybe,
    client_id=maybe,
    team_id=maybe,
    about_id=maybe,
)


def _chained(written: Sequence[Trace]) -> list[Kept]:
    lines: list[Kept] = []
    for trace in written:
        before = lines[-1].hash if lines else NOTHING
        at = NOW + timedelta(microseconds=len(lines))
        line = Kept(sequence=len(lines) + 1, at=at, trace=trace, previous_hash=before, hash=b"")
        lines.append(replace(line, hash=hash_of(line)))
    return lines


def _proved(lines: Sequence[Kept], anchors: dict[int, bytes] | None = None) -> Broken | None:
    proof = Proof(anchors or {})
    for line in lines:
        if broken := proof.see(line):
            return broken
    return proof.end()


@given(st.lists(traces, max_size=6))
def test_a_chain_as_it_was_written_is_whole(written: list[Trace]) -> None:
    lines = _chained(written)
    assert _proved(lines, {line.sequence: line.hash for line in lines}) is None


@given(st.lists(traces, min_size=1, max_size=6), st.data(), traces)
def test_whichever_line_is_changed_is_the_one_that_is_named(
    written: list[Trace], data: st.DataObject, other: Trace
) -> None:
    lines = _chained(written)
    at = data.draw(st.integers(0, len(lines) - 1))
    if other == lines[at].trace:
        return
    lines[at] = replace(lines[at], trace=other)
    broken = _proved(lines)
    assert broken is not None
    assert broken.sequence == at + 1


@given(st.lists(traces, min_size=1, max_size=6), st.data())
def test_a_chain_that_was_made_anew_without_a_line_is_found_out_by_what_was_noted(
    written: list[Trace], data: st.DataObject
) -> None:
    lines = _chained(written)
    noted = {lines[-1].sequence: lines[-1].hash}
    gone = data.draw(st.integers(0, len(written) - 1))
    assert _proved(_chained(written[:gone] + written[gone + 1 :]), noted) is not None


@given(st.sets(st.sampled_from(Role)), st.sets(st.sampled_from(["of their team", "has a team", "reason"])))
def test_a_client_is_seen_by_who_works_with_clients_and_is_of_their_team_or_has_a_reason(
    roles: set[Role], held: set[str]
) -> None:
    in_team, has_team, glass = (one in held for one in ("of their team", "has a team", "reason"))
    team = UUID(int=1)
    viewer = Viewer(
        id=UUID(int=2),
        name="Sam",
        roles=frozenset(roles),
        team_ids=frozenset({team} if in_team else ()),
        signed_in_at=NOW,
    )
    expected = bool(roles & CLIENT_ROLES) and (not has_team or in_team or glass)
    assert may_see(viewer, [team] if has_team else [], glass_broken=glass) == expected


@pytest.mark.parametrize("counted", Counted)
def test_one_try_too_many_waits_until_the_window_is_over(counted: Counted) -> None:
    most = MOST_TRIES[counted]
    assert wait_until([Tries(counted, most, NOW)]) is None
    assert wait_until([Tries(counted, most + 1, NOW)]) == NOW + WINDOW


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 12"),
        ("x" * 201, "at most"),
        ("aaaaaaaaaaaaaa", "different characters"),
        ("sam.okoro-2026", "not your name"),
    ],
)
def test_a_password_that_will_not_do_is_told_why(password: str, words: str) -> None:
    wrong = fault_in(password, email="sam.okoro@example.org", name="Sam Okoro")
    assert wrong is not None
    assert words in wrong


def test_a_few_words_in_a_row_will_do() -> None:
    assert fault_in("a harbour with boats", email="sam@example.org", name="Sam Okoro") is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/19 Safari/605", "Safari on Mac"),
        ("", "A browser"),
    ],
)
def test_browsers_are_called_so_that_people_know_their_own(said: str, told: str) -> None:
    assert browser_of(said) == told


SAM = Staff(id=UUID(int=2), name="Sam", email="sam@example.org", roles=frozenset({Role.INTAKE}))


def _who(**fields: object) -> Vouched:
    values = {
        "subject": "issuer 1",
        "name": "Sam",
        "email": "sam@example.org",
        "email_is_theirs": True,
        "roles": frozenset({Role.ADMIN}),
    }
    return Vouched(**(values | fields))  # type: ignore[arg-type]


def test_roles_are_read_wherever_the_claim_stands_and_unknown_ones_give_nothing() -> None:
    roles = {"managers": Role.CASE_MANAGER}
    claims = {"sub": "1", "realm_access": {"roles": ["managers", "kings"]}, "a.b": "managers other"}
    assert vouched(claims, issuer="i", roles_claim="realm_access.roles", roles=roles).roles == {
        Role.CASE_MANAGER
    }
    assert vouched(claims, issuer="i", roles_claim="a.b", roles=roles).roles == {Role.CASE_MANAGER}
    assert vouched(claims, issuer="i", roles_claim="sub.roles", roles=roles).roles == frozenset()


@pytest.mark.parametrize(
    ("who", "by_subject", "by_email", "expected"),
    [
        (_who(), None, None, None),
        (_who(roles=frozenset()), None, None, NotLetIn.NO_ROLE),
        (_who(email=""), None, None, NotLetIn.NO_ADDRESS),
        (_who(), replace(SAM, ended_at=NOW), None, NotLetIn.ENDED),
        (_who(), None, replace(SAM, ended_at=NOW), NotLetIn.ENDED),
        (_who(email_is_theirs=False), None, SAM, NotLetIn.ADDRESS_TAKEN),
        (_who(), None, replace(SAM, oidc_subject="issuer 2"), NotLetIn.ADDRESS_TAKEN),
    ],
)
def test_who_is_not_known_or_not_let_in(
    who: Vouched, by_subject: Staff | None, by_email: Staff | None, expected: NotLetIn | None
) -> None:
    assert known(who, by_subject, by_email) == expected


def test_who_is_known_has_the_roles_that_the_provider_gives() -> None:
    found = known(_who(name=""), SAM, None)
    assert isinstance(found, Staff)
    assert found.roles == {Role.ADMIN}
    assert (found.name, found.oidc_subject) == ("Sam", "issuer 1")


def test_the_last_who_looks_after_accounts_stays() -> None:
    admin = replace(SAM, roles=frozenset({Role.ADMIN}))
    assert leaves_nobody(admin, roles=[Role.INTAKE], here=True, admins=[admin.id])
    assert leaves_nobody(admin, roles=[Role.ADMIN], here=False, admins=[admin.id])
    assert not leaves_nobody(admin, roles=[Role.ADMIN], here=True, admins=[admin.id])
    assert not leaves_nobody(admin, roles=[], here=False, admins=[admin.id, UUID(int=9)])
    assert not leaves_nobody(SAM, roles=[], here=False, admins=[admin.id, UUID(int=9)])
