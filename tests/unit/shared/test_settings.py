"""Settings come from arguments, the environment or a folder of secrets, and are never told in errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.commands import main
from shared.settings import ServiceSettings
from tests.integration.shared.parcels import DEPOT

SECRET = "postgresql://depot:swordfish@127.0.0.1/parcels"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(f"FOOTHOLD_{name.upper()}", raising=False)
    monkeypatch.delenv("FOOTHOLD_SECRETS_DIR", raising=False)


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTHOLD_DATABASE_URL", SECRET)
    monkeypatch.setenv("FOOTHOLD_TOKEN_PUBLIC_KEY", "a key")
    monkeypatch.setenv("FOOTHOLD_CLOCK_RATE", "60")
    monkeypatch.setenv("FOOTHOLD_CLOCK_ORIGIN", "2026-11-23T09:00:00+01:00")

    settings = ServiceSettings()

    assert settings.database_url.get_secret_value() == SECRET
    assert settings.clock_rate == 60
    assert settings.clock_origin is not None
    assert settings.clock_origin.utcoffset() is not None


def test_a_secret_comes_from_a_file_and_the_environment_goes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "foothold_database_url").write_text(f"{SECRET}\n")
    (tmp_path / "foothold_token_public_key").write_text("from the file")
    (tmp_path / "foothold_nats_password").write_text("from the file")
    monkeypatch.setenv("FOOTHOLD_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("FOOTHOLD_TOKEN_PUBLIC_KEY", "from the environment")

    settings = ServiceSettings()

    assert settings.database_url.get_secret_value() == SECRET
    assert settings.nats_password == SecretStr("from the file")
    assert settings.token_public_key == "from the environment"


@pytest.mark.parametrize(
    "wrong",
    [
        {"clock_rate": 0.5},
        {"clock_origin": "2026-11-23T09:00:00"},
        {"database_pool_size": 1},
        {"http_port": 70000},
        {"shutdown_grace_seconds": 0},
        {"trace_ratio": 2},
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(wrong: dict[str, object]) -> None:
    values = {"database_url": SECRET, "token_public_key": "a key"} | wrong

    with pytest.raises(ValidationError, match=next(iter(wrong))) as raised:
        ServiceSettings.model_validate(values)
    assert "swordfish" not in str(raised.value)
    assert "input_value" not in str(raised.value)


def test_passwords_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ServiceSettings.model_validate({"database_url": SECRET, "token_public_key": "a key"})

    assert "swordfish" not in repr(settings)
    assert "swordfish" not in str(settings)


def test_a_missing_setting_is_told_in_one_line_that_shows_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTHOLD_DATABASE_URL", SECRET)
    monkeypatch.setattr("sys.argv", ["depot", "migrate"])

    with pytest.raises(SystemExit) as ended:
        main(DEPOT)

    assert str(ended.value) == "FOOTHOLD_TOKEN_PUBLIC_KEY: Field required"


def test_they_cannot_be_changed() -> None:
    settings = ServiceSettings.model_validate({"database_url": SECRET, "token_public_key": "a key"})

    with pytest.raises(ValidationError):
        settings.clock_rate = 5  # type: ignore[misc]
