"""The command line itself: which commands there are, and what it says of others."""

import pytest

from train.__main__ import COMMANDS, main


def test_an_unknown_command(caplog: pytest.LogCaptureFixture) -> None:
    assert main(["fly"]) == 2
    assert f"Command 'fly' is unknown. Use one of {', '.join(COMMANDS)}." in caplog.text


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in ("import", "label", "averages", "mobile"))
    with pytest.raises(SystemExit) as stopped:
        main(["averages", "--help"])
    assert stopped.value.code == 0
    assert "--fine-weight" in capsys.readouterr().out
