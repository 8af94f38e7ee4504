"""What was sent through a link is remembered while somebody could send it again, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.navigation.store import links
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.linked import newest_link, referred
from tests.support.builders_navigation import listing
from tests.support.links import LINKED

MONTH = timedelta(days=30)
LONG_AGO = """
update link set made_at = made_at - interval '60 days', expires_at = expires_at - interval '60 days'
"""


@pytest.fixture
def further_settings() -> dict[str, object]:
    return dict(LINKED)


async def test_a_form_is_forgotten_a_month_after_its_link_expired(navigation: Navigation) -> None:
    await referred(navigation, listing())
    await newest_link(navigation)
    async with navigation.service.database.transaction() as tx:
        link_id = await tx.conn.fetchval("select id from link")
        await links.keep_form(tx.conn, link_id, digest=bytes(32))

        assert await links.prune_forms(tx.conn, kept=MONTH, limit=10) == 0
        await tx.conn.execute(LONG_AGO)
        assert await links.prune_forms(tx.conn, kept=MONTH, limit=10) == 1
        assert not await links.form_is_known(tx.conn, link_id, digest=bytes(32))
