"""What somebody typed is not lost when their session ends: it is kept until they have signed in again.

It works without scripts. A form that comes with an ended session is written down for the one whose session it
was, and for nobody else; after signing in its page is shown with everything in it, and nothing has been sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.desk.commands.signing_in import digest_of
from services.desk.model.kept import KeptForm
from services.desk.model.staff import Viewer
from services.desk.policy import kept as policy
from services.desk.store import kept as store
from shared.clock import real_now
from shared.ids import new_id
from shared.unit_of_work import Database

SESSIONS_OF = timedelta(days=3)
"""How long ago somebody may have signed in whose form is still kept."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
BACK = "/kept"
"""Where who has signed in again is led to what they typed."""


async def keep(database: Database, request: Request, token: str) -> bool:
    """Keep what a form sends whose session has ended; whether it is kept.

    Nothing is read of what comes without a session that there was, from scripts, or is longer than anybody
    types.
    """
    if request.method != "POST" or not token or not _is_typed(request):
        return False
    now = real_now()
    async with database.reading() as conn:
        staff_id = await store.whose_session(conn, digest_of(token), now=now, within=SESSIONS_OF)
    if staff_id is None:
        return False
    try:
        async with request.form() as sent:
            pairs = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    except HTTPException:
        return False
    fields = policy.worth_keeping(request.url.path, pairs)
    page = next((one for one in _pages(request) if _is_shown(request, one)), None)
    if fields is None or page is None:
        return False
    form = KeptForm(id=new_id(), path=request.url.path, page=page, fields=fields)
    async with database.transaction() as tx:
        await store.keep(tx.conn, form, staff_id=staff_id, now=now)
    return True


async def again(database: Database, request: Request, viewer: Viewer) -> KeptForm | None:
    """The form of this person that a page is asked to show again.

    What was sent from such a page has come, and is thrown away.
    """
    if request.method == "POST":
        asked = parse_qs(urlsplit(request.headers.get("referer", "")).query).get(policy.MARK, [""])[0]
    else:
        asked = request.query_params.get(policy.MARK, "")
    form_id = _id(asked)
    if form_id is None:
        return None
    async with database.reading() as conn:
        if request.method == "POST":
            await store.forget(conn, form_id, staff_id=viewer.id)
            return None
        return await store.one(conn, form_id, staff_id=viewer.id, now=real_now())


async def lead_back(database: Database, viewer: Viewer) -> Response:
    """Lead somebody who has signed in again to what they typed last; home where there is nothing."""
    async with database.reading() as conn:
        form = await store.latest(conn, staff_id=viewer.id, now=real_now())
    return RedirectResponse(policy.marked(form.page, form.id) if form else "/", 303)


def _is_typed(request: Request) -> bool:
    """Whether somebody's browser sends a form of a page, not too long, and no script does."""
    headers = request.headers
    length = headers.get("content-length", "")
    return (
        headers.get("content-type", "").split(";")[0].strip().lower() in FORMS
        and "text/html" in headers.get("accept", "")
        and "hx-request" not in headers
        and length.isdecimal()
        # What is typed in another script takes several bytes a letter, each of which is sent as three.
        and int(length) <= policy.LARGEST * 9
    )


def _pages(request: Request) -> Iterator[str]:
    """Where the form may stand: where the browser says, where it is sent to, or above that."""
    came = policy.page_of(request.headers.get("referer", ""), request.headers.get("host", ""))
    if came is not None:
        yield came
    yield request.url.path
    yield request.url.path.rpartition("/")[0]


def _is_shown(request: Request, page: str) -> bool:
    """Whether there is a page at this address."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(page).path, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
