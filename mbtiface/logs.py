"""What the program's log looks like: lines of text or of JSON, with nothing of a visitor in them.

A line is a time, a level, a logger, a sentence and, in JSON, the sentence's figures as `fields`.
Of what nobody foresaw it tells kind and place: the message of an error may hold what a visitor
typed, sent or is called, and so do the addresses that requests go to.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

OURS = "mbtiface"
TOKEN = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
"""Of a kept face, or the id of a join."""
UPLOAD = re.compile(r"([0-9a-f]{64})/[^/'\"\n]+")
"""Where Gradio puts a file: a digest, then the name that it had at its sender's."""
QUERY = re.compile(r"(?<=[\w/])\?[^\s'\"]*=[^\s'\"]*")
"""The part of an address that says whose face, which answers."""
STEPS_TOLD = 6
"""Steps of the way to an error; those before them are the web server's."""
SERVERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi")


def write_logs(form: str = "text", stream: TextIO | None = None) -> None:
    """Send every logger's lines to one stream: ours from INFO on, all others from WARNING on.

    Args:
        form: `text` or `json`.
        stream: None = the standard error stream.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    for earlier in list(root.handlers):
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.captureWarnings(True)


def adopt_server_logs() -> None:
    """Let the web server's loggers write where all others do; it sets up its own at its start."""
    for name in SERVERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


class TextLines(logging.Formatter):
    """Lines for people: `INFO mbtiface.services: ...`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the place of an error if there is one."""
        line = f"{record.levelname} {record.name}: {clean(record.getMessage())}"
        if (error := _error(record)) is not None:
            line += f"\n  {told(error)}"
        return line


class JsonLines(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `message`, and `fields` and `error` if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        if fields := getattr(record, "fields", None):
            entry["fields"] = fields
        if (error := _error(record)) is not None:
            entry["error"] = told(error)
        return json.dumps(entry, ensure_ascii=False, default=str)


def clean(text: str) -> str:
    """Return a sentence without tokens, names of uploads and queries of addresses."""
    text = UPLOAD.sub(r"\1/<upload>", text)
    return QUERY.sub("?<query>", TOKEN.sub("<token>", text))


def told(error: BaseException) -> str:
    """Return an error's kind and the last steps to it, the nearest last; without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-STEPS_TOLD:]
    way = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} in {way}" if way else type(error).__name__


def _short(path: str) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-3:])


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None
