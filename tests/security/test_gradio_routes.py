"""Whatever is sent to Gradio's own routes: an answer without a traceback, no hang, and the page
goes on. What they answer is Gradio's affair."""

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case

from tests.faults.programs import Program, program

EXAMPLES = 3
STREAMS = ("heartbeat", "dev/reload", "queue/data", "upload_progress", "{api_name}/{event_id}")
"""They last as long as their reader does, or break off where there is nothing to tell."""
LIMIT_S = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with program(tmp_path_factory.mktemp("places"), MBTIFACE_LOG="json") as started:
        yield started
        assert started.end() == 0
        assert "Traceback" not in started.log()


def test_every_answer_is_without_a_traceback_and_the_page_goes_on(served: Program) -> None:
    schema = schemathesis.openapi.from_dict(httpx.get(f"{served.address}openapi.json").json())
    asked = []
    for operation in (result.ok() for result in schema.get_all_operations()):
        if any(part in operation.path for part in STREAMS):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Case) -> None:
            answer = case.call(base_url=served.address.rstrip("/"), timeout=LIMIT_S)
            assert "Traceback" not in (answer.text or "")
            assert answer.headers["x-content-type-options"] == ["nosniff"]

        ask()
        asked.append(operation.path)
        health = httpx.get(f"{served.address}health", timeout=LIMIT_S).json()
        assert health["status"] == "ok", operation.path
    assert "/gradio_api/upload" in asked
    assert len(asked) > 40
