"""What navigation is told about links and mail is checked at the start, and no secret is shown by that."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.navigation.settings import NavigationSettings
from tests.support.links import LINKED

KEY = "a-secret-of-thirty-two-characters-or-more"


def settings(**more: object) -> NavigationSettings:
    return NavigationSettings.model_validate({"database_url": "x", "token_public_key": "x", **more})


def test_links_are_made_where_there_is_an_address_and_a_key_and_nowhere_else() -> None:
    assert settings(**LINKED).link_rules is not None
    assert settings().link_rules is None
    for name in LINKED:
        assert settings(**{name: LINKED[name]}).link_rules is None


def test_the_first_key_signs_and_all_are_believed() -> None:
    rules = settings(**LINKED | {"navigation_link_keys": f"new:{KEY} old:{KEY}x"}).link_rules

    assert rules is not None
    assert rules.keys.newest == "new"
    assert set(rules.keys.by_name) == {"new", "old"}
    assert KEY not in repr(rules)


@pytest.mark.parametrize("keys", ["", "short:key", KEY, f":{KEY}", f"a.b:{KEY}", f"{'n' * 17}:{KEY}"])
def test_what_is_no_key_stops_the_start_without_being_shown(keys: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(navigation_link_keys=keys)

    assert "navigation_link_keys" in str(refused.value)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://answers.example.org", "https://example.org/foothold/", "http://127.0.0.1:8103"]
)
def test_where_partners_find_the_page(url: str) -> None:
    assert settings(navigation_public_url=url).navigation_public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://answers.example.org", "answers.example.org", "https://", "https://x.org/?a=b"]
)
def test_no_link_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        settings(navigation_public_url=url)
