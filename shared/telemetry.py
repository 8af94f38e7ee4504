"""Every metric and span that the processes emit. These names are a contract with dashboards and alerts.

Traces follow W3C trace context from an HTTP request through the outbox and NATS into the handlers. Nothing
is exported unless an OTLP endpoint is configured; the context still travels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("foothold_events_published_total", "Events acknowledged by the stream")
PUBLISH_SECONDS = Histogram(
    "foothold_publish_seconds",
    "Time from handing a batch to NATS to its acknowledgement",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0),
)
OUTBOX_AGE = Gauge("foothold_outbox_oldest_seconds", "Age of the oldest event not known to be published")
HANDLED = Counter("foothold_messages_handled_total", "Messages whose effects are committed", ["consumer"])
REPEATED = Counter("foothold_messages_repeated_total", "Messages seen before, skipped", ["consumer"])
RETRIED = Counter("foothold_messages_retried_total", "Messages handed back for later", ["consumer"])
DEAD = Counter("foothold_messages_dead_total", "Messages moved to the dead letters", ["consumer"])
BATCH_SIZE = Histogram(
    "foothold_batch_size",
    "Messages handled in one transaction",
    ["consumer"],
    buckets=(1, 2, 5, 10, 25, 50, 100, 200),
)
HANDLE_SECONDS = Histogram(
    "foothold_handle_seconds",
    "Time to handle and commit one batch",
    ["consumer"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
)
REQUEST_SECONDS = Histogram(
    "foothold_request_seconds",
    "HTTP requests by route template, never by path",
    ["method", "route", "status"],
)
JOB_RUNS = Counter("foothold_job_items_total", "Things done by time-driven jobs", ["job"])
JOB_FAILURES = Counter("foothold_job_failures_total", "Runs of time-driven jobs that raised", ["job"])

_PROPAGATOR = TraceContextTextMapPropagator()
tracer = trace.get_tracer("foothold")


def start_tracing(service: str, *, endpoint: str | None, ratio: float) -> None:
    """Set tracing up, once per process. Without an endpoint spans are not recorded and cost nothing."""
    sampler: Sampler = ParentBased(TraceIdRatioBased(ratio)) if endpoint else ALWAYS_OFF
    provider = TracerProvider(
        sampler=sampler, resource=Resource.create({"service.name": f"foothold-{service}"})
    )
    if endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)


@contextmanager
def span_from(traceparent: str | None, name: str, *, kind: SpanKind) -> Iterator[Span]:
    """Run a block in a span that continues the given trace, or starts one."""
    context = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    with tracer.start_as_current_span(name, context=context, kind=kind) as span:
        yield span


def current_traceparent(default: str | None = None) -> str | None:
    """The W3C traceparent of the current span; the default where nothing is being traced."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", default)
