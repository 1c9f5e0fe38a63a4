from dataclasses import FrozenInstanceError
from ipaddress import ip_network
from pathlib import Path

import pytest

from mbtiface.errors import SettingsError, StateError
from mbtiface.settings import PRIVATE_NETWORKS, Settings, read_settings, writable_state_dir


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()


def test_an_empty_variable_counts_as_unset() -> None:
    names = "MODEL REVISION DEVICE STATE_DIR LANG CONCURRENCY MAX_UPLOAD_MB".split()
    names += "CONTRIBUTIONS DATABASE_URL STATE_REPO PROXIES HUB_DEADLINE LOG".split()
    names += "MCP API_PER_MINUTE API_MAX_KB".split()
    assert read_settings({f"MBTIFACE_{name}": "" for name in names}) == Settings()


def test_every_variable_is_read() -> None:
    settings = read_settings(
        {
            "MBTIFACE_MODEL": "hf://owner/name@main",
            "MBTIFACE_REVISION": "v2",
            "MBTIFACE_HUB_DEADLINE": "7.5",
            "MBTIFACE_DEVICE": "cuda",
            "MBTIFACE_ENGINE": "torch",
            "MBTIFACE_STATE_DIR": "somewhere/else",
            "MBTIFACE_LANG": "ko",
            "MBTIFACE_CONCURRENCY": "5",
            "MBTIFACE_MAX_UPLOAD_MB": "7",
            "MBTIFACE_CONTRIBUTIONS": "off",
            "MBTIFACE_DATABASE_URL": "postgresql://user@host/name",
            "MBTIFACE_STATE_REPO": "owner/averages",
            "MBTIFACE_PROXIES": "10.0.0.5, 2001:db8::/32",
            "MBTIFACE_MCP": "on",
            "MBTIFACE_API_PER_MINUTE": "0",
            "MBTIFACE_API_MAX_KB": "1000",
            "GRADIO_SERVER_NAME": "0.0.0.0",
            "GRADIO_SERVER_PORT": "8080",
            "MBTIFACE_LOG": "json",
        }
    )
    assert settings == Settings(
        model="hf://owner/name@main",
        revision="v2",
        hub_deadline_s=7.5,
        device="cuda",
        engine="torch",
        state_dir=Path("somewhere/else"),
        language="ko",
        concurrency=5,
        max_upload_mb=7,
        contributions=False,
        database_url="postgresql://user@host/name",
        state_repo="owner/averages",
        proxies=(ip_network("10.0.0.5/32"), ip_network("2001:db8::/32")),
        mcp=True,
        api_per_minute=0,
        api_max_kb=1000,
        host="0.0.0.0",
        port=8080,
        log="json",
    )


@pytest.mark.parametrize("arguments", [["--model", "here"], ["--model=here"]])
def test_the_command_line_comes_before_the_environment(arguments: list[str]) -> None:
    environ = {"MBTIFACE_MODEL": "hf://owner/name"}
    assert read_settings(environ, arguments).model == "here"
    assert read_settings(environ, []).model == "hf://owner/name"


def test_the_command_line_switches_mcp_on_and_leaves_it_else() -> None:
    assert not read_settings({}, []).mcp
    assert read_settings({"MBTIFACE_MCP": "off"}, ["--mcp"]).mcp
    assert read_settings({"MBTIFACE_MCP": "on"}, []).mcp


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBTIFACE_LANG", "en")
    assert read_settings().language == "en"


def test_the_state_folder_may_be_given_from_home() -> None:
    settings = read_settings({"MBTIFACE_STATE_DIR": "~/faces"})
    assert settings.state_dir == Path.home() / "faces"


def test_a_space_serves_on_all_addresses_unless_told_otherwise() -> None:
    assert read_settings({"SPACE_ID": "owner/name"}).host == "0.0.0.0"
    assert read_settings({"SPACE_ID": "owner/name", "GRADIO_SERVER_NAME": "::1"}).host == "::1"


def test_proxies_are_believed_where_they_are_named_and_on_a_space() -> None:
    assert read_settings({"SPACE_ID": "owner/name"}).proxies == PRIVATE_NETWORKS
    assert read_settings({"MBTIFACE_PROXIES": "private"}).proxies == PRIVATE_NETWORKS
    assert read_settings({"SPACE_ID": "owner/name", "MBTIFACE_PROXIES": "none"}).proxies == ()
    assert read_settings({}).proxies == ()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("MBTIFACE_DEVICE", "gpu", "auto, cpu, cuda"),  # a common name for cuda
        ("MBTIFACE_DEVICE", "CPU", "auto, cpu, cuda"),  # case counts
        ("MBTIFACE_ENGINE", "onnx", "auto, openvino, torch"),  # no such engine
        ("MBTIFACE_LANG", "kr", "auto, ko, en"),  # the country, not the language
        ("MBTIFACE_CONTRIBUTIONS", "no", "on, off"),  # neither of the two words
        ("MBTIFACE_HUB_DEADLINE", "two minutes", "from 0.1 to 86400"),  # words
        ("MBTIFACE_HUB_DEADLINE", "0", "from 0.1 to 86400"),  # nothing would ever come
        ("MBTIFACE_HUB_DEADLINE", "nan", "from 0.1 to 86400"),  # no number
        ("MBTIFACE_HUB_DEADLINE", "inf", "from 0.1 to 86400"),  # no deadline
        ("MBTIFACE_STATE_REPO", "averages", "as owner/name"),  # no owner
        ("MBTIFACE_STATE_REPO", "datasets/owner/name", "as owner/name"),  # the page's address
        ("MBTIFACE_PROXIES", "proxy.example", "private, none, or the addresses"),  # a name
        ("MBTIFACE_PROXIES", "10.0.0.5/8", "private, none, or the addresses"),  # bits beside
        ("MBTIFACE_CONCURRENCY", "0", "from 1 to 64"),  # nothing would ever be rendered
        ("MBTIFACE_CONCURRENCY", "-1", "from 1 to 64"),  # a sign
        ("MBTIFACE_CONCURRENCY", "2.5", "from 1 to 64"),  # not whole
        ("MBTIFACE_CONCURRENCY", "²", "from 1 to 64"),  # a digit to Python, no number to int()
        ("MBTIFACE_MAX_UPLOAD_MB", "201", "from 1 to 200"),  # above the limit
        ("MBTIFACE_MAX_UPLOAD_MB", "20MB", "from 1 to 200"),  # with its unit
        ("MBTIFACE_MCP", "true", "on, off"),  # neither of the two words
        ("MBTIFACE_API_PER_MINUTE", "-1", "from 0 to 1000000"),  # a sign
        ("MBTIFACE_API_MAX_KB", "0", "from 16 to 100000"),  # nothing could be asked
        ("GRADIO_SERVER_PORT", "65536", "from 1 to 65535"),  # no such port
        ("GRADIO_SERVER_PORT", "http", "from 1 to 65535"),  # a service's name
    ],
)
def test_an_unusable_value_is_named_with_what_is_allowed(
    name: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} is {value!r}")
    assert allowed in message
    assert message.endswith("Change it or unset it.")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("64", 64)])
def test_both_ends_of_a_range_are_allowed(text: str, number: int) -> None:
    assert read_settings({"MBTIFACE_CONCURRENCY": text}).concurrency == number


def test_a_password_in_the_database_url_is_not_shown() -> None:
    settings = read_settings({"MBTIFACE_DATABASE_URL": "postgresql://user:secret@host/name"})
    assert "secret" not in repr(settings)


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 80  # type: ignore[misc]


def test_reading_settings_makes_no_folder(state_dir: Path) -> None:
    assert read_settings().state_dir == state_dir
    assert not state_dir.exists()


def test_the_state_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    assert writable_state_dir(Settings(state_dir=folder)) == folder
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_a_state_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(StateError) as caught:
        writable_state_dir(Settings(state_dir=taken))
    message = str(caught.value)
    assert str(taken) in message
    assert "Point MBTIFACE_STATE_DIR at a folder" in message


def test_a_state_folder_without_write_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write everywhere, so the refusal of the system is played.
    def refuse(path: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(StateError, match=r"cannot be written \(Permission denied\)"):
        writable_state_dir(Settings(state_dir=tmp_path))


def test_a_space_knows_its_public_host() -> None:
    assert (
        read_settings({"SPACE_HOST": "owner-faces.hf.space"}).public_host == "owner-faces.hf.space"
    )
    assert read_settings({}).public_host is None
