"""Whatever is sent to the page's own routes, they answer as they are described: schemathesis, with
every check that it has, over the made-up studio."""

import tempfile
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mbtiface.contributing import open_contributions
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui.page import open_page
from mbtiface.ui.routes import routes
from mbtiface.ui.security_headers import SecurityHeaders
from tests.fakes import FakeStudio
from tests.security.own_routes import DESCRIPTION

EXAMPLES = 12
"""For each method of each path; the whole takes a minute, three where it is busy."""
FOLDER = tempfile.TemporaryDirectory()


def make_app() -> Starlette:
    """The routes, with a database that nobody else uses."""
    settled = Settings(state_dir=Path(FOLDER.name))
    studio = FakeStudio()
    studio.step_s = 0.0
    contributions = open_contributions(settled, studio)
    page = open_page(Services(settled, studio, contributions=contributions), settled)
    page.services.self_check.check()

    async def description(_: Request) -> JSONResponse:
        return JSONResponse(DESCRIPTION)

    own = [*routes(page), Route("/description.json", description)]
    return Starlette(routes=own, middleware=[Middleware(SecurityHeaders)])


GENERATION = GenerationConfig(deterministic=True)
# Also 410: no face is kept under the token that the description gives.
ACCEPTED = PositiveDataAcceptanceConfig(expected_statuses=["2xx", 409, 410, "5xx"])
PROJECT = ProjectConfig(
    generation=GENERATION, checks=ChecksConfig(positive_data_acceptance=ACCEPTED)
)
schema = schemathesis.openapi.from_asgi(
    "/description.json",
    make_app(),
    config=SchemathesisConfig(projects=ProjectsConfig(default=PROJECT)),
)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: Case) -> None:
    answer = case.call_and_validate()
    assert answer.headers["x-content-type-options"] == ["nosniff"]
    assert "content-security-policy" in answer.headers


def test_the_description_holds_every_route_of_our_own() -> None:
    app = make_app()
    found = {
        (route.path, method)
        for route in app.routes
        if isinstance(route, Route) and route.path != "/description.json"
        for method in route.methods or ()
        if method != "HEAD"
    }
    described = {
        (path, method.upper())
        for path, methods in DESCRIPTION["paths"].items()
        for method in methods
    }
    assert found == described
