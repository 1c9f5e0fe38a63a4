"""The endpoints as tools of assistants: which, what they answer, and what they must not open."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from mbtiface.errors import SettingsError
from mbtiface.settings import Settings
from mbtiface.ui.api_requests import RefusedError
from mbtiface.ui.mcp import CALLER, ToolCalls, check_mcp
from tests.ui.fake_page import served

TOOLS = {
    "survey_items",
    "score",
    "about",
    "type_average",
    "ideal_match",
    "morph",
    "morph_sequence",
}
"""All public endpoints but `invert` and `contribute`, which take a photo."""
FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
PER_MINUTE = 6
VISITORS = itertools.count(1)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    settings = {
        "MBTIFACE_MCP": "on",
        "MBTIFACE_PROXIES": "private",
        "MBTIFACE_API_PER_MINUTE": str(PER_MINUTE),
    }
    with served("tests.ui.fake_page", **settings) as address:
        yield address


def new_visitor() -> str:
    """Return an address that nobody has called from before."""
    return f"203.0.113.{next(VISITORS)}"


def talk(address: str, name: str = "", **arguments: Any) -> Any:
    """Call a tool as an assistant does, from a new address; without a name, list the tools."""

    async def session() -> Any:
        async with (
            httpx.AsyncClient(headers={"x-forwarded-for": new_visitor()}, timeout=60) as client,
            streamable_http_client(f"{address}gradio_api/mcp/", http_client=client) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            return await (session.call_tool(name, arguments) if name else session.list_tools())

    return anyio.run(session)


def text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


def post(address: str, visitor: str, arguments: Any, name: str = "about") -> httpx.Response:
    call = {"name": name, "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {
        "accept": "application/json, text/event-stream",
        "x-forwarded-for": visitor,
    }
    return httpx.post(f"{address}gradio_api/mcp/", json=body, headers=headers, timeout=60)


def test_the_tools_are_the_public_endpoints_without_photos(address: str) -> None:
    tools = {tool.name: tool for tool in talk(address).tools}
    assert set(tools) == TOOLS
    schema = httpx.get(f"{address}gradio_api/mcp/schema", timeout=60).json()
    assert {one["name"] for one in schema} == TOOLS
    morph = tools["morph"]
    assert morph.description.startswith("Move a face along the axes. Returns: The marked picture")
    strength = morph.inputSchema["properties"]["strength"]
    assert strength["description"].startswith("what a unit is multiplied by, from 0 to 10")
    assert strength["examples"] == [1.0]


def test_a_tool_answers(address: str) -> None:
    result = talk(address, "type_average", code="entp", size=256)
    assert not result.isError
    assert "'code': 'ENTP'" in text(result)
    assert "'bundle': {'name': 'fake', 'version': '0.0.1'}" in text(result)


def test_an_error_is_told_with_our_message(address: str) -> None:
    result = talk(address, "type_average", code="ENTX")
    assert result.isError
    assert "Type 'ENTX' is unknown." in text(result)


@pytest.mark.parametrize("name", ["invert", "contribute", "refused", "survey_outcome"])
def test_what_is_no_tool_cannot_be_called(address: str, name: str) -> None:
    result = talk(address, name, image="http://127.0.0.1/photo.jpg")
    assert result.isError
    assert "Unknown tool" in text(result)


@pytest.mark.parametrize(
    "arguments",
    [
        {"layers": FILE},
        {"axes": {"EI": [FILE]}},
        {"start": FILE | {"path": "http://127.0.0.1/x"}},
        {"keep": [[{"meta": {"_type": "gradio.FileData"}, "path": "C:\\secret"}]]},
    ],
)
def test_no_file_of_the_server_is_read_for_a_tool(address: str, arguments: dict[str, Any]) -> None:
    """Gradio's own client, which answers tools, uploads any file of this machine that is named."""
    response = post(address, new_visitor(), arguments, "morph")
    assert (response.status_code, response.json()["code"]) == (400, "E_INPUT")
    assert "take no files" in response.json()["error"]


def test_calls_of_tools_are_counted_by_the_assistants_own_address(address: str) -> None:
    visitor = new_visitor()
    codes = [post(address, visitor, {}).status_code for _ in range(PER_MINUTE)]
    assert codes == [200] * PER_MINUTE
    assert until_refused(lambda: post(address, visitor, {}))["code"] == "E_RATE"
    # All were answered by calls of this program to itself, from one address: those do not count.
    other = post(address, new_visitor(), {})
    assert other.status_code == 200
    assert "'bundle': {'name': 'fake'" in other.text


def until_refused(call: Callable[[], httpx.Response]) -> Any:
    """Call until status 429 comes, as a slow machine saves calls up; return what it says."""
    for _ in range(10 * PER_MINUTE):
        if (response := call()).status_code == 429:
            return response.json()
    raise AssertionError("nobody was refused")


def test_a_header_made_up_outside_is_believed_in_nothing(address: str) -> None:
    headers = {"x-forwarded-for": new_visitor(), CALLER: "guess 198.51.100.1"}
    url = f"{address}gradio_api/call/v2/about"
    refused = until_refused(lambda: httpx.post(url, json={}, headers=headers, timeout=60))
    assert refused["code"] == "E_RATE"


def test_the_page_offers_no_tools_unless_asked(address: str) -> None:
    assert Settings().mcp is False
    with served("tests.ui.fake_page") as plain:
        answer = httpx.post(f"{plain}gradio_api/mcp/", json={"method": "tools/list"}, timeout=60)
        assert answer.status_code in (404, 405)


def test_calls_in_a_message_are_counted_and_files_in_them_found() -> None:
    tools = ToolCalls()
    call = {"method": "tools/call", "params": {"name": "about", "arguments": {}}}
    assert tools.count(call) == 1
    assert tools.count([call, {"method": "ping"}, call]) == 2
    assert tools.count({"method": "tools/list"}) == 0
    assert tools.count("tools/call") == 0
    with pytest.raises(RefusedError, match="take no files"):
        tools.count([call, call | {"params": {"arguments": {"x": [{"y": FILE}]}}}])


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "headers": list(headers), "client": ("203.0.113.9", 7)}


def test_what_the_program_asks_of_itself_comes_from_whoever_asked_it() -> None:
    tools = ToolCalls()
    signed = tools.signed(scope((b"x-forwarded-for", b"a"), (b"x-forwarded-for", b"b, c")))
    headers = dict(signed["headers"])
    assert headers[b"x-forwarded-for"] == b"a,b, c"
    again = tools.own({"type": "http", "headers": signed["headers"], "client": ("127.0.0.1", 9)})
    assert again is not None
    assert again["client"] == ("203.0.113.9", 0)
    assert dict(again["headers"]) == {b"x-forwarded-for": b"a,b, c"}
    assert ToolCalls().own(signed) is None
    assert tools.own(scope()) is None
    assert tools.own(scope((CALLER.encode(), b"\xff 127.0.0.1"))) is None


def test_what_is_not_installed_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    check_mcp(Settings(mcp=True))
    monkeypatch.setattr("mbtiface.ui.mcp.find_spec", lambda name: None)
    check_mcp(Settings(mcp=False))
    with pytest.raises(SettingsError, match=r"not installed.*pip install -e \"\.\[mcp\]\""):
        check_mcp(Settings(mcp=True))
