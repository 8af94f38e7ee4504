"""Events are found by their subjects, each in the module of its publisher; streams follow from them."""

from typing import ClassVar

import pytest

from contracts import registry
from contracts.event import SUBJECT_PATTERN, Event
from contracts.events.base import ClientEvent
from contracts.events.intake import BarrierStated
from contracts.registry import streams
from contracts.streams import stream_for


def test_every_event_is_found_by_its_subject() -> None:
    for subject, event in registry.events().items():
        assert SUBJECT_PATTERN.match(subject)
        assert registry.event_for(subject) is event
    assert registry.event_for("care.intake.barrier.stated.v1") is BarrierStated


def test_what_events_share_is_not_an_event() -> None:
    assert ClientEvent not in registry.events().values()
    assert not hasattr(ClientEvent, "subject")


def test_an_unknown_subject_is_named_in_the_error() -> None:
    with pytest.raises(registry.UnknownSubjectError, match=r"care\.intake\.mood\.swung\.v1"):
        registry.event_for("care.intake.mood.swung.v1")


def test_each_event_is_published_by_exactly_one_service() -> None:
    found = [event for publisher in registry.publishers() for event in registry.published_by(publisher)]

    assert len(found) == len(set(found)) == len(registry.events())


class Misplaced(Event):
    """Says that another service publishes it."""

    subject: ClassVar[str] = "care.reminders.barrier.stated.v1"


class Doubled(Event):
    """Has the subject of another event."""

    subject: ClassVar[str] = BarrierStated.subject


class Misnamed(Event):
    """Has a subject that follows no pattern."""

    subject: ClassVar[str] = "barrier-stated"


def test_an_event_in_the_wrong_module_stops_the_start() -> None:
    with pytest.raises(ValueError, match="stands in"):
        registry._check(Misplaced, "intake", {})


def test_two_events_with_one_subject_stop_the_start() -> None:
    with pytest.raises(ValueError, match="Doubled and BarrierStated"):
        registry._check(Doubled, "intake", registry.events())


def test_a_subject_that_follows_no_pattern_stops_the_start() -> None:
    with pytest.raises(ValueError, match="barrier-stated"):
        registry._check(Misnamed, "intake", {})


def test_there_is_one_stream_per_publisher_and_every_event_is_in_it() -> None:
    assert {stream.name for stream in streams()} == {name.upper() for name in registry.publishers()}
    for event in registry.events().values():
        stream = stream_for(event)
        assert stream in streams()
        assert stream.name == event.stream()
        assert any(event.subject.startswith(subject.removesuffix(">")) for subject in stream.subjects)


def test_no_two_streams_share_a_subject() -> None:
    # The server refuses overlapping streams; better to learn that here.
    subjects = [subject for stream in streams() for subject in stream.subjects]
    assert len(subjects) == len(set(subjects))


def test_a_full_stream_refuses_rather_than_forgets() -> None:
    for stream in streams():
        assert (stream.storage, stream.discard, stream.retention) == ("file", "new", "limits")
        assert stream.max_age.days == 30
        assert stream.duplicate_window.total_seconds() == 600
        assert stream.allow_atomic
        assert stream.allow_direct
        assert stream.max_bytes > 0
