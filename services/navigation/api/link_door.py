"""Who may come in by a link, how often, and what they are told when something goes wrong: pages, always."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import Header, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.navigation.api import link_pages as pages
from services.navigation.model.links import Link, LinkRules, Standing
from services.navigation.policy import links as policy
from services.navigation.store import links as store
from shared.clock import real_now
from shared.errors import Problem
from shared.http import Given, GuardedRoute, Visit
from shared.retry import Verdict, describe, verdict_on

NONCE_BYTES = 16

log = structlog.get_logger(__name__)


class PageRoute(GuardedRoute):
    """A route whose every answer is a page, whatever happens: people read it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer, and put into words what could not be answered."""
        handler = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            try:
                return await handler(request)
            except Problem as problem:
                return _trouble(problem.status)
            except RequestValidationError:
                return _trouble(422)
            except HTTPException as unreadable:
                return _trouble(unreadable.status_code)
            except Exception as error:
                if verdict_on(error) in {Verdict.OUTAGE, Verdict.COLLISION}:
                    return _trouble(503)
                log.exception("link_page_raised", error=describe(error))
                return _trouble(500)

        return in_words


def _trouble(status: int) -> Response:
    if status < 500:
        return pages.trouble_page(
            status,
            title="That could not be read",
            line="Please open the link from our e-mail again. Nothing was changed.",
        )
    answer = pages.trouble_page(
        status,
        title="This is our mistake, not yours",
        line="Nothing was changed. Please go back and try again in a moment.",
    )
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


@dataclass(frozen=True, slots=True)
class Links:
    """How links are made here; None where they are not."""

    rules: LinkRules | None


Linking = Annotated[Links, Given(Links)]
Forwarded = Annotated[str, Header(alias="X-Forwarded-For", include_in_schema=False)]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who came with a link of ours, and what it is worth."""

    token: str
    link: Link
    organization: str
    standing: Standing
    rules: LinkRules

    def form_token(self) -> str:
        """For a form of the page that is about to be shown."""
        return policy.form_token(self.link, secrets.token_bytes(NONCE_BYTES), self.rules.keys)


@dataclass(frozen=True, slots=True)
class TooOften:
    """Somebody who comes too often; welcome again after `seconds`."""

    seconds: int


async def at_the_door(visit: Visit, links: Links, token: str, forwarded: str) -> Visitor | TooOften | None:
    """Count the visit, and see what the token is worth; None for one that is none of ours."""
    rules = links.rules
    if rules is None:
        return None
    now = real_now()
    minute, second = divmod(int(now.timestamp()), 60)
    address = policy.origin_of_address(_address(visit, forwarded, rules.proxies))
    by_link = policy.slot_of(f"link {token}", minute, rules.keys)
    by_address = policy.slot_of(f"address {address}", minute, rules.keys)
    async with visit.database.reading() as conn:
        visits = await store.count_visit(conn, {by_link, by_address}, minute=minute)
        if visits[by_link] > rules.visits_of_link or visits[by_address] > rules.visits_from_address:
            return TooOften(60 - second)
        found = await store.by_digest(conn, policy.digest(token))
    standing = policy.standing(
        token,
        found.link if found else None,
        partner_revoked=found is not None and found.partner_revoked,
        now=now,
        keys=rules.keys,
    )
    if found is None or standing is Standing.UNKNOWN:
        return None
    return Visitor(token, found.link, found.name, standing, rules)


def _address(visit: Visit, forwarded: str, proxies: int) -> str:
    """Where a request came from: what the outermost proxy of ours saw; anything before it may be made up."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return hops[-proxies] if 0 < proxies <= len(hops) else visit.address
