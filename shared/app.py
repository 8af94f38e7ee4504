"""The HTTP app around a service's routes: documents, problems, health, metrics and request logs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from re import Pattern

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from fastapi_offline import FastAPIOffline
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.errors import Malformed, Problem, Transient
from shared.http import Gate, GuardedRoute, Routes, origin_of
from shared.openapi import OPERATIONS, OPTIONS, complete
from shared.problems import PROBLEM_JSON, ProblemDetails, ProblemShape
from shared.retry import Verdict, describe, verdict_on
from shared.telemetry import REQUEST_SECONDS, span_from
from shared.uploads import LARGEST

LARGEST_BODY = 1_000_000
DOCUMENTS = frozenset({"/docs", "/docs/oauth2-redirect"})
"""Pages of FastAPI's own, whose scripts stand in them; they show nothing of anybody."""
CONTENT_POLICY = "Content-Security-Policy"
OPEN_ROUTES = frozenset({"/livez", "/readyz", "/metrics", "/docs", "/docs/oauth2-redirect"})

log = structlog.get_logger(__name__)


def create_app(*, title: str, description: str, version: str, routes: Sequence[Routes]) -> FastAPI:
    """An app with these routes. Raises `TypeError` if one of them does not say who may call it."""
    app = FastAPIOffline(
        title=title,
        description=description,
        version=version,
        redoc_url=None,
        separate_input_output_schemas=False,
        **OPTIONS,
    )
    complete(app)
    for router in routes:
        _refuse_unguarded(router)
        app.include_router(router)
    app.state.headers = {}
    app.state.uploads = [upload for router in routes for upload in _uploads(router)]
    app.state.problem_shapes = {r.prefix: r.problem_shape for r in routes if r.problem_shape}
    app.add_exception_handler(Problem, _shaped(_answer_problem))
    app.add_exception_handler(RequestValidationError, _shaped(_answer_invalid))
    app.add_exception_handler(HTTPException, _shaped(_answer_http))
    app.add_exception_handler(ClientDisconnect, _shaped(_answer_gone))
    app.add_exception_handler(Exception, _shaped(_answer_unexpected))
    app.middleware("http")(_observe)
    return app


def _refuse_unguarded(router: Routes) -> None:
    # Routers hold those that they include as they are; only this looks into all of them.
    for context in iter_route_contexts(router.routes):
        route = context.original_route
        guarded = isinstance(route, GuardedRoute) and any(
            isinstance(dependency.call, Gate) for dependency in route.dependant.dependencies
        )
        if not guarded:
            message = f"{getattr(route, 'path', route)} does not say who may call it"
            raise TypeError(message)


def _uploads(router: Routes) -> Iterator[tuple[Pattern[str], int]]:
    for context in iter_route_contexts(router.routes):
        route = context.original_route
        if isinstance(route, GuardedRoute) and LARGEST in (route.openapi_extra or {}):
            yield route.path_regex, (route.openapi_extra or {})[LARGEST]


def _largest_for(request: Request) -> int:
    """How much this address takes; which route it is, is found out only after this."""
    uploads: Sequence[tuple[Pattern[str], int]] = request.app.state.uploads
    own = [
        up_to for path, up_to in uploads if request.method in {"POST", "PUT"} and path.match(request.url.path)
    ]
    return max(own, default=LARGEST_BODY)


def add_health(app: FastAPI, ready: Callable[[], Awaitable[dict[str, str]]]) -> None:
    """Add /livez (the process runs), /readyz (it can do its work; 503 and what is missing) and /metrics."""

    @app.get("/livez", tags=[OPERATIONS], summary="Whether the process runs")
    async def livez() -> dict[str, str]:
        """Answers as long as the process runs, whatever else does."""
        return {"status": "alive"}

    @app.get("/readyz", tags=[OPERATIONS], summary="Whether the service can do its work")
    async def readyz(response: Response) -> dict[str, str]:
        """Looks at everything it needs; 503 names what is missing."""
        checks = await ready()
        response.status_code = 200 if all(value == "ok" for value in checks.values()) else 503
        return checks

    @app.get("/metrics", tags=[OPERATIONS], summary="Prometheus metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def problem(status: int, title: str, detail: str, **extra: object) -> JSONResponse:
    """An `application/problem+json` answer."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    headers = (
        {"WWW-Authenticate": "Bearer"}
        if status == 401
        else {"Retry-After": "1"}
        if status in {429, 503}
        else None
    )
    return JSONResponse(content, status, headers, media_type=PROBLEM_JSON)


def _shaped(
    answer: Callable[[Request, Exception], Awaitable[Response]],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def shaped(request: Request, error: Exception) -> Response:
        return _in_shape(request, await answer(request, error))

    return shaped


def _in_shape(request: Request, answer: Response) -> Response:
    """The problem as the routes below this prefix tell theirs, also for a path that there is not."""
    shapes: dict[str, ProblemShape] = request.app.state.problem_shapes
    for prefix, shape in shapes.items():
        if request.url.path.startswith(f"{prefix}/") and answer.media_type == PROBLEM_JSON:
            shaped = shape(request, ProblemDetails.model_validate_json(bytes(answer.body)))
            own = {"content-type", "content-length"}
            shaped.headers.update({name: at for name, at in answer.headers.items() if name not in own})
            return shaped
    return answer


async def _answer_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error.status, error.title, error.detail, **error.extra)


async def _answer_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"][1:]) or "body", "problem": fault["msg"]}
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['field']}: {fault['problem']}" for fault in faults)
    return problem(422, "Something in the content is not right", detail, errors=faults)


async def _answer_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, str(error.detail), str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _answer_gone(_request: Request, _error: Exception) -> Response:
    """Nobody reads this; that somebody went away while sending is no mistake of ours, either."""
    return problem(Malformed.status, Malformed.title, "the connection ended before everything had come")


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    if verdict_on(error) in {Verdict.OUTAGE, Verdict.COLLISION}:
        log.warning("request_postponed", route=_route_of(request), error=describe(error))
        return problem(503, Transient.title, "please try again in a moment; nothing was changed")
    log.error("request_raised", route=_route_of(request), exc_info=error)
    return problem(500, Problem.title, "this is our mistake, not yours; nothing was changed")


def _route_of(request: Request) -> str:
    """The route template: never the path, which may hold identifiers."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "unknown"))


async def _answer(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer in any case: what is far too large unread, and what was raised as a problem."""
    if "transfer-encoding" in request.headers:
        missing = problem(411, "The length is missing", "send a Content-Length header with the content")
        return _in_shape(request, missing)
    if int(request.headers.get("content-length") or 0) > (largest := _largest_for(request)):
        detail = f"nothing here takes more than {largest:,} bytes"
        return _in_shape(request, problem(413, "The content is too large", detail))
    try:
        return await call_next(request)
    except Exception as error:  # noqa: BLE001 - the outermost place that can still answer
        return _in_shape(request, await _answer_unexpected(request, error))


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    started = time.perf_counter()
    with span_from(request.headers.get("traceparent"), f"HTTP {request.method}", kind=SpanKind.SERVER):
        request.state.origin = origin_of(request)
        response = await _answer(request, call_next)
    seconds = time.perf_counter() - started
    route = _route_of(request)
    if route not in OPEN_ROUTES:
        REQUEST_SECONDS.labels(request.method, route, response.status_code).observe(seconds)
        log.info(
            "request_answered",
            method=request.method,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            correlation_id=str(request.state.origin.correlation_id),
        )
    for name, value in request.app.state.headers.items():
        if name != CONTENT_POLICY or request.url.path not in DOCUMENTS:
            response.headers.setdefault(name, value)
    response.headers["X-Correlation-Id"] = str(request.state.origin.correlation_id)
    return response
