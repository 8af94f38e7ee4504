"""Who may connect to the broker with a secret that the broker does not know itself: NATS' auth callout.

The server asks for each connection whose user is not in its configuration; the answer is a user signed for
a short while, with the rights that the connection has and no others. A secret that opens nothing, or a
question that cannot be answered now, lets nobody in. Every copy of a service may answer: they share the
questions. Connections that may no longer be are ended within one review; whatever happens to us, none
outlives what was signed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Self

import nats
import nats.errors
import nkeys
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from shared.clock import real_now
from shared.errors import Problem
from shared.retry import describe

QUESTIONS = "$SYS.REQ.USER.AUTH"
CONNECTIONS = "$SYS.REQ.SERVER.PING.CONNZ"
AUDIENCE = "nats-authorization-request"
AT_A_TIME = 64
"""How many questions are being answered at once; the others wait their turn."""
SERVERS_ANSWER_WITHIN = 0.25
PAGE = 1024
MOST_EACH = 32
"""How many connections one name may have; the youngest beyond that are ended."""
RENEWED_AT_ONCE = 50
"""Nobody is served by hundreds of connections that come back in the same second."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a connection gets: a name that cannot be forged, and its rights in one account."""

    name: str
    account: str
    publish: Sequence[str]
    subscribe: Sequence[str]
    lifetime: timedelta
    most_subscriptions: int = 64
    most_bytes: int = 65_536
    """The largest message that it may publish."""


Decide = Callable[[str], Awaitable[Grant]]
"""Turns the secret that a connection presents into what it gets; raises a `Problem` when it opens nothing."""


class Issuer:
    """Signs users with an account's nkey, whose public half the server's configuration names."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._pair = nkeys.from_seed(bytearray(self._seed))

    @property
    def public_key(self) -> str:
        """What the server's configuration names."""
        return str(self._pair.public_key.decode())

    def token(self, purpose: str) -> str:
        """A word that only we can say for this purpose, the same each time."""
        return hmac.new(self._seed, purpose.encode(), hashlib.sha256).hexdigest()[:24]

    def user(self, nkey: str, grant: Grant) -> str:
        """Sign a user for the one connection that has this nkey."""
        return self._signed(
            {
                "sub": nkey,
                "aud": grant.account,
                "name": grant.name,
                "exp": int((real_now() + grant.lifetime).timestamp()),
                "nats": {
                    "type": "user",
                    "version": 2,
                    "pub": {"allow": list(grant.publish)},
                    "sub": {"allow": list(grant.subscribe)},
                    "subs": grant.most_subscriptions,
                    "payload": grant.most_bytes,
                    "data": -1,
                    "allowed_connection_types": ["STANDARD"],
                },
            }
        )

    def answer(self, question: Question, *, user: str = "", error: str = "") -> str:
        """Sign the answer to one question of one server."""
        said = {"jwt": user} if user else {"error": error}
        return self._signed(
            {
                "sub": question.nats.user_nkey,
                "aud": question.nats.server_id.id,
                "nats": {"type": "authorization_response", "version": 2, **said},
            }
        )

    def _signed(self, claims: dict[str, object]) -> str:
        claims |= {"iss": self.public_key, "iat": int(real_now().timestamp())}
        digest = hashlib.new("sha512_256", json.dumps(claims).encode()).digest()
        claims["jti"] = base64.b32encode(digest).decode().rstrip("=")
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
        return f"{text}.{_encoded(self._pair.sign(text.encode()))}"


def new_issuer_seed(random: bytes) -> str:
    """Make the seed of an issuer from 32 random bytes."""
    return str(nkeys.encode_seed(random, nkeys.PREFIX_BYTE_ACCOUNT).decode())


class _Server(BaseModel):
    id: str


class _Options(BaseModel):
    password: Annotated[str, Field(alias="pass")] = ""
    auth_token: str = ""


class _Asked(BaseModel):
    server_id: _Server
    user_nkey: str
    connect_opts: _Options


class Question(BaseModel):
    """What the server asks about one connection, as far as we read it."""

    aud: str
    nats: _Asked

    @property
    def secret(self) -> str:
        """What the connection presents, as a password or as a token."""
        return self.nats.connect_opts.password or self.nats.connect_opts.auth_token


class Connected(BaseModel):
    """A connection of somebody whom we let in."""

    cid: int
    start: AwareDatetime
    authorized_user: str = ""


class _Listed(BaseModel):
    server_id: str
    now: AwareDatetime
    connections: list[Connected] = []


class _Connections(BaseModel):
    data: _Listed


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection is: at which server, under which number, since when."""

    server_id: str
    cid: int
    age: timedelta


class Callout:
    """Answers the server's questions for as long as its context lasts, and ends connections."""

    def __init__(self, *, url: str, user: str, password: str, issuer: Issuer, decide: Decide) -> None:
        self._url, self._user, self._password = url, user, password
        self._issuer = issuer
        self._decide = decide
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._answering: set[asyncio.Task[None]] = set()
        self._connection = Client()

    async def __aenter__(self) -> Self:
        self._connection = await nats.connect(
            self._url,
            user=self._user,
            password=self._password,
            name=f"{self._user}-callout",
            inbox_prefix=f"_INBOX_{self._user}".encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,
            ping_interval=5,
            max_outstanding_pings=2,
            error_cb=_note,
        )
        await self._connection.subscribe(QUESTIONS, queue=self._user, cb=self._asked)
        await self._connection.flush()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self._connection.close()

    async def _asked(self, message: Msg) -> None:
        # Each in a task of its own: one that waits for the database holds up nobody else.
        task = asyncio.create_task(self._answer(message), name="callout")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, message: Msg) -> None:
        async with self._turns:
            try:
                question = _question_in(message.data)
                answer = await self._answer_to(question)
                await message.respond(answer.encode())
            except (ValueError, ValidationError, nats.errors.Error) as problem:
                # Unanswered, the server lets nobody in; whoever it was will try again.
                log.warning("callout_unanswered", error=describe(problem))

    async def _answer_to(self, question: Question) -> str:
        try:
            grant = await self._decide(question.secret)
        except Problem:
            return self._issuer.answer(question, error="this opens nothing, or no longer")
        except Exception as problem:  # noqa: BLE001 - whatever it is, nobody gets in by it
            log.warning("callout_failed", error=describe(problem))
            return self._issuer.answer(question, error="not available at the moment")
        return self._issuer.answer(question, user=self._issuer.user(question.nats.user_nkey, grant))

    async def connections(self, account: str) -> dict[str, list[Place]]:
        """Everybody who is connected to an account, at any server: places by the name that we gave."""
        found: dict[str, list[Place]] = {}
        offset = 0
        while True:
            pages = await self._page(account, offset)
            for page in pages:
                for one in page.connections:
                    place = Place(page.server_id, one.cid, page.now - one.start)
                    found.setdefault(one.authorized_user, []).append(place)
            if not any(len(page.connections) == PAGE for page in pages):
                return found
            offset += PAGE

    async def _page(self, account: str, offset: int) -> list[_Listed]:
        """Ask every server; how many there are only shows in how many answer."""
        inbox = self._connection.new_inbox()
        answers = await self._connection.subscribe(inbox)
        asked = {"auth": True, "acc": account, "limit": PAGE, "offset": offset}
        await self._connection.publish(CONNECTIONS, json.dumps(asked).encode(), reply=inbox)
        said: list[bytes] = []
        with contextlib.suppress(TimeoutError, nats.errors.TimeoutError):
            async with asyncio.timeout(SERVERS_ANSWER_WITHIN):
                while True:
                    said.append((await answers.next_msg(timeout=SERVERS_ANSWER_WITHIN)).data)
        await answers.unsubscribe()
        return [_Connections.model_validate_json(data).data for data in said]

    async def end(self, place: Place) -> None:
        """End a connection. It is not told why: whoever may come back does so by itself at once."""
        asked = json.dumps({"cid": place.cid}).encode()
        await self._connection.request(f"$SYS.REQ.SERVER.{place.server_id}.KICK", asked, timeout=2)

    async def review(
        self,
        account: str,
        *,
        still_open: Callable[[Collection[str]], Awaitable[Collection[str]]],
        renew_after: timedelta,
    ) -> int:
        """End connections whose names are no longer open, and renew those that are near their end.

        A connection that runs out is told so, and many libraries take that for final; one that is cut
        comes back by itself. Returns how many were ended because they are no longer open, or too many.
        """
        found = await self.connections(account)
        open_ = await still_open(found.keys()) if found else ()
        ended = [
            place
            for name, places in found.items()
            for place in (_youngest_beyond(MOST_EACH, places) if name in open_ else places)
        ]
        old = [p for name, places in found.items() if name in open_ for p in places if p.age > renew_after]
        for place in (*ended, *sorted(old, key=lambda p: p.age, reverse=True)[:RENEWED_AT_ONCE]):
            await self.end(place)
        return len(ended)


def _youngest_beyond(most: int, places: Sequence[Place]) -> Sequence[Place]:
    return sorted(places, key=lambda place: place.age, reverse=True)[most:]


def _question_in(data: bytes) -> Question:
    """Read a question. Nobody but the server can ask in its system account: the signature adds nothing."""
    claims = data.split(b".")[1]
    question = Question.model_validate_json(base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4)))
    if question.aud != AUDIENCE:
        raise ValueError("this is no question of ours")
    return question


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def _note(error: Exception) -> None:
    log.info("callout_connection", error=describe(error))
