"""Which services fit a need, in which order, and why."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import Answer, Capacity, ServiceFeature, ServiceStatus, Setting
from contracts.values import Candidate, HelpFilters
from services.navigation.model.directory import EVERYWHERE, Listing, half_hours
from services.navigation.model.matching import Need
from services.navigation.policy.checks import weekly_mask
from services.navigation.policy.matching import BRIEF, ENOUGH, FULL, match, objections
from shared.ids import new_id
from tests.support.builders import client_context, weekly
from tests.support.builders_navigation import PEERS, RIDES, everywhere, knows_nothing, listing, need

SATURDAYS_ONLY = half_hours(6, 9 * 60, 17 * 60)
BORN_1991 = date(1991, 3, 14)
UNWANTED = new_id()

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def answer_to(name: str, candidate: Candidate) -> Answer | None:
    return next((check.answer for check in candidate.checks if check.name == name), None)


def only(wanted: Need, service: Listing) -> Candidate:
    found = match(wanted, [service])
    assert len(found.candidates) == 1
    return found.candidates[0]


CHECKS: list[tuple[str, str, dict[str, object], dict[str, object], Answer]] = [
    ("an open service is open", "status", {}, {}, YES),
    ("a closed one is not", "status", {}, {"status": ServiceStatus.TEMPORARILY_CLOSED}, NO),
    ("a defunct one is not", "status", {}, {"status": ServiceStatus.DEFUNCT}, NO),
    ("the postcode is in its area", "area", {"postcode": "ls1 4ap"}, {"areas": ("LS",)}, YES),
    ("the postcode is elsewhere", "area", {"postcode": "BD1 1AA"}, {"areas": ("LS",)}, NO),
    ("it serves everywhere", "area", {"postcode": None}, {"areas": EVERYWHERE}, YES),
    ("its area is not known", "area", {"postcode": "LS1 4AP"}, {"areas": None}, UNKNOWN),
    ("the postcode is not known", "area", {"postcode": None}, {"areas": ("LS",)}, UNKNOWN),
    ("the language is spoken", "language", {"language": "es"}, {"languages": frozenset({"en", "es"})}, YES),
    ("a regional tag counts", "language", {"language": "pt-BR"}, {"languages": frozenset({"pt"})}, YES),
    ("the language is not spoken", "language", {"language": "so"}, {"languages": frozenset({"en"})}, NO),
    ("the languages are not known", "language", {"language": "es"}, {"languages": None}, UNKNOWN),
    ("old enough", "age", {"born_on": BORN_1991}, {"minimum_age": 18.0}, YES),
    ("too young", "age", {"born_on": date(2010, 5, 1)}, {"minimum_age": 18.0}, NO),
    ("eighteen tomorrow", "age", {"born_on": date(2008, 11, 24)}, {"minimum_age": 18.0}, NO),
    ("eighteen today", "age", {"born_on": date(2008, 11, 23)}, {"minimum_age": 18.0}, YES),
    ("too old", "age", {"born_on": BORN_1991}, {"maximum_age": 25.0}, NO),
    ("in the last year that counts", "age", {"born_on": date(2001, 1, 1)}, {"maximum_age": 25.0}, YES),
    ("an age that nobody told", "age", {"born_on": None}, {"minimum_age": 18.0}, UNKNOWN),
    ("no limit, so no age is needed", "age", {"born_on": None}, {}, YES),
    ("free, and it has to be", "cost", {"free_only": True}, {"free": True}, YES),
    ("costs money, and must not", "cost", {"free_only": True}, {"free": False}, NO),
    ("nobody says what it costs", "cost", {"free_only": True}, {"free": None}, UNKNOWN),
    ("may cost something", "cost", {"free_only": False}, {"free": False}, YES),
    ("open when the client can come", "hours", {"available": (weekly(6, "10:00", "12:00"),)}, {}, YES),
    (
        "open only when they cannot",
        "hours",
        {"available": (weekly(2, "18:00", "20:00"),)},
        {"open_hours": SATURDAYS_ONLY},
        NO,
    ),
    (
        "the times touch and do not overlap",
        "hours",
        {"available": (weekly(6, "17:00", "19:00"),)},
        {"open_hours": SATURDAYS_ONLY},
        NO,
    ),
    (
        "no hours are known",
        "hours",
        {"available": (weekly(6, "10:00", "12:00"),)},
        {"open_hours": None},
        UNKNOWN,
    ),
    ("the client named no times", "hours", {"available": ()}, {"open_hours": SATURDAYS_ONLY}, YES),
    (
        "by telephone it is open then",
        "hours",
        {"available": (weekly(2, "18:00", "20:00"),), "setting": Setting.REMOTE},
        {"open_hours": SATURDAYS_ONLY, "remote_hours": half_hours(2, 18 * 60, 21 * 60)},
        YES,
    ),
    ("all is accessible", "accessibility", {"access_needs": frozenset({"wheelchair"})}, {}, YES),
    ("something is missing", "accessibility", {"access_needs": frozenset({"hearing_loop"})}, {}, NO),
    (
        "nobody says",
        "accessibility",
        {"access_needs": frozenset({"wheelchair"})},
        {"accessibility": None},
        UNKNOWN,
    ),
    ("nothing is needed", "accessibility", {}, {"accessibility": None}, YES),
    ("there are places", "capacity", {}, {"capacity": Capacity.HAS}, YES),
    ("there is a waiting list", "capacity", {}, {"capacity": Capacity.WAITLIST}, YES),
    ("it is full", "capacity", {}, {"capacity": Capacity.NONE}, NO),
    ("nobody said", "capacity", {}, {"capacity": Capacity.UNKNOWN}, UNKNOWN),
    (
        "the client ruled it out",
        "excluded",
        {"excluded_organizations": frozenset({UNWANTED})},
        {"organization_id": UNWANTED},
        NO,
    ),
    ("the client ruled out another", "excluded", {"excluded_organizations": frozenset({UNWANTED})}, {}, YES),
    ("it can be visited", "setting", {"setting": Setting.IN_PERSON}, {"in_person": True}, YES),
    ("it cannot be visited", "setting", {"setting": Setting.IN_PERSON}, {"in_person": False}, NO),
    ("nobody says if it can", "setting", {"setting": Setting.IN_PERSON}, {"in_person": None}, UNKNOWN),
    ("it works by telephone", "setting", {"setting": Setting.REMOTE}, {"remote": True}, YES),
    ("only in person", "setting", {"setting": Setting.REMOTE}, {"remote": False}, NO),
    ("either will do", "setting", {"setting": Setting.EITHER}, {"remote": None, "in_person": None}, YES),
]


@pytest.mark.parametrize(
    ("check", "client", "service", "expected"),
    [case[1:] for case in CHECKS],
    ids=[f"{case[1]}: {case[0]}" for case in CHECKS],
)
def test_each_check_answers_yes_no_or_unknown(
    check: str, client: dict[str, object], service: dict[str, object], expected: Answer
) -> None:
    candidate = only(need(client_context(**client)), listing(**service))

    # Of a rejected service only what speaks against it is kept.
    found = answer_to(check, candidate)
    assert found is expected
    assert (candidate.eligible is NO) == (expected is NO)


@pytest.mark.parametrize(
    ("feature", "has", "lacks"),
    [
        (ServiceFeature.FREE, {"free": True}, {"free": False}),
        (ServiceFeature.EVENINGS, {"open_hours": half_hours(2, 1080, 1200)}, {"open_hours": SATURDAYS_ONLY}),
        (ServiceFeature.WEEKENDS, {"open_hours": SATURDAYS_ONLY}, {"open_hours": half_hours(2, 540, 1020)}),
        (ServiceFeature.VIRTUAL, {"remote": True}, {"remote": False}),
        (ServiceFeature.IN_PERSON, {"in_person": True}, {"in_person": False}),
        (ServiceFeature.CLIENT_LANGUAGE, {"languages": frozenset({"en"})}, {"languages": frozenset({"fr"})}),
        (ServiceFeature.HAS_CAPACITY, {"capacity": Capacity.HAS}, {"capacity": Capacity.WAITLIST}),
    ],
)
def test_what_the_playbook_must_have_rejects_and_what_it_prefers_only_ranks(
    feature: ServiceFeature, has: dict[str, object], lacks: dict[str, object]
) -> None:
    anytime = client_context(available=())
    with_it, without = listing(**has), listing(**lacks)
    demanding = need(anytime, filters=HelpFilters(must=frozenset({feature})))

    found = match(demanding, [without, with_it])

    assert [c.service_id for c in found.options] == [with_it.service_id]
    assert [c.service_id for c in found.rejected] == [without.service_id]
    assert answer_to(f"must_be_{feature.value}", found.options[0]) is YES

    if feature is not ServiceFeature.CLIENT_LANGUAGE:
        preferring = match(
            need(anytime, filters=HelpFilters(prefer=frozenset({feature}))), [without, with_it]
        )
        avoiding = match(need(anytime, filters=HelpFilters(avoid=frozenset({feature}))), [without, with_it])
        assert preferring.best is not None
        assert avoiding.best is not None
        assert preferring.best.service_id == with_it.service_id
        if feature is not ServiceFeature.HAS_CAPACITY:
            assert avoiding.best.service_id == without.service_id


def test_an_unknown_is_never_a_no_and_ranks_behind_what_is_known() -> None:
    context = client_context(access_needs=frozenset({"wheelchair"}), free_only=True)
    nothing_known, known = knows_nothing(), listing(assured_date=None)

    found = match(need(context), [nothing_known, known])

    assert [c.service_id for c in found.options] == [known.service_id, nothing_known.service_id]
    assert found.options[1].eligible is UNKNOWN
    assert any(reason.startswith("To be asked:") for reason in found.options[1].reasons)


RANKINGS: list[tuple[str, dict[str, object], dict[str, object], dict[str, object]]] = [
    ("a place comes before a waiting list", {}, {"capacity": Capacity.WAITLIST}, {}),
    (
        "the kind of help named first comes first",
        {"codes": (PEERS,)},
        {"codes": (RIDES,)},
        {"resource_codes": (PEERS, RIDES)},
    ),
    ("a fresh entry comes before a stale one", {}, {"assured_date": date(2024, 1, 1)}, {}),
    ("any date comes before none", {"assured_date": date(2024, 1, 1)}, {"assured_date": None}, {}),
]


@pytest.mark.parametrize(
    ("better", "worse", "wanted"), [case[1:] for case in RANKINGS], ids=[case[0] for case in RANKINGS]
)
def test_ranking(better: dict[str, object], worse: dict[str, object], wanted: dict[str, object]) -> None:
    first, second = listing(**better), listing(**worse)

    found = match(need(None, **wanted), [second, first])

    assert [c.service_id for c in found.options] == [first.service_id, second.service_id]
    assert [c.rank for c in found.options] == [1, 2]


def test_who_answers_quickly_comes_before_who_takes_a_week() -> None:
    slow, quick = listing(), listing()
    times = {slow.organization_id: 7 * 86_400.0, quick.organization_id: 3_600.0}

    found = match(need(answers_within=times), [slow, quick])

    assert found.best is not None
    assert found.best.service_id == quick.service_id
    assert "They usually answer within a day." in found.best.reasons


def test_what_was_asked_already_is_not_asked_again() -> None:
    before, next_one = listing(), listing()

    found = match(need(tried=frozenset({before.service_id})), [before, next_one])

    assert [c.service_id for c in found.options] == [next_one.service_id]
    assert [c.reason for c in found.rejected[0].checks] == ["It was asked for this before."]


def test_ties_break_on_the_id_so_that_a_replay_chooses_the_same() -> None:
    twins = sorted((listing() for _ in range(6)), key=lambda one: one.service_id.int, reverse=True)

    found = match(need(), twins)

    assert [c.service_id for c in found.options] == sorted(t.service_id for t in twins)[: FULL.options]


def test_every_option_carries_every_check_with_a_reason_to_read() -> None:
    found = match(need(client_context(free_only=True)), [listing()])

    names = [check.name for check in found.options[0].checks]
    assert sorted(names) == [
        "accessibility",
        "age",
        "area",
        "capacity",
        "cost",
        "excluded",
        "hours",
        "language",
        "setting",
        "status",
    ]
    assert all(check.reason.endswith(".") for check in found.options[0].checks)


def test_the_rejected_are_kept_up_to_a_number_and_counted_beyond_it() -> None:
    full = [listing(capacity=Capacity.NONE) for _ in range(FULL.rejected + 5)]

    found = match(need(), full)

    assert found.best is None
    assert len(found.rejected) == FULL.rejected
    assert found.rejected_more == 5
    assert all(c.checks[0].reason == "It has no places at the moment." for c in found.rejected)


def test_how_much_is_kept_decides_nothing_else() -> None:
    found = [listing() for _ in range(6)] + [listing(capacity=Capacity.NONE) for _ in range(6)]

    brief, full = match(need(), found, keep=BRIEF), match(need(), found, keep=FULL)

    assert brief.options == full.options[: BRIEF.options]
    assert brief.runner_up == full.runner_up
    assert len(brief.rejected) + brief.rejected_more == len(full.rejected) + full.rejected_more == 6


def test_the_search_ends_when_enough_services_fit() -> None:
    looked_at = 0

    def one_after_another() -> object:
        nonlocal looked_at
        for _ in range(10 * ENOUGH):
            looked_at += 1
            yield listing()

    match(need(), one_after_another())  # type: ignore[arg-type]

    assert looked_at == ENOUGH


def test_objections_name_everything_against_one_service_now() -> None:
    against = objections(
        need(client_context(language="so")), listing(capacity=Capacity.NONE, status=ServiceStatus.INACTIVE)
    )

    assert {check.name for check in against} == {"status", "capacity", "language"}
    assert objections(need(), listing()) == ()


def test_only_whole_half_hours_of_a_window_count() -> None:
    assert weekly_mask([weekly(1, "09:10", "10:20")]) == half_hours(1, 9 * 60 + 30, 10 * 60)
    assert weekly_mask([weekly(1, "09:10", "09:25")]) == 0
    assert weekly_mask([]) == 0


maybe = st.none() | st.booleans()
services = st.builds(
    listing,
    status=st.sampled_from(ServiceStatus),
    capacity=st.sampled_from(Capacity),
    free=maybe,
    remote=maybe,
    in_person=maybe,
    languages=st.none() | st.frozensets(st.sampled_from(["en", "es", "so"])),
    areas=st.sampled_from([None, EVERYWHERE, ("LS",), ("BD",)]),
    minimum_age=st.none() | st.sampled_from([16.0, 18.0, 65.0]),
    open_hours=st.sampled_from([None, 0, SATURDAYS_ONLY, half_hours(2, 1080, 1260)]),
    accessibility=st.none() | st.frozensets(st.sampled_from(["wheelchair", "hearing_loop"])),
    assured_date=st.none() | st.dates(date(2023, 1, 1), date(2026, 11, 22)),
    organization_id=st.sampled_from([UNWANTED, *(new_id() for _ in range(3))]),
)
clients = st.builds(
    client_context,
    language=st.sampled_from(["en", "es", "pt-BR"]),
    postcode=st.sampled_from([None, "LS1 4AP", "BD1 1AA"]),
    free_only=st.booleans(),
    setting=st.sampled_from(Setting),
    access_needs=st.frozensets(st.sampled_from(["wheelchair", "hearing_loop"])),
    excluded_organizations=st.sampled_from([frozenset(), frozenset({UNWANTED})]),
    available=st.sampled_from([(), (weekly(2, "18:00", "20:00"),)]),
)
features = st.frozensets(st.sampled_from(ServiceFeature), max_size=2)
needs = st.builds(
    need, clients, filters=st.builds(HelpFilters, must=features, prefer=features, avoid=features)
)


@given(wanted=needs, found=st.lists(services, max_size=ENOUGH - 1), seed=st.integers())
def test_the_order_in_which_services_are_given_never_matters(
    wanted: Need, found: list[Listing], seed: int
) -> None:
    shuffled = list(found)
    Random(seed).shuffle(shuffled)

    assert match(wanted, shuffled).options == match(wanted, found).options


@given(wanted=needs, found=st.lists(services, max_size=12))
def test_a_full_closed_or_unwanted_service_is_never_an_option(wanted: Need, found: list[Listing]) -> None:
    by_id = {one.service_id: one for one in found}

    options = [by_id[c.service_id] for c in match(wanted, found).options]

    assert all(one.capacity is not Capacity.NONE for one in options)
    assert all(one.status is ServiceStatus.ACTIVE for one in options)
    assert all(one.organization_id not in wanted.client.excluded_organizations for one in options)
    assert all(one.free is not False for one in options if wanted.client.free_only)


@given(wanted=needs, found=st.lists(services, max_size=12))
def test_everything_looked_at_is_an_option_rejected_with_a_reason_or_counted(
    wanted: Need, found: list[Listing]
) -> None:
    result = match(wanted, found)

    assert all(c.rank is None and c.eligible is NO for c in result.rejected)
    assert all({check.answer for check in c.checks} == {NO} for c in result.rejected)
    assert all(c.rank is not None and c.eligible is not NO for c in result.options)
    fitting = len(found) - len(result.rejected) - result.rejected_more
    assert len(result.options) == min(FULL.options, fitting)


def test_a_service_for_everybody_serves_a_client_whose_place_is_not_known() -> None:
    found = match(need(client_context(postcode=None)), [everywhere()])

    assert found.options[0].eligible is YES
