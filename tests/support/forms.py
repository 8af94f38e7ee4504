"""Forms of pages, as a browser without scripts sends them."""

from __future__ import annotations

import html
import re

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">')


def hidden_in(text: str) -> dict[str, str]:
    """What the form of a page sends by itself."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(text)}


async def hidden(browser: httpx.AsyncClient, address: str) -> dict[str, str]:
    """What the form at an address sends by itself."""
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    return hidden_in(page.text)


async def fill_in(browser: httpx.AsyncClient, address: str, **fields: str) -> httpx.Response:
    """Open the form at an address, fill it in and send it."""
    return await browser.post(address, data=await hidden(browser, address) | fields)


async def sent(browser: httpx.AsyncClient, address: str, **fields: str) -> str:
    """Fill a form in and send it; gives the page that it leads to."""
    answer = await fill_in(browser, address, **fields)
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text
