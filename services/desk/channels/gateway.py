"""Commands to the services that own things, on the behalf of who is signed in.

Each request carries a token of a minute for exactly that person, the key of the form that was sent (so that
sending it twice does it once), and the desk's correlation id. A service's answer comes back as it is; its
refusal as the very problem it is; silence as `Transient`.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.auth import Caller, issue_token
from shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    TooMany,
    Transient,
    Unauthenticated,
    UnknownForm,
)
from shared.http import STATED

TOKEN_LASTS = timedelta(minutes=1)
UPLOAD_SECONDS = 120.0
"""How long a service may take to take in a file."""
_PROBLEMS: Mapping[int, type[Problem]] = {
    kind.status: kind
    for kind in (Malformed, Unauthenticated, Forbidden, NotFound, UnknownForm, Invalid, TooMany)
}
AWAY = (
    "We could not reach the part of Foothold that does this. Nothing was changed;"
    " please try again in a moment."
)


@dataclass(frozen=True, slots=True)
class Done:
    """What a service answered, and the events that it stated in doing so."""

    answer: Mapping[str, Any]
    stated: tuple[UUID, ...]
    """Empty for a repeat: they were stated the first time."""


class Owner(StrEnum):
    """The services that own what the desk shows."""

    INTAKE = "intake"
    BARRIERS = "barriers"
    NAVIGATION = "navigation"
    REMINDERS = "reminders"


class _Told(BaseModel):
    title: str = ""
    detail: str = ""
    possible: tuple[str, ...] = ()
    errors: tuple[dict[str, str], ...] = ()
    conflicts: tuple[dict[str, Any], ...] = ()
    """What somebody else changed, field by field."""
    version: int | None = None
    """The version to send it on once more."""
    under_way: dict[str, Any] | None = None
    """What has to end first."""


_ANSWER: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Gateway(AbstractAsyncContextManager["Gateway"]):
    """The way to every service. Enter it before the first request."""

    def __init__(self, addresses: Mapping[Owner, str], *, private_key: str, seconds: float) -> None:
        self._addresses = addresses
        self._private_key = private_key
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        await self._client.__aexit__(kind, error, trace)

    async def read(
        self, owner: Owner, path: str, *, caller: Caller, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Ask a service for something. Raises as `send` does."""
        return await self._answered(
            self._client.build_request(
                "GET", self._addresses[owner] + path, params=params, headers=self._headers(caller)
            )
        )

    @asynccontextmanager
    async def opened(
        self, owner: Owner, path: str, *, caller: Caller, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Ask for something large; it comes piece by piece while the block lasts. Raises as `send` does."""
        request = self._client.build_request(
            "GET", self._addresses[owner] + path, params=params, headers=self._headers(caller)
        )
        answer = await self._answered(request, stream=True)
        try:
            yield answer.aiter_bytes()
        finally:
            await answer.aclose()

    async def send(  # noqa: PLR0913 - what a request is made of
        self,
        owner: Owner,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        caller: Caller,
        key: str,
        correlation_id: UUID,
        if_match: str | None = None,
        seconds: float | None = None,
    ) -> Done:
        """Have a service do something, once for each key; gives its answer, and what it stated.

        `seconds` is how long that may take, where it is longer than anything else.

        Raises the problem that the service told, `Conflict` with what is possible among them, and `Transient`
        when it did not answer.
        """
        headers = self._headers(caller) | {"Idempotency-Key": key, "X-Correlation-Id": str(correlation_id)}
        if if_match is not None:
            headers["If-Match"] = if_match
        answer = await self._answered(
            self._client.build_request(
                method,
                self._addresses[owner] + path,
                json=body or {},
                headers=headers,
                timeout=httpx.USE_CLIENT_DEFAULT if seconds is None else seconds,
            )
        )
        named = answer.headers.get(STATED, "")
        return Done(
            _ANSWER.validate_json(answer.content) if answer.content else {},
            tuple(UUID(event_id) for event_id in named.split(",") if event_id),
        )

    async def upload(  # noqa: PLR0913 - what a file is sent with
        self,
        owner: Owner,
        path: str,
        pieces: AsyncIterable[bytes],
        *,
        form: str,
        length: int,
        caller: Caller,
        key: str,
        params: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Mapping[str, Any]:
        """Send a file of this media type, piece by piece; gives the answer. Raises as `send` does."""
        headers = self._headers(caller) | {
            "Idempotency-Key": key,
            "Content-Type": form,
            "Content-Length": str(length),
        }
        answer = await self._answered(
            self._client.build_request(
                method,
                self._addresses[owner] + path,
                params=params,
                content=pieces,
                headers=headers,
                timeout=UPLOAD_SECONDS,
            )
        )
        return _ANSWER.validate_json(answer.content)

    def _headers(self, caller: Caller) -> dict[str, str]:
        token = issue_token(self._private_key, caller, lifetime=TOKEN_LASTS)
        return {"Authorization": f"Bearer {token}"}

    async def _answered(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        try:
            answer = await self._client.send(request, stream=stream)
            if not answer.is_success:
                await answer.aread()
        except httpx.HTTPError:
            raise Transient(AWAY) from None
        if answer.is_success:
            return answer
        raise _problem(answer)


def _problem(answer: httpx.Response) -> Problem:
    try:
        told = _Told.model_validate_json(answer.content)
    except ValidationError:
        told = _Told()
    if answer.status_code == Conflict.status:
        return Conflict(
            told.detail,
            possible=told.possible,
            conflicts=told.conflicts,
            version=told.version,
            under_way=told.under_way,
        )
    kind = _PROBLEMS.get(answer.status_code)
    return kind(told.detail, errors=list(told.errors)) if kind and told.detail else Transient(AWAY)
