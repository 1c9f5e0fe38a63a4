import importlib
from pathlib import Path

import pytest

from mbtiface.community import open_community
from mbtiface.community.engine import database_url, make_engine
from mbtiface.errors import SettingsError


def test_the_default_is_a_file_in_the_state_folder(tmp_path: Path) -> None:
    url = database_url(None, tmp_path)
    assert (url.drivername, url.database) == ("sqlite", f"{tmp_path}/community.sqlite")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_name_of_postgresql_is_understood(scheme: str, tmp_path: Path) -> None:
    url = database_url(f"{scheme}://user:secret@host/name", tmp_path)
    assert url.drivername == "postgresql+psycopg"
    assert (url.host, url.password) == ("host", "secret")


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("mysql://user:secret@host/name", "mysql"),  # another database
        ("postgresql+asyncpg://user:secret@host/name", r"postgresql\+asyncpg"),  # another driver
        ("sqlite://", "sqlite"),  # in memory: lost with each connection
        ("sqlite:///:memory:", "sqlite"),
        ("secret", "secret"),  # no URL at all
    ],
)
def test_another_database_is_refused_without_its_password(
    text: str, begin: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=f"begins with '{begin}', but must be") as caught:
        open_community(text, tmp_path)
    assert "secret" not in str(caught.value).replace("begins with 'secret'", "")
    assert "Change it or unset it" in str(caught.value)


def test_postgresql_without_its_driver_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SettingsError, match=r"Install it: pip install 'psycopg\[binary\]'"):
        make_engine(database_url("postgresql://host/name", tmp_path))


def test_sqlite_is_opened_for_many_at_once(tmp_path: Path) -> None:
    engine = make_engine(database_url(None, tmp_path))
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "busy_timeout", "secure_delete")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "busy_timeout": 3000, "secure_delete": 1}
