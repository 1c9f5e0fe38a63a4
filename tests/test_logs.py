"""The log's lines: of text or JSON, in one stream, without anything of a visitor."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import datetime

import pytest

from mbtiface.logs import adopt_server_logs, clean, write_logs

TOKEN = "0123456789abcdef0123456789abcdef"
log = logging.getLogger("mbtiface.somewhere")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Put back what pytest itself set up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    ours = logging.getLogger("mbtiface").level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("mbtiface").setLevel(ours)
    logging.captureWarnings(False)


def lines(form: str) -> io.StringIO:
    stream = io.StringIO()
    write_logs(form, stream)
    return stream


def test_a_line_of_text_has_level_logger_and_sentence() -> None:
    stream = lines("text")
    log.info("Serving on %s:%d", "127.0.0.1", 7860)
    assert stream.getvalue() == "INFO mbtiface.somewhere: Serving on 127.0.0.1:7860\n"


def test_a_line_of_json_is_an_object_with_figures_apart() -> None:
    stream = lines("json")
    log.warning("얼굴 %d", 3, extra={"fields": {"size_px": 256}})
    entry = json.loads(stream.getvalue())
    assert datetime.fromisoformat(entry.pop("time")).utcoffset() is not None
    assert entry == {
        "level": "WARNING",
        "logger": "mbtiface.somewhere",
        "message": "얼굴 3",
        "fields": {"size_px": 256},
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_is_told_by_kind_and_place_alone(form: str) -> None:
    stream = lines(form)
    try:
        raise KeyError("what somebody typed\nin two lines")
    except KeyError:
        log.exception("A call failed.")
    said = stream.getvalue()
    assert "what somebody typed" not in said
    assert "KeyError in " in said
    assert "tests/test_logs.py:" in said
    assert "test_an_error_is_told_by_kind_and_place_alone" in said
    assert said.count("\n") == (2 if form == "text" else 1)


def test_libraries_are_quiet_and_their_warnings_come_the_same_way() -> None:
    stream = lines("json")
    for name in ("httpx", "uvicorn.error", "gradio", "huggingface_hub"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble of %s", name)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old name", DeprecationWarning, stacklevel=1)
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [entry["logger"] for entry in entries] == [
        "httpx",
        "uvicorn.error",
        "gradio",
        "huggingface_hub",
        "py.warnings",
    ]
    assert "chatter" not in stream.getvalue()


def test_the_web_servers_own_handlers_are_taken_away() -> None:
    stream = lines("text")
    server = logging.getLogger("uvicorn.error")
    server.addHandler(logging.StreamHandler(io.StringIO()))
    server.propagate = False
    adopt_server_logs()
    server.warning("Invalid HTTP request received.")
    assert stream.getvalue() == "WARNING uvicorn.error: Invalid HTTP request received.\n"


def test_a_second_call_takes_the_place_of_the_first() -> None:
    first, second = lines("text"), lines("json")
    log.info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (f"photo:{TOKEN} is gone", "photo:<token> is gone"),
        (
            "GET http://127.0.0.1:7860/face?start=seed:1&EI=0.5 failed",
            "GET http://127.0.0.1:7860/face?<query> failed",
        ),
        (
            f"[Errno 2] '/tmp/gradio/{'ab' * 32}/me at home.jpg'",
            f"[Errno 2] '/tmp/gradio/{'ab' * 32}/<upload>'",
        ),
        ("Is it there? a=b", "Is it there? a=b"),
        (f"commit {'0a' * 20} is used", f"commit {'0a' * 20} is used"),
    ],
)
def test_tokens_uploads_and_queries_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
