"""How often it may be tried to sign in, what a password must be, and what browsers are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.desk.model.signing_in import Counted, Tries

WINDOW = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200


MOST_TRIES: Mapping[Counted, int] = {
    Counted.ACCOUNT_FROM_ADDRESS: 5,
    # Higher, so that somebody elsewhere does not so easily keep a person from their own account.
    Counted.ACCOUNT: 20,
    # A whole office may come from one.
    Counted.ADDRESS: 100,
}


def wait_until(tried: list[Tries]) -> datetime | None:
    """Until when nobody is let try again; None when this try may go on."""
    over = [one.began_at + WINDOW for one in tried if one.tries > MOST_TRIES[one.counted]]
    return max(over, default=None)


def fault_in(password: str, *, email: str, name: str) -> str | None:
    """What is wrong with a password that somebody wants to have, in plain words. Length is what counts."""
    small = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        return f"Please use at least {SHORTEST_PASSWORD} characters; a few words in a row are good"
    if len(password) > LONGEST_PASSWORD:
        return f"Please use at most {LONGEST_PASSWORD} characters"
    if len(set(small)) < 5:
        return "Please use more than a few different characters"
    if small in {email.casefold(), name.casefold()} or small.startswith(email.partition("@")[0].casefold()):
        return "Please choose something that is not your name or address"
    return None


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """What kind of browser it says to be, such as `Firefox on Windows`; enough to know one's own by."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
