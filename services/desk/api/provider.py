"""Signing in through a provider of OpenID Connect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import Foundation
from services.desk.api.cookies import name_of_cookie
from services.desk.api.signing_in import Standing, asked, let_in
from services.desk.channels.oidc import Provider
from services.desk.commands import provider as commands
from services.desk.model.signing_in import Means
from services.desk.policy.provider import SOON, NotLetIn, vouched
from shared.errors import NotFound
from shared.http import ANYONE, Given, Routes

COOKIE = "foothold_going"
NOT_FINISHED = "Signing in was not finished. Please try again."
WHY_NOT: Mapping[NotLetIn, str] = {
    NotLetIn.NO_ROLE: (
        "You are known to your organisation, and it has not said yet what you do here."
        " Please ask whoever looks after accounts."
    ),
    NotLetIn.ENDED: "Your account here has ended. If that is a mistake, ask whoever looks after accounts.",
    NotLetIn.NO_ADDRESS: "Your organisation did not tell us your e-mail address, which is needed here.",
    NotLetIn.ADDRESS_TAKEN: (
        "There is an account with your e-mail address already. Please ask whoever looks after accounts."
    ),
}

routes = Routes(tags=["signing in"], include_in_schema=False)


class TheProvider:
    """The provider, where there is one."""

    def __init__(self, provider: Provider | None) -> None:
        self._provider = provider

    def there(self) -> Provider:
        """Raise `NotFound` where people sign in with passwords only."""
        if self._provider is None:
            raise NotFound("people sign in with a password here")
        return self._provider


Theirs = Annotated[TheProvider, Given(TheProvider)]


@routes.get("/sign-in/elsewhere", allow=(ANYONE,), response_class=Response)
async def go(standing: Standing, theirs: Theirs, after: str = "/") -> Response:
    """Go to the provider to sign in."""
    address, browser = await commands.go(standing.database, theirs.there(), after[:500])
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        name_of_cookie(standing.settings, COOKIE),
        browser,
        max_age=SOON,
        path="/",
        httponly=True,
        # The provider sends the browser back from another site.
        samesite="lax",
        secure=standing.settings.secure,
    )
    return answer


@routes.get("/sign-in/return", allow=(ANYONE,), response_class=HTMLResponse)
async def come_back(
    request: Request, standing: Standing, theirs: Theirs, *, state: str = "", code: str = ""
) -> Response:
    """Come back from the provider."""
    provider, settings = theirs.there(), standing.settings
    browser = request.cookies.get(name_of_cookie(settings, COOKIE), "")
    begun = await commands.come_back(standing.database, state=state, browser=browser)
    if begun is None or not code:
        return _not_in(standing, NOT_FINISHED, after=begun.after if begun else "/")
    claims = await provider.answer(code, nonce=begun.nonce, verifier=begun.verifier)
    if claims is None:
        return _not_in(standing, NOT_FINISHED, after=begun.after)
    who = vouched(
        claims,
        issuer=provider.issuer,
        roles_claim=settings.desk_oidc_roles_claim,
        roles=settings.desk_oidc_roles,
    )
    async with standing.database.transaction() as tx:
        staff = await commands.welcome(tx, who)
    if isinstance(staff, NotLetIn):
        return _not_in(standing, WHY_NOT[staff], after=begun.after)
    return await let_in(request, standing, staff, means=Means.OIDC, after=begun.after)


@routes.get("/sign-out/elsewhere", allow=(ANYONE,), response_class=Response)
async def leave(standing: Standing, theirs: Theirs) -> Response:
    """Sign out of the provider as well."""
    back = standing.settings.desk_public_url.rstrip("/") + "/sign-in"
    return RedirectResponse(await theirs.there().farewell(back) or back, 303)


def _not_in(standing: Foundation, words: str, *, after: str) -> Response:
    return asked(standing, after=after, wrong=words, status=403)
