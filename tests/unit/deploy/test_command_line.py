"""What people type."""

import pytest

from deploy.local.__main__ import _ports as ports
from deploy.local.__main__ import main


def test_ports_are_given_by_name() -> None:
    assert ports("intake=9101,postgres=0") == {"intake": 9101, "postgres": 0}


@pytest.mark.parametrize("text", ["intake", "intake=", "intake=web", "9101"])
def test_what_is_not_a_port_is_explained(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["up", "--ports", text])

    assert ended.value.code == 2
    assert "is not like intake=9101" in capsys.readouterr().err


def test_an_unknown_part_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["up", "--ports", "kitchen=1"])

    said = capsys.readouterr().err
    assert "no such part: kitchen" in said
    assert "reminders" in said
