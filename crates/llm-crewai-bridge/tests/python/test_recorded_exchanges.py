"""The same scenario through CrewAI's own client, as recorded, and through the manager.

What differs, and why: ``model`` is the one the manager chose; every call is a stream that is to
tell its usage, whatever CrewAI asked for; ``stop`` is sent, which CrewAI's own client keeps to
itself; a tool's result goes without the tool's ``name``, which chat completions do not know there.
All else is the same.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from crewai import Agent, Crew, Task
from crewai.tools import BaseTool, tool
from pydantic import BaseModel

from llm_crewai import GenerationError
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

Make = Callable[..., ManagerLLM]

REFERENCE = "LLM_REFERENCE_DATA"

CALL = {"tool_calls": [{"id": "call_1", "name": "adder", "arguments": '{"a": 2, "b": 3}'}]}
ACTION = 'Thought: need\nAction: adder\nAction Input: {"a": 2, "b": 3}'
FINAL = "Thought: I now know the final answer\nFinal Answer: the sum is 5"
FITS = '{"total": 5, "why": "rf"}'

#: What may differ in a request.
DIFFERENT = {"model", "stream", "stream_options", "stop", "usage"}


# Without a docstring, which would be in the schema.
class Out(BaseModel):
    total: int
    why: str


@tool("Adder")
def add(a: int, b: int) -> str:
    """Adds two integers."""
    return str(a + b)


def recorded(name: str) -> dict[str, Any]:
    """A recorded scenario; skips where there are none."""
    folder = os.environ.get(REFERENCE)
    path = Path(folder or "") / "fixtures" / "crewai-requests" / f"{name}.json"
    if not folder or not path.exists():
        pytest.skip(f"{REFERENCE} names no folder with recorded exchanges")
    scenario: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return scenario


def bodies(scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """What was sent, without what may differ."""
    return [same(request["body"]) for request in scenario["requests"]]


def sent(upstream: Upstream) -> list[dict[str, Any]]:
    """What the manager sent, without what may differ."""
    return [same(call.body) for call in upstream.calls()]


def same(body: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: body[key] for key in body if key not in DIFFERENT}
    kept["messages"] = [
        {key: message[key] for key in message if (message["role"], key) != ("tool", "name")}
        for message in kept["messages"]
    ]
    return kept


def run(llm: ManagerLLM, tools: list[BaseTool], **fields: Any) -> Any:
    """The crew of the recordings."""
    return crew_of(llm, tools, **fields).kickoff()


def crew_of(llm: ManagerLLM, tools: list[BaseTool], **fields: Any) -> Crew:
    worker = Agent(role="R", goal="G", backstory="B", llm=llm, tools=tools)
    asked = Task(description="add 2 and 3", expected_output="n", agent=worker, **fields)
    return Crew(agents=[worker], tasks=[asked], verbose=False)


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


@pytest.mark.parametrize(
    ("name", "stream", "kickoff"),
    [
        ("agent_native_tools", False, Crew.kickoff),
        ("agent_stream_tools", True, Crew.kickoff),
        ("akickoff", False, lambda given: asyncio.run(_awaited(given.akickoff()))),
    ],
)
def test_an_agent_with_native_tools_sends_and_says_the_same(
    upstream: Upstream, make_llm: Make, name: str, stream: bool, kickoff: Callable[[Crew], Any]
) -> None:
    scenario = recorded(name)
    upstream.replies("acme/one", CALL, then={"text": "the sum is 5"})
    result = kickoff(crew_of(make_llm(stream=stream), [add]))
    assert str(result) == scenario["result"]
    assert sent(upstream) == bodies(scenario)
    # CrewAI asks for it with native tools too.
    assert [call.body.get("stop") for call in upstream.calls()] == [["\nObservation:"]] * 2


def test_an_agent_with_tools_in_the_prompt_sends_and_says_the_same_and_its_stop(
    upstream: Upstream, make_llm: Make
) -> None:
    scenario = recorded("agent_react_stop")
    upstream.says("acme/one", ACTION, FINAL)
    result = run(make_llm(native_tools=False), [add])
    assert str(result) == scenario["result"]
    assert sent(upstream) == bodies(scenario)
    assert [call.body.get("stop") for call in upstream.calls()] == [["\nObservation:"]] * 2


@pytest.mark.parametrize("kind", ["output_pydantic", "output_json"])
def test_an_object_without_tools_is_asked_for_alike(
    upstream: Upstream, make_llm: Make, kind: str
) -> None:
    scenario = recorded(f"{kind}_notools")
    upstream.says("acme/one", FITS)
    result = run(make_llm(), [], **{kind: Out})
    assert repr(result.pydantic or result.json_dict) == scenario["result"]
    assert sent(upstream) == bodies(scenario)


def test_an_object_with_tools_is_asked_for_alike(upstream: Upstream, make_llm: Make) -> None:
    scenario = recorded("output_pydantic_tools")
    upstream.replies("acme/one", CALL, {"text": "the sum is 5"}, then={"text": FITS})
    result = run(make_llm(), [add], output_pydantic=Out)
    assert repr(result.pydantic) == scenario["result"]
    assert sent(upstream) == bodies(scenario)


@pytest.mark.parametrize("name", ["direct_call", "acall_direct", "stream_direct"])
def test_a_direct_call_sends_and_says_the_same(
    upstream: Upstream, make_llm: Make, name: str
) -> None:
    scenario = recorded(name)
    upstream.says("acme/one", FINAL)
    llm = make_llm(stream=name == "stream_direct")
    [asked] = bodies(scenario)
    if name == "acall_direct":
        answer = asyncio.run(llm.acall(asked["messages"]))
    else:
        answer = llm.call(asked["messages"])
    assert answer == FINAL and repr(answer)[1:-1] in scenario["result"].replace("\n", "\\n")
    assert sent(upstream) == [asked]


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("err429_agent", {"status": 429, "retry_after": 1}),
        ("err500_agent", {"status": 500}),
    ],
)
def test_an_agent_whose_model_fails_costs_fewer_requests(
    upstream: Upstream, make_llm: Make, name: str, reply: dict[str, Any]
) -> None:
    scenario = recorded(name)
    upstream.replies("acme/one", then=reply)
    # A pause of the upstream's choice is not waited for.
    llm = make_llm({"llm": {"retry": {"wait_inline": 0}}})
    with pytest.raises(GenerationError):
        run(llm, [])
    assert scenario["result"].startswith("EXC ")
    assert 1 <= len(upstream.calls()) < len(scenario["requests"])


def test_a_model_that_is_unknown_upstream_is_an_error_after_one_request(
    upstream: Upstream, make_llm: Make
) -> None:
    scenario = recorded("err404_direct")
    upstream.replies("acme/one", then={"status": 404})
    with pytest.raises(GenerationError, match="http 404"):
        make_llm().call("x")
    assert len(upstream.calls()) == len(scenario["requests"]) == 1
