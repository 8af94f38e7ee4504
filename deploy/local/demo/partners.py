"""The partners of the demo: which organisations they are, and by which way each hears and answers.

Nothing of theirs is ours: each way is what a partner's own program would be, as docs/integrating.md shows it,
with nothing but the partner's own key, secret or mailbox.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import nats.errors
from nats.aio.client import Client
from standardwebhooks import Webhook

from contracts.published.cloud_event import STREAM
from shared.ids import new_id

Event = Mapping[str, Any]
Said = Mapping[str, str]

HEARS_WITHIN_SECONDS = 10.0
_LINK = re.compile(r"https?://\S+/r/\S+")
_FORM = re.compile(r'name="form" value="([^"]+)"')
LOCAL = ZoneInfo("Europe/London")
"""Where the people of the demo and their partners keep their clocks."""


class Partner(Protocol):
    """A partner's own program, or the person who reads its mail."""

    way: str
    """What the ledger calls its way."""
    words: str
    """What people call it."""
    how: str
    """What can be seen of it when it hears of a referral."""

    async def hears_of(self, referral_id: UUID) -> None:
        """Wait until it has heard of a referral."""

    async def says(self, referral_id: UUID, said: Said) -> None:
        """Answer."""


@dataclass(slots=True)
class Api:
    """A program with a key: it answers over HTTP."""

    http: httpx.AsyncClient
    """With the partner's key."""
    heard: dict[UUID, Event] = field(default_factory=dict)
    """What it heard, by referral."""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    way: str = "partner_api"
    words: str = "over HTTP"
    how: str = "sees it when it looks"

    async def take(self, event: Event) -> None:
        """Note an event."""
        async with self.news:
            self.heard[UUID(event["subject"])] = event
            self.news.notify_all()

    async def hears_of(self, referral_id: UUID) -> None:
        """Wait until an event about it was noted."""
        async with asyncio.timeout(HEARS_WITHIN_SECONDS), self.news:
            await self.news.wait_for(lambda: referral_id in self.heard)

    async def says(self, referral_id: UUID, said: Said) -> None:
        """Answer over HTTP."""
        answered = await self.http.post(
            f"/partner/referrals/{referral_id}/answers",
            json={"said": dict(said)},
            headers={"Idempotency-Key": str(new_id())},
        )
        answered.raise_for_status()


@dataclass(slots=True)
class Feed(Api):
    """A script that asks for what is new once in a while."""

    cursor: str | None = None
    way: str = "feed"
    words: str = "from the feed"
    how: str = "has a script that reads the feed now and then, and finds it there"

    async def hears_of(self, referral_id: UUID) -> None:
        """Read on from where it was, until the referral is among what was read."""
        async with asyncio.timeout(HEARS_WITHIN_SECONDS):
            while referral_id not in self.heard:
                place = {"after": self.cursor} if self.cursor else {}
                page = await self.http.get("/partner/events", params={"wait": "5"} | place)
                read = page.raise_for_status().json()
                for event in read["events"]:
                    await self.take(event)
                self.cursor = read["next"]


@dataclass(slots=True)
class Posted(Api):
    """An endpoint that webhooks are posted to; it looks at the signature before anything else."""

    way: str = "webhook"
    words: str = "by webhook"
    how: str = "hears of it by a webhook, and checks the signature"
    secret: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, as HTTP has it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.splitlines()[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        await self.take(Webhook(self.secret).verify(body, headers))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@dataclass(slots=True)
class Connected:
    """A program that is connected to NATS: it reads its own consumer, and answers with a request."""

    bus: Client
    """With the partner's key as its password."""
    consumer: str
    answers: str
    domain: str
    heard: set[UUID] = field(default_factory=set)
    way: str = "nats"
    words: str = "over NATS"
    how: str = "hears of it over NATS, on a connection of its own"

    async def hears_of(self, referral_id: UUID) -> None:
        """Read and acknowledge until the referral is among what was read."""
        stream = self.bus.jetstream(domain=self.domain)
        events = await stream.pull_subscribe_bind(consumer=self.consumer, stream=STREAM)
        async with asyncio.timeout(HEARS_WITHIN_SECONDS):
            while referral_id not in self.heard:
                for message in await events.fetch(1, timeout=HEARS_WITHIN_SECONDS):
                    self.heard.add(UUID((message.headers or {})["ce-subject"]))
                    await message.ack()
        await events.unsubscribe()

    async def says(self, referral_id: UUID, said: Said) -> None:
        """Send the answer, and look at what came of it."""
        answer = {"referral_id": str(referral_id), "answer_id": str(new_id()), "said": dict(said)}
        reply = await self.bus.request(self.answers, json.dumps(answer).encode(), timeout=10)
        taken = json.loads(reply.data)
        if "detail" in taken:
            raise nats.errors.Error(taken["detail"])


@dataclass(slots=True)
class Reader:
    """Somebody with an e-mail address and a browser, and no program at all."""

    mails: Callable[[], Awaitable[list[str]]]
    """Opens the mailbox: the bodies of all mails, oldest first."""
    browser: httpx.AsyncClient
    """With no key: the link is all there is."""
    link: str = ""
    way: str = "link"
    words: str = "by a link in an e-mail"
    how: str = "opens the link in an e-mail that says nothing about anybody"

    async def hears_of(self, referral_id: UUID) -> None:
        """Look into the mailbox until there is a mail; which referral it is about only the page tells."""
        del referral_id
        async with asyncio.timeout(HEARS_WITHIN_SECONDS):
            while not (mails := await self.mails()):  # noqa: ASYNC110 - as people do
                await asyncio.sleep(0.05)
        self.link = _LINK.findall(mails[-1])[0]

    async def says(self, referral_id: UUID, said: Said) -> None:
        """Open the page, fill in its form and send it."""
        del referral_id
        page = (await self.browser.get(self.link)).raise_for_status()
        form = {"form": html.unescape(_FORM.findall(page.text)[0]), **_filled_in(said)}
        (await self.browser.post(self.link, data=form, follow_redirects=True)).raise_for_status()


def _filled_in(said: Said) -> dict[str, str]:
    """The fields of the form: day and time as they are on the wall."""
    fields = dict(said)
    if "starts_at" in fields:
        meeting = datetime.fromisoformat(fields.pop("starts_at")).astimezone(LOCAL)
        fields |= {"date": f"{meeting:%Y-%m-%d}", "time": f"{meeting:%H:%M}"}
    return fields
