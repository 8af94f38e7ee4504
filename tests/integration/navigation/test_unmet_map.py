"""The unmet-barrier map: counted as help is asked for, by place and kind, until somebody says yes."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from contracts.values import ClientContext
from services.navigation.model.unmet import UnmetAsked, UnmetFigures
from services.navigation.store.unmet import figures
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import MONDAY_MORNING, client_context
from tests.support.builders_navigation import delivery, help_needed, help_withdrawn, listing
from tests.support.eventually import eventually
from tests.support.navigation import Desk


def living_in(postcode: str) -> ClientContext:
    return client_context(client_id=new_id(), postcode=postcode)


async def counted(desk: Desk) -> list[tuple[str | None, int, dict[str, int]]]:
    asked = UnmetAsked(
        since=MONDAY_MORNING.replace(year=2026, month=1), until=MONDAY_MORNING.replace(year=2027)
    )
    async with desk.database.reading() as conn:
        found: list[UnmetFigures] = await figures(conn, asked)
    return [(one.area, one.barriers, dict(one.reasons)) for one in found]


async def test_a_need_counts_from_when_nothing_was_found_until_it_is_wanted_no_more(desk: Desk) -> None:
    await desk.add(listing(areas=("EH",)), listing(assured_date=date(2020, 1, 1), areas=("LS",)))
    nobody = help_needed(client=living_in("G1 1AA"))
    stale = help_needed(client=living_in("LS1 4AP"), send_allowed=False)
    met = help_needed(client=living_in("EH1 1AA"))

    await desk.deliver(delivery(nobody), delivery(stale), delivery(met))
    assert sorted(await counted(desk), key=str) == [
        ("G1", 1, {"nothing_listed": 1}),
        ("LS1", 1, {"stale": 1}),
    ]

    await desk.deliver(delivery(help_withdrawn(nobody)))
    assert await counted(desk) == [("LS1", 1, {"stale": 1})]


async def test_asking_again_counts_a_barrier_once_and_finding_help_ends_it(desk: Desk) -> None:
    first = help_needed(client=living_in("LS1 4AP"))
    again = first.model_copy(update={"help_id": new_id()})
    later = first.model_copy(update={"help_id": new_id()})
    await desk.deliver(delivery(first))
    await desk.deliver(delivery(again))
    assert await counted(desk) == [("LS1", 1, {"nothing_listed": 1})]

    await desk.add(listing())
    await desk.deliver(delivery(later))

    assert await counted(desk) == []


async def test_supervisors_see_the_map_and_take_it_to_a_spreadsheet(navigation: Navigation) -> None:
    await navigation.receive(delivery(help_needed(client=living_in("LS1 4AP"))))
    supervisor = navigation.as_("supervisor")

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = (await supervisor.get("/figures/unmet")).json()
        return found

    shown = await eventually(look, lambda found: found["barriers"] == 1)
    (one,) = shown["items"]
    assert (one["area"], one["category"], one["nobody_fits"]) == ("LS1", "transport", 1)
    table = list(csv.reader(io.StringIO((await supervisor.get("/figures/unmet.csv")).text)))
    assert table[1][:3] == ["LS1", "transport", "1"]
    assert (await supervisor.get("/figures/unmet", area="G1")).json()["items"] == []
    assert (await navigation.as_("intake").get("/figures/unmet")).status_code == 403
