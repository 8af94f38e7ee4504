"""Without a key to keep secrets with there are no webhooks, and whoever asks is told so."""

from __future__ import annotations

from tests.integration.navigation.conftest import Navigation
from tests.support.builders_navigation import listing


async def test_registering_says_what_is_missing(navigation: Navigation) -> None:
    service = listing()
    await navigation.add(service)
    own = await navigation.partner(service.organization_id)

    path = f"/partners/{service.organization_id}/webhook"
    answer = await own.put(path, {"url": "https://hooks.example.org"})

    assert answer.status_code == 503
    assert "no key" in answer.json()["detail"]
