"""A client's ledger over HTTP: as JSON, as a spreadsheet reads it, and as a page to print."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from datetime import datetime, timedelta
from html.parser import HTMLParser
from uuid import UUID

import asyncpg
import pytest

from services.navigation.api import disclosures as api
from services.navigation.model.referrals import Disclosure
from services.navigation.policy.disclosure import NOTICE
from services.navigation.store import disclosures as store
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import MONDAY_MORNING, consent, consent_granted, contact_changed
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.eventually import eventually

HYPERLINK = '=HYPERLINK("http://example.test/","Aire")'
SCRIPT = "<script>alert('Aire')</script>"


async def told(navigation: Navigation, client_id: UUID, *names: str) -> dict[str, object]:
    """A referral that was sent, and so a line; and one line for each name, each a year further back."""
    await navigation.add(listing())
    granted = consent(client_id=client_id)
    await navigation.learn(contact_changed(client_id=client_id, full_name="Amina <Diallo>"))
    await navigation.receive(
        delivery(consent_granted(consent=granted)),
        delivery(help_needed(client_id=client_id, consents=(granted,))),
    )
    (referral,) = await eventually(
        lambda: navigation.referrals(client_id),
        lambda found: len(found) == 1 and found[0]["status"] == "requested",
    )
    await write(
        navigation,
        *(line(referral, name, MONDAY_MORNING - timedelta(days=365 * n)) for n, name in enumerate(names, 1)),
    )
    return referral


def line(referral: dict[str, object], name: str, told_at: datetime) -> Disclosure:
    return Disclosure(
        id=new_id(),
        referral_id=UUID(str(referral["id"])),
        client_id=UUID(str(referral["client_id"])),
        organization_id=new_id(),
        organization_name=name,
        consent_id=UUID(str(referral["consent_id"])),
        scopes=frozenset(),
        what="what help is wanted",
        purpose="care_coordination",
        channel="staff",
        notice=NOTICE,
        told_at=told_at,
    )


async def write(navigation: Navigation, *lines: Disclosure) -> None:
    async with navigation.service.database.reading() as conn:
        await store.insert(conn, lines)


async def listed(navigation: Navigation, client_id: UUID, **filters: str | int) -> list[str]:
    """Who was told, as the JSON has it, all pages."""
    path = f"/clients/{client_id}/disclosures"
    after: dict[str, str] = {}
    names: list[str] = []
    while True:
        answer = await navigation.get(path, limit=2, **filters, **after)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        names += [one["organization_name"] for one in page["items"]]
        if page["next"] is None:
            return names
        after = {"after": page["next"]}


async def test_three_years_are_listed_and_older_lines_when_asked_for(navigation: Navigation) -> None:
    client_id = new_id()
    await told(navigation, client_id, "One", "Two", "Three", "Four")
    all_of_it = ["Four", "Three", "Two", "One", "Aire Valley Wheels"]

    # Three times 365 days, with a leap day among them, are within three years.
    assert await listed(navigation, client_id) == all_of_it[1:]
    assert await listed(navigation, client_id, **{"from": "2020-01-01T00:00:00Z"}) == all_of_it
    assert await listed(navigation, client_id, until="2023-06-01T00:00:00Z") == ["Four"]
    between = {"from": "2024-06-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert await listed(navigation, client_id, **between) == ["Two", "One"]
    assert await listed(navigation, new_id()) == []


async def test_lines_are_found_by_organisation(navigation: Navigation) -> None:
    client_id = new_id()
    referral = await told(navigation, client_id, "One", "Two")

    only = await listed(navigation, client_id, organization_id=str(referral["organization_id"]))

    assert only == ["Aire Valley Wheels"]
    assert await listed(navigation, client_id, organization_id=str(new_id())) == []


async def test_a_time_that_cannot_be_is_pointed_out(navigation: Navigation) -> None:
    path = f"/clients/{new_id()}/disclosures"

    for ending in ("", ".csv", ".html"):
        backwards = {"from": "2026-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}
        assert (await navigation.get(path + ending, **backwards)).status_code == 422
        assert (await navigation.get(path + ending, until="0001-01-01T00:00:00+14:00")).status_code == 422
        assert (await navigation.get(path + ending, until="2026-01-01T00:00:00")).status_code == 422
        assert (await navigation.as_("directory_editor").get(path + ending)).status_code == 403
        assert (await navigation.as_("intake").get(path + ending)).status_code == 200
    assert (await navigation.get(path, after="nonsense")).status_code == 400


async def test_a_spreadsheet_gets_every_line_and_no_formula(navigation: Navigation) -> None:
    client_id = new_id()
    referral = await told(navigation, client_id, HYPERLINK, 'Ærø "Rides", the\r\nold ones')
    many = [
        line(referral, f"N{n}", MONDAY_MORNING + timedelta(seconds=n // 3)) for n in range(api.AT_ONCE + 5)
    ]
    await write(navigation, *many)

    answer = await navigation.get(f"/clients/{client_id}/disclosures.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert "attachment" in answer.headers["content-disposition"]
    assert str(client_id) not in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), strict=True))
    names = [row["organization_name"] for row in rows]
    assert names[:2] == ['Ærø "Rides", the\r\nold ones', "'" + HYPERLINK]
    assert sorted(names[2:]) == sorted(["Aire Valley Wheels", *(one.organization_name for one in many)])
    assert len({row["id"] for row in rows}) == len(rows) == len(many) + 3
    moments = [datetime.fromisoformat(row["told_at"]) for row in rows]
    assert moments == sorted(moments)
    only = await navigation.get(
        f"/clients/{client_id}/disclosures.csv", organization_id=str(referral["organization_id"])
    )
    assert len(only.text.splitlines()) == 2


class Seen(HTMLParser):
    """What a page consists of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.style = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["style"] and not self.style:
            self.style = data
        elif data.strip():
            self.texts.append(" ".join(data.split()))


async def test_the_page_to_print_loads_nothing_and_runs_nothing(navigation: Navigation) -> None:
    client_id = new_id()
    await told(navigation, client_id, SCRIPT)

    answer = await navigation.get(f"/clients/{client_id}/disclosures.html")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    page = Seen(answer.text)
    assert SCRIPT in page.texts
    assert not {"script", "link", "img", "iframe", "form", "base"} & set(page.tags)
    assert not {"src", "href", "action", "style"} & {name for name, _ in page.attributes}
    fingerprint = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{fingerprint}'" in policy
    assert "default-src 'none'" in policy


async def test_the_page_to_print_says_it_in_plain_words_with_headings_that_are_read_out(
    navigation: Navigation,
) -> None:
    client_id = new_id()
    await told(navigation, client_id, "Aire Rides")

    page = Seen((await navigation.get(f"/clients/{client_id}/disclosures.html")).text)

    words = " ".join(page.texts)
    assert "Amina <Diallo>" in words
    assert "2 times, the oldest first" in words
    assert "23 November 2026, 09:00" in words
    assert "given on 23 November 2026" in words
    assert "told by a member of staff" in words
    assert "Who may ask for this list" in words
    assert "42 CFR 2.24" in words
    assert NOTICE in words
    assert ("lang", "en") in page.attributes
    assert page.tags.count("h1") == page.tags.count("caption") == 1
    headings = page.texts[page.texts.index("When") :][:6]
    assert headings == ["When", "Who was told", "What they were told", "What for", "How", "On which consent"]
    assert page.attributes.count(("scope", "col")) == 6
    assert page.attributes.count(("scope", "row")) == 2


async def test_the_page_says_so_when_nobody_was_told_anything(navigation: Navigation) -> None:
    answer = await navigation.get(f"/clients/{new_id()}/disclosures.html")

    assert "Nobody was told anything about you in this time." in answer.text
    assert "<table" not in answer.text


async def test_no_line_can_be_changed_or_removed(navigation: Navigation) -> None:
    client_id = new_id()
    await told(navigation, client_id)

    async with navigation.service.database.reading() as conn:
        for statement in ("update disclosure set what = ''", "delete from disclosure"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)
