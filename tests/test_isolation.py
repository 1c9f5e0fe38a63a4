"""The isolation that conftest.py promises holds."""

import os
import socket
from pathlib import Path

import pytest

from mbtiface.settings import read_settings
from tests.conftest import CLEARED_PREFIXES, ISOLATED


def test_only_the_variables_of_the_tests_are_left() -> None:
    left = {name for name in os.environ if name.startswith(CLEARED_PREFIXES)}
    assert left <= set(ISOLATED)


def test_the_state_folder_is_the_tests_own(state_dir: Path, tmp_path: Path) -> None:
    assert state_dir.is_relative_to(tmp_path)
    assert read_settings().state_dir == state_dir


def test_the_hub_is_offline() -> None:
    from huggingface_hub import constants

    assert constants.HF_HUB_OFFLINE


# 192.0.2.0/24 and 2001:db8::/32 are reserved for documentation: nothing is there.
@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_a_connection_to_elsewhere_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(RuntimeError, match="without a network"):
        sock.connect(address)


def test_a_connection_to_this_machine_is_made() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
