"""A connection that a browser or a proxy keeps is still open when it is used again."""

import http.client
import time

from tests.ui.fake_page import fake_page

UVICORN_S = 5.0
"""After so many idle seconds the server would close it of its own accord."""


def test_an_idle_connection_is_kept() -> None:
    with fake_page() as address:
        host = address.removeprefix("http://").strip("/")
        # One that was opened while the page was still being launched is let go early.
        assert any(is_kept(host) for _ in range(2))


def is_kept(host: str) -> bool:
    """Use a connection, leave it idle, and use it again."""
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        for wait in (0.0, UVICORN_S + 1.5):
            time.sleep(wait)
            connection.request("GET", "/model")
            response = connection.getresponse()
            response.read()
            assert response.status == 200
    except (http.client.RemoteDisconnected, ConnectionError):
        return False
    finally:
        connection.close()
    return True
