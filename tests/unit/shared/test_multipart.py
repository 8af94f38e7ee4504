"""A form with a file is passed on while it comes: nothing is gathered, and its length is known before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Malformed, Problem, UnknownForm
from shared.multipart import LARGEST_HEAD, SentForm, sent_form

BOUNDARY = b"----WebKitFormBoundaryABCDEFGHIJKLMNOP"
END = b"\r\n--" + BOUNDARY + b"--\r\n"


def field(name: str, value: bytes) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"'.encode()
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def file(name: str) -> bytes:
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode()
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\nContent-Type: application/json\r\n\r\n"


def request(parts: Iterable[bytes], length: int, kind: str | None = None) -> Request:
    coming = iter(parts)

    async def receive() -> dict[str, object]:
        body = next(coming, None)
        return {"type": "http.request", "body": body or b"", "more_body": body is not None}

    kind = kind or f"multipart/form-data; boundary={BOUNDARY.decode()}"
    headers = [(b"content-type", kind.encode()), (b"content-length", str(length).encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def cut(whole: bytes, places: Iterable[int]) -> list[bytes]:
    cuts = [0, *sorted({place % (len(whole) + 1) for place in places}), len(whole)]
    return [whole[first:last] for first, last in pairwise(cuts)]


async def read(whole: bytes, places: Iterable[int] = ()) -> tuple[SentForm, bytes]:
    form = await sent_form(request(cut(whole, places), len(whole)))
    return form, b"".join([piece async for piece in form.pieces()])


@given(st.binary(max_size=400), st.text(max_size=20), st.lists(st.integers(0, 2000), max_size=12))
async def test_the_file_comes_out_as_it_went_in_wherever_it_was_cut(
    content: bytes, said: str, places: list[int]
) -> None:
    clean = said.replace("\r", "").replace("\n", "")
    whole = field("source", clean.encode()) + file("newshire.json") + content + END
    form, found = await read(whole, places)
    assert (found, form.length, form.file_name) == (content, len(content), "newshire.json")
    assert form.fields == {"source": clean.replace("\0", "")}


@pytest.mark.parametrize("content", [b"\r\n--" + BOUNDARY[:-1], b"\r\n", b"--" + BOUNDARY, b"\n--\r\n" * 9])
async def test_what_looks_like_an_end_is_none(content: bytes) -> None:
    whole = file("a.json") + content + END
    for at in range(len(whole)):
        assert (await read(whole, [at]))[1] == content


async def test_a_large_file_is_taken_piece_by_piece_and_only_when_asked_for() -> None:
    taken = 0
    piece, count = b"x" * 65536, 800

    def parts() -> Iterable[bytes]:
        nonlocal taken
        yield field("source", b"newshire") + file("a.ndjson")
        for _ in range(count):
            taken += 1
            yield piece
        yield END

    length = len(field("source", b"newshire") + file("a.ndjson")) + count * len(piece) + len(END)
    form = await sent_form(request(parts(), length))
    assert (form.fields["source"], form.length, taken) == ("newshire", count * len(piece), 0)

    pieces = form.pieces()
    largest = len(await anext(pieces))
    assert taken <= 2
    async for one in pieces:
        largest = max(largest, len(one))
    assert (taken, largest <= 2 * len(piece)) == (count, True)


async def test_it_is_read_as_httpx_and_browsers_write_it() -> None:
    sent = httpx.Request(
        "POST",
        "http://there",
        data={"once": "1"},
        files={"file": ("ü.zip", b"PK\x03\x04", "application/zip")},
    )
    whole = b"".join([part async for part in _content(sent)])
    form = await sent_form(request([whole], len(whole), sent.headers["content-type"]))
    assert (form.fields, form.length) == ({"once": "1"}, 4)
    assert b"".join([piece async for piece in form.pieces()]) == b"PK\x03\x04"


async def _content(sent: httpx.Request) -> AsyncIterator[bytes]:
    yield sent.read()


async def test_a_form_without_a_file_has_none_and_what_is_let_go_is_let_go() -> None:
    form, found = await read(field("source", b"newshire") + b"--" + BOUNDARY + b"--\r\n")
    assert (form.file_name, found, form.fields) == (None, b"", {"source": "newshire"})
    unchosen, _ = await read(file("") + END)
    assert unchosen.file_name is None
    whole = file("a.json") + b"x" * 100 + END
    let_go = await sent_form(request(cut(whole, [50, 150]), len(whole)))
    await let_go.drained()
    assert [piece async for piece in let_go.pieces()] == []


@pytest.mark.parametrize(
    ("whole", "problem"),
    [
        (file("a.json") + b"x\r\n" + field("late", b"1") + b"--" + BOUNDARY + b"--\r\n", Malformed),
        (file("a.json") + b"it breaks off", Malformed),
        (b"--" + BOUNDARY + b"\r\nContent-Type: text/plain\r\n\r\nx" + END, Malformed),
        (b"no form at all\r\n", Malformed),
        (field("source", b"x" * (LARGEST_HEAD + 1)) + file("a.json") + END, Malformed),
    ],
)
async def test_what_is_no_such_form_is_said_so(whole: bytes, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        await read(whole, [len(whole) // 2])


async def test_only_forms_with_files_are_read() -> None:
    with pytest.raises(UnknownForm):
        await sent_form(request([b"a=1"], 3, "application/x-www-form-urlencoded"))
