"""A stand-in of the Hub on this machine: repos in memory, the calls that huggingface_hub makes.

Which calls those are was measured on huggingface_hub 2.4; what goes wrong is told by `Fault`.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _detect_agent

RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
COMMIT = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)/commit/main")
PREUPLOAD = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)/preupload/main")
BATCH = re.compile(r"/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
STALL_S = 60.0
"""A stalled answer ends then at the latest; the server's end comes first."""
OWNER_TOKEN = "hf_owner"
"""The token that may write, and read what is private."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one file."""

    status: int | None = None
    """Answer this instead."""
    code: str = ""
    """`X-Error-Code` that goes with it."""
    method: str = "HEAD GET"
    """Requests that it befalls."""
    stall: bool = False
    """Say nothing until the server ends."""
    cut_at: int | None = None
    """Close the connection after so many bytes of the body."""
    body: bytes | None = None
    """Send these bytes instead."""
    declared: int | None = None
    """Size that HEAD and GET declare."""
    times: float = float("inf")
    """How often it happens before all is well."""


@dataclass
class Repo:
    """One model repo: its commits, the newest last."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: bool = False
    messages: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The newest commit."""
        return list(self.commits)[-1]

    def commit(self, files: Mapping[str, bytes], message: str = "") -> str:
        """Add files in a new commit; returns its 40 hex digits."""
        before = self.commits[self.head] if self.commits else {}
        sha = hashlib.sha1(f"{len(self.commits)} {sorted(files)}".encode()).hexdigest()
        self.commits[sha] = {**before, **files}
        self.messages.append(message)
        return sha


class HubServer:
    """Repos, faults by file name, and every request that came as `METHOD /path`."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.faults: dict[str, Fault] = {}
        self.requests: list[str] = []
        self.ranges: list[str] = []
        self.lfs: dict[str, bytes] = {}
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def add(self, repo: str, folder: Path) -> str:
        """Put a folder's files into a repo; returns the commit."""
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        return self.repos.setdefault(repo, Repo()).commit(files)

    def fault(self, file: str) -> Fault | None:
        """The fault that befalls a file now; counted."""
        fault = self.faults.get(file)
        if fault is None or fault.times < 1:
            return None
        return fault

    def count(self, file: str) -> None:
        """A fault has happened once more."""
        fault = self.faults[file]
        self.faults[file] = Fault(**{**vars(fault), "times": fault.times - 1})

    def close(self) -> None:
        """End every answer and the server."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@contextmanager
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Serve, and let huggingface_hub of this process speak to the server with an empty cache."""
    server = HubServer()
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    # What the library asks once a day for its own purposes is no part of any test but one.
    monkeypatch.setattr(_detect_agent, "_registry", {"standardEnvVars": [], "harnesses": {}})
    try:
        yield server
    finally:
        server.close()


def _handler(server: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers one connection."""

        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.resolve()

        def do_GET(self) -> None:
            self.resolve()

        def resolve(self) -> None:
            server.requests.append(f"{self.command} {self.path}")
            if "Range" in self.headers:
                server.ranges.append(self.headers["Range"])
            found = RESOLVE.fullmatch(self.path)
            if found is None:
                return self.answer(404, {})
            fault = server.fault(found["file"])
            if fault is not None and self.command in fault.method.split():
                server.count(found["file"])
                if fault.stall:
                    server.over.wait(STALL_S)
                    self.close_connection = True
                    return None
                if fault.status is not None:
                    code = {"X-Error-Code": fault.code} if fault.code else {}
                    return self.answer(fault.status, code | {"Retry-After": "0"})
            else:
                fault = None
            repo = server.repos.get(found["repo"])
            if repo is None or (repo.private and not self.owner()):
                return self.answer(404, {"X-Error-Code": "RepoNotFound"})
            commit = repo.head if found["revision"] == "main" else found["revision"]
            if commit not in repo.commits:
                return self.answer(404, {"X-Error-Code": "RevisionNotFound"})
            data = repo.commits[commit].get(found["file"])
            if data is None:
                missing = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
                return self.answer(404, missing)
            self.send_file(data, commit, fault or Fault())
            return None

        def send_file(self, data: bytes, commit: str, fault: Fault) -> None:
            etag = hashlib.sha256(data).hexdigest()
            data = data if fault.body is None else fault.body
            size = len(data) if fault.declared is None else fault.declared
            start = 0
            if found := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
                start = int(found[1])
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{etag}"')
            self.send_header("X-Repo-Commit", commit)
            self.send_header("Content-Length", str(size - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            self.end_headers()
            if self.command == "GET":
                sent = data[start : fault.cut_at]
                self.wfile.write(sent)
                if len(sent) < size - start:
                    self.close_connection = True

        def do_POST(self) -> None:
            server.requests.append(f"POST {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/api/validate-yaml":
                return self.answer(200, {}, {"errors": [], "warnings": []})
            if not self.owner():
                return self.answer(401, {})
            if self.path == "/api/repos/create":
                return self.create(json.loads(body))
            if found := PREUPLOAD.fullmatch(self.path):
                return self.preupload(json.loads(body))
            if found := BATCH.fullmatch(self.path):
                return self.batch(json.loads(body))
            if found := COMMIT.fullmatch(self.path):
                return self.commit(found["repo"], body)
            return self.answer(404, {})

        def owner(self) -> bool:
            return self.headers.get("Authorization") == f"Bearer {OWNER_TOKEN}"

        def create(self, asked: dict[str, Any]) -> None:
            name = f"{asked['organization']}/{asked['name']}"
            if name in server.repos:
                return self.answer(409, {}, {"url": f"{server.url}/{name}"})
            server.repos[name] = Repo(private=asked.get("visibility") == "private")
            return self.answer(200, {}, {"url": f"{server.url}/{name}"})

        def preupload(self, asked: dict[str, Any]) -> None:
            # As the Hub does by its .gitattributes: tensors lie outside git.
            files = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
                    "shouldIgnore": False,
                }
                for file in asked["files"]
            ]
            self.answer(200, {}, {"files": files})

        def batch(self, asked: dict[str, Any]) -> None:
            objects = [
                one | {"actions": {"upload": {"href": f"{server.url}/lfs/{one['oid']}"}}}
                for one in asked["objects"]
            ]
            self.answer(200, {}, {"transfer": "basic", "objects": objects})

        def do_PUT(self) -> None:
            server.requests.append("PUT /lfs")
            data = self.rfile.read(int(self.headers["Content-Length"]))
            server.lfs[self.path.removeprefix("/lfs/")] = data
            self.answer(200, {})

        def commit(self, name: str, body: bytes) -> None:
            files, message = {}, ""
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "header":
                    message = value["summary"]
                elif line["key"] == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    files[value["path"]] = server.lfs[value["oid"]]
            sha = server.repos[name].commit(files, message)
            url = f"{server.url}/{name}/commit/{sha}"
            self.answer(200, {}, {"commitUrl": url, "commitOid": sha})

        def answer(
            self, status: int, headers: Mapping[str, str], value: object | None = None
        ) -> None:
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            for key, text in headers.items():
                self.send_header(key, text)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler
