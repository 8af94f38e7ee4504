"""CloudEvents 1.0 in binary mode over NATS: what is written follows the rules and reads back the same."""

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import registry
from contracts.event import CONTENT_TYPE, Envelope, HeaderError

# From the specification: attribute names are lower-case letters and digits; times are RFC 3339.
ATTRIBUTE = re.compile(r"^ce-[a-z0-9]{1,20}$")
RFC3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
REQUIRED = ("ce-specversion", "ce-id", "ce-source", "ce-type")

zones = st.sampled_from([UTC, timezone(timedelta(hours=-6))])
moments = st.integers(0, 4_000_000_000_000_000).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
traces = st.from_regex(r"\A00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\Z")
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    type=st.sampled_from(sorted(registry.events())),
    source=st.sampled_from([f"/foothold/{name}" for name in registry.publishers()]),
    time=st.builds(datetime.astimezone, moments, zones),
    about=st.uuids(),
    correlation_id=st.uuids(),
    causation_id=st.none() | st.uuids(),
    traceparent=st.none() | traces,
)


@given(envelopes)
def test_headers_read_back_as_they_were_written(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.headers()) == envelope


@given(envelopes)
def test_headers_follow_the_specification(envelope: Envelope) -> None:
    headers = envelope.headers()

    assert all(headers.get(attribute) for attribute in REQUIRED)
    assert all(ATTRIBUTE.match(name) for name in headers if name.startswith("ce-"))
    assert RFC3339.match(headers["ce-time"])
    assert headers["ce-datacontenttype"] == CONTENT_TYPE
    assert headers["Nats-Msg-Id"] == headers["ce-id"] == str(envelope.id)
    for value in headers.values():
        # Anything else would have to be percent-encoded by the NATS binding, and nothing here needs that.
        assert re.fullmatch(r"[!#-$&-~]+", value)


@given(envelopes)
def test_what_is_absent_has_no_header(envelope: Envelope) -> None:
    headers = envelope.headers()

    assert ("ce-causationid" in headers) == (envelope.causation_id is not None)
    assert ("traceparent" in headers) == (envelope.traceparent is not None)


COMPLETE = Envelope(
    id=UUID(int=1),
    type="care.intake.client.registered.v1",
    source="/foothold/intake",
    time=datetime(2026, 11, 2, 15, 0, tzinfo=UTC),
    about=UUID(int=2),
    correlation_id=UUID(int=3),
).headers()


@pytest.mark.parametrize("name", ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "ce-subject"])
def test_a_missing_attribute_is_named(name: str) -> None:
    with pytest.raises(HeaderError, match=name):
        Envelope.from_headers({key: value for key, value in COMPLETE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce-specversion", "0.3"),
        ("ce-id", "not-a-uuid"),
        ("ce-subject", "Marisol"),
        ("ce-time", "yesterday"),
        ("ce-time", "2026-11-02T15:00:00"),
        ("ce-correlationid", "x"),
        ("ce-causationid", "x"),
    ],
)
def test_a_malformed_attribute_is_refused(name: str, value: str) -> None:
    with pytest.raises(HeaderError):
        Envelope.from_headers({**COMPLETE, name: value})


def test_another_publishers_event_without_our_extensions_starts_its_own_conversation() -> None:
    headers = {key: value for key, value in COMPLETE.items() if key != "ce-correlationid"}

    envelope = Envelope.from_headers({**headers, "ce-time": "2026-11-02T15:00:00Z"})

    assert envelope.correlation_id == envelope.id
    assert envelope.causation_id is None
