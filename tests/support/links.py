"""A partner that has nothing but e-mail and a browser: its mails, its links, and the forms of their pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

PUBLIC_URL = "https://answers.example.org"
KEYS = "k1:only-for-tests-only-for-tests-only-for-tests"
LINKED: dict[str, object] = {"navigation_public_url": PUBLIC_URL, "navigation_link_keys": KEYS}
"""The settings with which navigation makes links."""

_LINK = re.compile(r"https?://\S+?(/r/[A-Za-z0-9._-]+)")


def path_in(body: str) -> str:
    """The path of the one link that a mail's text has."""
    (path,) = _LINK.findall(body)
    return str(path)


@dataclass
class _Reader(HTMLParser):
    """Reads a page as something without a screen, a style sheet or a script would."""

    action: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    choices: list[str] = field(default_factory=list)
    title: str = ""
    words: list[str] = field(default_factory=list)
    _in: list[str] = field(default_factory=list)
    _writing: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._writing = given["name"]
            self.fields[given["name"]] = ""
        self._in.append(tag)

    def _input(self, given: Mapping[str, str]) -> None:
        if given["type"] in {"radio", "checkbox"}:
            if given["name"] == "answer":
                self.choices.append(given["value"])
            if "checked" in given:
                self.fields[given["name"]] = given["value"]
        else:
            self.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._writing = None

    def handle_data(self, data: str) -> None:
        if self._writing is not None:
            # The first line break after the tag is not part of what was typed.
            self.fields[self._writing] += data.removeprefix("\n")
        elif self._in and self._in[-1] == "title":
            self.title += data
        self.words.append(data)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was answered."""

    response: httpx.Response
    title: str
    text: str
    fields: Mapping[str, str]
    choices: tuple[str, ...]
    action: str | None


def read(response: httpx.Response) -> Page:
    """Read a page."""
    assert response.headers["content-type"].startswith("text/html"), response.text
    reader = _Reader()
    reader.feed(response.text)
    text = " ".join(" ".join(reader.words).split())
    return Page(response, reader.title, text, reader.fields, tuple(reader.choices), reader.action)


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody with a browser that has no JavaScript and keeps nothing."""

    http: httpx.AsyncClient

    async def open(self, path: str, **headers: str) -> Page:
        """Open an address."""
        return read(await self.http.get(path, headers=headers, follow_redirects=True))

    async def send(self, page: Page, **filled: str) -> Page:
        """Fill in the page's form, send it, and follow to where it leads."""
        assert page.action is not None, page.text
        url = page.response.url.join(page.action)
        return read(await self.http.post(url, data={**page.fields, **filled}, follow_redirects=True))
