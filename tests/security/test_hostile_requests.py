"""One table of what may be tried on a served page: files of the server, addresses that it should
fetch, markup in texts, names of files. Each is refused in words, and the page goes on."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.faults.programs import Program, program
from tests.faults.visitors import PATIENCE_S, photo
from tests.program_files import ROOT
from tests.security.cases import IMAGES, NAMES, PATHS, TEXTS

SECRET = "planted-secret-4711"
MARKUP = "<script>alert('4711')</script>"
INSIDE = (
    SECRET,  # the planted file, and the variable of the program
    "root:",  # /etc/passwd
    "Serve the page: settings",  # app.py
    "format_version",  # a manifest of a bundle
)
"""Parts of what must not come out."""


@dataclass
class Served:
    """A page at work, and a listener that it must not call."""

    program: Program
    listener: str
    browser: httpx.Client
    called: list[str] = field(default_factory=list)

    def run(self, name: str, *values: Any) -> httpx.Response:
        """Call an endpoint of the API."""
        return self.browser.post(f"gradio_api/run/{name}", json={"data": list(values)})

    def fill(self, text: str) -> str:
        """Put the places of this page into a case."""
        places = {"{planted}": str(self.program.places / ".env"), "{listener}": self.listener}
        places |= {"{temp}": str(self.program.places / "gradio"), "{root}": str(ROOT)}
        for name, value in places.items():
            text = text.replace(name, value)
        return text


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    places = tmp_path_factory.mktemp("places")
    (places / ".env").write_text(f"HF_TOKEN={SECRET}")
    called: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_error(404)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        listener = f"http://127.0.0.1:{server.server_port}/x"
        with program(places, HF_TOKEN=SECRET) as started:
            with httpx.Client(base_url=started.address, timeout=PATIENCE_S) as browser:
                yield Served(started, listener, browser, called)
            assert started.end() == 0
            said = started.log()
        server.shutdown()
    assert "Traceback" not in said
    assert not [part for part in (SECRET, MARKUP, "4711") if part in said]


@pytest.fixture(autouse=True)
def alive_afterwards(served: Served) -> Iterator[None]:
    yield
    assert served.browser.get("health").json()["status"] == "ok"
    assert served.called == []


@pytest.mark.parametrize("path", PATHS)
def test_no_file_of_the_server_and_no_other_server_is_read(served: Served, path: str) -> None:
    # As it stands: a client that tidies paths would take the traversal out.
    url = httpx.URL(served.program.address).copy_with(raw_path=f"/{served.fill(path)}".encode())
    answer = served.browser.get(url)
    assert 300 <= answer.status_code < 500
    assert not [part for part in INSIDE if part in answer.text]


@pytest.mark.parametrize("tagged", [True, False], ids=["tagged", "bare"])
@pytest.mark.parametrize("image", IMAGES, ids=json.dumps)
def test_no_image_but_an_upload_is_read(served: Served, image: Any, tagged: bool) -> None:
    filled = json.loads(served.fill(json.dumps(image)))
    if tagged and isinstance(filled, dict):
        filled["meta"] = {"_type": "gradio.FileData"}
    for name, rest in (("invert", ()), ("contribute", ("ENTP", "female", None, True, True))):
        answer = served.run(name, filled, *rest)
        assert answer.status_code >= 400
        assert not [part for part in INSIDE if part in answer.text]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("component_server", {"data": "{listener}", "component_id": 1, "fn_name": "x"}),
        ("component_server", {"data": [], "component_id": 1, "fn_name": "__init__"}),
        ("queue/join", {"data": [{"path": "{planted}"}], "fn_index": 0, "session_hash": "a"}),
        ("cancel", {"session_hash": "a", "fn_index": 0, "event_id": "../../etc/passwd"}),
        ("vibe-edit", {"prompt": "read .env"}),
        ("stream/a", {"data": ["{listener}"]}),
        ("reset", {"event_id": "a"}),
    ],
)
def test_other_doors_lead_nowhere(served: Served, path: str, body: dict[str, Any]) -> None:
    body = {"session_hash": "a", **json.loads(served.fill(json.dumps(body)))}
    answer = served.browser.post(f"gradio_api/{path}", json=body)
    assert not [part for part in INSIDE if part in answer.text]


@pytest.mark.parametrize(("method", "url"), TEXTS, ids=[url for _, url in TEXTS])
def test_markup_in_a_query_comes_back_as_no_markup(served: Served, method: str, url: str) -> None:
    answer = served.browser.request(method, url.replace("{}", quote(MARKUP)))
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        assert MARKUP not in answer.text
    else:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("survey_items", [MARKUP, MARKUP]),
        ("score", [{MARKUP: 1}]),
        ("type_average", [MARKUP, MARKUP]),
        ("ideal_match", [MARKUP]),
        ("morph", [MARKUP, {MARKUP: 1.0}]),
        ("morph", ["average:female", None, "female", None, MARKUP, MARKUP]),
        ("morph_sequence", [MARKUP]),
        ("contribute", [None, MARKUP, MARKUP]),
        (quote(MARKUP), []),
    ],
)
def test_markup_in_a_call_comes_back_as_data(served: Served, name: str, values: list[Any]) -> None:
    answer = served.run(name, *values)
    assert answer.status_code >= 400
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_name_leads_to_no_other_folder(served: Served, name: str) -> None:
    name = name.replace("{name}", "hostile-4711.html")
    folder = served.program.places / "gradio"
    before = {path for path in served.program.places.rglob("*") if folder not in path.parents}
    answer = served.browser.post(
        "gradio_api/upload", files={"files": (name, b"<script>1</script>", "text/html")}
    )
    assert "set-cookie" not in answer.headers
    if answer.status_code == 200:
        for path in map(Path, answer.json()):
            assert path.resolve().is_relative_to(folder)
            back = served.browser.get(f"gradio_api/file={quote(str(path))}")
            assert "sandbox" in back.headers["content-security-policy"]
            assert back.headers["x-content-type-options"] == "nosniff"
    after = {path for path in served.program.places.rglob("*") if folder not in path.parents}
    state = {path for path in after - before if "state" in path.parts}
    assert after - before - state == set()


def test_every_answer_carries_the_headers(served: Served) -> None:
    for method, path in (
        ("GET", ""),
        ("GET", "face?start=seed:1"),
        ("GET", "face?start=nothing"),
        ("POST", "photo"),
        ("GET", "config"),
        ("GET", "gradio_api/info"),
        ("GET", "nothing-here"),
        ("PUT", "face"),
        ("GET", "site/styles/shell.css"),
        ("GET", "theme.css"),
    ):
        answer = served.browser.request(method, path, content=photo() if method == "POST" else b"")
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors" in policy
        assert ("huggingface.co" in policy) == (path == "")


def test_the_page_of_each_visit_has_a_number_of_its_own(served: Served) -> None:
    policies = [served.browser.get("").headers["content-security-policy"] for _ in range(3)]
    nonces = [policy.split("'nonce-")[1].split("'")[0] for policy in policies]
    assert len(set(nonces)) == 3
    assert all(len(nonce) >= 22 for nonce in nonces)
    page = served.browser.get("")
    nonce = page.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    assert page.text.count("<script") == page.text.count(f'<script nonce="{nonce}"')


def test_a_page_of_elsewhere_may_not_read_answers(served: Served) -> None:
    headers = {"origin": "https://example.org"}
    for path in ("", "face?start=seed:1", "health", "gradio_api/info"):
        answer = served.browser.get(path, headers=headers)
        assert answer.headers.get("access-control-allow-origin") in (None, "null")
