"""HTTP in: routes that must say who may call, commands that happen once, errors as problem+json.

Deny by default: an app with a route that names no callers refuses to start. What is open to the whole world
says so: `allow=("anyone",)`, and then nobody is known to be calling. Nothing personal is put in
URLs, and errors never repeat what was sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from pydantic_core import from_json

from shared.auth import Caller, KeyAuthenticator, SessionAuthenticator, TokenVerifier, may
from shared.db import Connection
from shared.errors import Forbidden, Invalid, Malformed, Problem, Unauthenticated, UnknownForm
from shared.ids import new_id
from shared.problems import BODY_PROBLEMS, READ_PROBLEMS, WRITE_PROBLEMS, ProblemShape
from shared.retry import Verdict, verdict_on
from shared.telemetry import current_traceparent
from shared.unit_of_work import Database, Origin, Transaction

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

KEY_PREFIX = "fhk_"
"""What the keys of other organisations' systems begin with; anything else is a signed token."""
ALLOWED = "x-allowed"
STATED = "X-Stated"
"""The header that names the events a command led to, so that its caller can tell when it has heard them."""
MOST_STATED = 20
"""How many of them are named: the last ones."""
ANYONE = "anyone"
"""Stands alone among those allowed: the route asks nobody who they are, and must not need to know."""
COLLISION_TRIES = 4
NOT_YOUR_ROLE = "your role does not include this"
"""How a refusal begins that another role would not have met."""

_bearer = HTTPBearer(auto_error=False, description="A signed token, or a key beginning with fhk_")


class Gate:
    """The dependency that lets callers in. Every route has one; `allowed` holds roles and kinds of caller."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = frozenset(allowed)

    async def __call__(self, request: Request, _bearer: Annotated[object, Depends(_bearer)]) -> None:
        """Admit the caller, unless the route did so already, before it read what was sent."""
        if getattr(request.state, "caller", None) is None:
            await self.admit(request)

    async def admit(self, request: Request) -> None:
        """Raise `Unauthenticated` or `Forbidden` unless the caller may pass."""
        caller = await self._caller_of(request)
        if not may(caller, self.allowed):
            raise Forbidden(self._why_not(caller))
        request.state.caller = caller

    def _why_not(self, caller: Caller) -> str:
        own = f"{caller.kind}:"
        lacking = sorted(name.removeprefix(own) for name in self.allowed if name.startswith(own))
        if lacking:
            return f"your key does not have the scope {' or '.join(lacking)}; a key that has it can do this"
        return f"{NOT_YOUR_ROLE}; it is open to: " + ", ".join(sorted(self.allowed))

    async def _caller_of(self, request: Request) -> Caller:
        by_session: SessionAuthenticator | None = request.app.state.session_authenticator
        if by_session is not None and "authorization" not in request.headers:
            return await by_session(request)
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credential:
            message = "send a token: `Authorization: Bearer ...`"
            raise Unauthenticated(message)
        if credential.startswith(KEY_PREFIX):
            by_key: KeyAuthenticator | None = request.app.state.key_authenticator
            if by_key is None:
                message = "keys are not used here; send a signed token"
                raise Unauthenticated(message)
            return await by_key(credential)
        verifier: TokenVerifier = request.app.state.verifier
        return verifier.caller_of(credential)


class OpenGate(Gate):
    """The gate of a route that is open to anyone: it asks for no credential and looks at none."""

    def __init__(self) -> None:
        super().__init__((ANYONE,))

    async def __call__(self) -> None:  # type: ignore[override]
        """Let anyone pass, as nobody: there is no caller, so that `Query` and `Command` do not work here."""

    async def admit(self, request: Request) -> None:
        """Let anyone pass."""


def _gate_for(allow: Sequence[str]) -> Gate:
    if ANYONE not in allow:
        return Gate(allow)
    if len(allow) > 1:
        raise TypeError("a route that anyone may call is open to all others as well; name nobody else")
    return OpenGate()


NUL_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""U+0000 as JSON writes it, and not the six characters after a backslash that is one itself."""


class _Opened(Request):
    """A request whose body was read already: only after its caller was admitted, and strictly."""

    def __init__(self, request: Request, body: bytes, content: object) -> None:
        super().__init__(request.scope, request.receive)
        self._opened = body, content

    async def body(self) -> bytes:
        """The body as it came."""
        return self._opened[0]

    async def json(self) -> object:
        """What it holds."""
        return self._opened[1]


async def _opened(request: Request) -> Request:
    body = await request.body()
    if not body:
        return _Opened(request, body, None)
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form != "application/json" and not (form.startswith("application/") and form.endswith("+json")):
        raise UnknownForm("send JSON, and say so: `Content-Type: application/json`")
    if NUL_ESCAPED.search(body):
        raise Malformed("the content holds the character U+0000, which no text here can hold")
    try:
        return _Opened(request, body, from_json(body, allow_inf_nan=False))
    except ValueError:
        # The parser's own words quote positions and pieces of what was sent.
        raise Malformed("the content is not JSON; please check brackets, quotes and commas") from None


class GuardedRoute(APIRoute):
    """A route that asks who is calling before it reads a byte of what was sent."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Admit, then read, then answer."""
        answer = super().get_route_handler()
        gates = [found.call for found in self.dependant.dependencies if isinstance(found.call, Gate)]
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def admit_first(request: Request) -> Response:
            for gate in gates:
                await gate.admit(request)
            if b"%00" in request.scope["query_string"] or "\0" in request.scope["path"]:
                raise Malformed("the address holds the character U+0000, which no text here can hold")
            return await answer(await _opened(request) if takes_json else request)

        return admit_first


class Routes(APIRouter):
    """A router whose every route says who may call it."""

    def __init__(self, *, problem_shape: ProblemShape | None = None, **options: Any) -> None:  # noqa: ANN401 - FastAPI's own options
        super().__init__(**({"route_class": GuardedRoute} | options))
        self.problem_shape = problem_shape
        """How problems are told below the router's prefix, where a standard has its own form for them."""

    def get(self, path: str, *, allow: Sequence[str], **options: Any) -> Callable[[T], T]:  # type: ignore[override]  # noqa: ANN401 - FastAPI's own options
        """Declare a read."""
        return self._guarded("GET", path, allow, options)

    def post(self, path: str, *, allow: Sequence[str], **options: Any) -> Callable[[T], T]:  # type: ignore[override]  # noqa: ANN401
        """Declare a command."""
        return self._guarded("POST", path, allow, options)

    def put(self, path: str, *, allow: Sequence[str], **options: Any) -> Callable[[T], T]:  # type: ignore[override]  # noqa: ANN401
        """Declare a command that sets a whole thing."""
        return self._guarded("PUT", path, allow, options)

    def patch(self, path: str, *, allow: Sequence[str], **options: Any) -> Callable[[T], T]:  # type: ignore[override]  # noqa: ANN401
        """Declare a command that changes a part."""
        return self._guarded("PATCH", path, allow, options)

    def _guarded(
        self, method: str, path: str, allow: Sequence[str], options: dict[str, Any]
    ) -> Callable[[T], T]:
        problems = READ_PROBLEMS if method == "GET" else WRITE_PROBLEMS | BODY_PROBLEMS
        if ANYONE in allow:
            problems = {status: shown for status, shown in problems.items() if status not in {401, 403}}
        return self.api_route(  # type: ignore[return-value]
            path,
            methods=[method],
            dependencies=[Depends(_gate_for(allow))],
            responses=problems | options.pop("responses", {}),
            openapi_extra={ALLOWED: sorted(allow)} | options.pop("openapi_extra", {}),
            **options,
        )


FIND_ANSWER = """
select route, request_hash, status, response::text as response
from idempotency
where caller = $1 and key = $2
"""

KEEP_ANSWER = """
insert into idempotency (caller, key, route, request_hash, status, response)
values ($1, $2, $3, $4, $5, $6::text::json)
"""


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A request that changes something. Effect and answer are kept under its key in one transaction."""

    caller: Caller
    key: str
    route: str
    request_hash: bytes
    status: int
    origin: Origin
    database: Database

    async def once(
        self, act: Callable[[Transaction], Awaitable[M]], *, kept: Callable[[M], M] | None = None
    ) -> M:
        """Run `act` in a transaction and answer with what it returns; a repeat gets the first answer again.

        `kept` makes of the answer what is kept for a repeat, where a part is a secret that is shown once.
        Raises `Invalid` when the key was used for something else. What looks like a model to the type
        checker is the finished response, so that first and repeated answers are the same bytes.
        """
        for tries_left in reversed(range(COLLISION_TRIES)):
            before = await self._kept_answer()
            if before is not None:
                return cast("M", before)
            try:
                return cast("M", await self._do(act, kept))
            except Problem:
                # What stands in the way may be this very request's own effect, which was sent twice.
                if (before := await self._kept_answer()) is None:
                    raise
                return cast("M", before)
            except Exception as error:
                # Another request, perhaps this very one sent twice, got there first: look again.
                if tries_left == 0 or verdict_on(error) is not Verdict.COLLISION:
                    raise
        raise AssertionError

    async def _do(
        self, act: Callable[[Transaction], Awaitable[M]], kept: Callable[[M], M] | None
    ) -> Response:
        async with self.database.transaction(self.origin) as tx:
            answer = await act(tx)
            body = answer.model_dump_json()
            keep = kept(answer).model_dump_json() if kept else body
            await tx.conn.execute(
                KEEP_ANSWER, self.caller.subject, self.key, self.route, self.request_hash, self.status, keep
            )
        stated = ",".join(str(event_id) for event_id in tx.stated[-MOST_STATED:])
        headers = {STATED: stated} if stated else None
        return Response(body, self.status, headers, media_type="application/json")

    async def _kept_answer(self) -> Response | None:
        async with self.database.reading() as conn:
            row = await conn.fetchrow(FIND_ANSWER, self.caller.subject, self.key)
        if row is None:
            return None
        if row["route"] != self.route or row["request_hash"] != self.request_hash:
            message = "this Idempotency-Key was used for another request; please make a new one"
            raise Invalid(message)
        headers = {"Idempotency-Replayed": "true"}
        return Response(row["response"], row["status"], headers, media_type="application/json")


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Required. A value of your own for each thing to be done; repeated, it is done once.",
        max_length=200,
    ),
]


async def _command(request: Request, key: IdempotencyKey = None) -> CommandRequest:
    if not key:
        message = "send an Idempotency-Key header, so that a repeated request is not done twice"
        raise Malformed(message)
    route = request.scope["route"]
    target = request.url.path + "?" + request.url.query
    return CommandRequest(
        caller=request.state.caller,
        key=key,
        route=f"{request.method} {route.path}",
        request_hash=hashlib.sha256(target.encode() + b"\0" + await request.body()).digest(),
        status=route.status_code or 200,
        origin=request.state.origin,
        database=request.app.state.database,
    )


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that changes nothing but what is kept about who read."""

    caller: Caller
    origin: Origin
    database: Database

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """Borrow a connection."""
        return self.database.reading()

    def recording(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction, for a read of which a trace must be kept: no trace, no answer."""
        return self.database.transaction(self.origin)


async def _query(request: Request) -> ReadRequest:
    return ReadRequest(request.state.caller, request.state.origin, request.app.state.database)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody unknown. `address` is where the connection comes from."""

    address: str
    origin: Origin
    database: Database

    async def act(self, act: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `act` in a transaction, again when another one was quicker; it must itself know a repeat."""
        for tries_left in reversed(range(COLLISION_TRIES)):
            try:
                async with self.database.transaction(self.origin) as tx:
                    return await act(tx)
            except Exception as error:
                if tries_left == 0 or verdict_on(error) is not Verdict.COLLISION:
                    raise
        raise AssertionError


async def _visit(request: Request) -> Visit:
    address = request.client.host if request.client else ""
    return Visit(address, request.state.origin, request.app.state.database)


Command = Annotated[CommandRequest, Depends(_command)]
"""The parameter type of endpoints that change something."""
Query = Annotated[ReadRequest, Depends(_query)]
"""The parameter type of endpoints that read."""
Visiting = Annotated[Visit, Depends(_visit)]
"""The parameter type of endpoints that anyone may call, be it to read or to change something."""


def Given(kind: type[T]) -> Any:  # noqa: ANN401, N802 - stands in annotations beside Depends
    """A dependency on the one object of this type that the service was built with."""

    def find(request: Request) -> T:
        given: dict[type, object] = request.app.state.given
        return cast("T", given[kind])

    return Depends(find)


def origin_of(request: Request) -> Origin:
    """The conversation and trace of a request: X-Correlation-Id where it is a UUID, else a new one."""
    try:
        correlation = UUID(request.headers.get("x-correlation-id", ""))
    except ValueError:
        correlation = new_id()
    return Origin(correlation, current_traceparent(request.headers.get("traceparent")))
