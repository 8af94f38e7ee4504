"""The cookie by which somebody is signed in: out of reach of scripts, other sites and other hosts."""

from __future__ import annotations

from fastapi import Request, Response

from services.desk.settings import DeskSettings

COOKIE = "foothold_session"
_LOCKED = "__Host-"
"""Browsers take a cookie of such a name only over https, from the very host, and for all of its paths."""


def name_of_cookie(settings: DeskSettings, name: str = COOKIE) -> str:
    """What the cookie is called here."""
    return _LOCKED + name if settings.secure else name


def session_in(request: Request, settings: DeskSettings) -> str:
    """What the browser's cookie holds; empty when it has none."""
    return request.cookies.get(name_of_cookie(settings), "")


def set_session(answer: Response, token: str, settings: DeskSettings) -> None:
    """Have the browser keep the session, at most for as long as it can last."""
    answer.set_cookie(
        name_of_cookie(settings),
        token,
        max_age=int(settings.longest_session.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )


def forget_session(answer: Response, settings: DeskSettings) -> None:
    """Have the browser forget it."""
    answer.delete_cookie(
        name_of_cookie(settings), path="/", httponly=True, samesite="lax", secure=settings.secure
    )
