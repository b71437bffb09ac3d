"""Every way to run agents, end to end, on the manager."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crewai import Agent, Crew, Process, Task
from crewai.crews.crew_output import CrewOutput
from crewai.flow.flow import Flow, start
from crewai.lite_agent_output import LiteAgentOutput
from crewai.project import CrewBase
from crewai.project import agent as agent_method
from crewai.project import crew as crew_method
from crewai.project import llm as llm_method
from crewai.project import task as task_method
from crewai.types.streaming import CrewStreamingOutput, StreamChunk
from pydantic import BaseModel

from crews import FINAL, adder, agent, crew, task
from llm_crewai import ManagerLLM, create_llm_for_crewai
from upstream import Upstream

Settings = Callable[..., Path]

CALL = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
ACTION = {"text": 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'}


class Sum(BaseModel):
    """An answer as an object."""

    value: int


@pytest.fixture
def llm(settings: Settings, upstream: Upstream) -> ManagerLLM:
    """A model object over one primary."""
    upstream.model("acme/one")
    return create_llm_for_crewai(settings())


def adds(upstream: Upstream, native: bool, times: int = 1) -> None:
    """The model calls the tool once in each run, then answers."""
    first = CALL if native else ACTION
    last = {"text": "It is 5" if native else f"{FINAL}It is 5"}
    upstream.replies("acme/one", *[first, last] * times)


def adding_crew(llm: ManagerLLM, native: bool, calls: list[tuple[int, int]]) -> Crew:
    """One agent with a tool and one task."""
    return crew(agent(llm.copy(native_tools=native), tools=[adder(calls)]))


@pytest.mark.parametrize("native", [True, False], ids=["native", "described"])
@pytest.mark.parametrize("how", ["kickoff", "kickoff_async", "akickoff"])
def test_a_crew_with_a_tool_runs(
    how: str, native: bool, llm: ManagerLLM, upstream: Upstream
) -> None:
    adds(upstream, native)
    calls: list[tuple[int, int]] = []
    made = adding_crew(llm, native, calls)
    result = made.kickoff() if how == "kickoff" else asyncio.run(getattr(made, how)())
    assert isinstance(result, CrewOutput)
    assert (result.raw, calls) == ("It is 5", [(2, 3)])
    first, second = upstream.calls()
    assert ("tools" in first.body) == native
    assert (second.messages[-1]["role"] == "tool") == native


def test_many_inputs_run_at_the_same_time(llm: ManagerLLM, upstream: Upstream) -> None:
    upstream.replies("acme/one", then={"text": f"{FINAL}done", "after_ms": 300})
    made = crew(agent(llm))
    results = asyncio.run(made.akickoff_for_each([{"n": str(n)} for n in range(4)]))
    assert [str(result) for result in results] == ["done"] * 4
    calls = upstream.calls()
    latest = max(call.started_ms for call in calls)
    assert all(call.ended_ms is not None and call.ended_ms > latest for call in calls), (
        "some waited for others"
    )


def test_a_streaming_crew_tells_its_chunks(llm: ManagerLLM, upstream: Upstream) -> None:
    upstream.says("acme/one", f"{FINAL}one two three")
    streamed = crew(agent(llm), stream=True).kickoff()
    assert isinstance(streamed, CrewStreamingOutput)
    chunks = [chunk.content for chunk in streamed if isinstance(chunk, StreamChunk)]
    assert len(chunks) > 3
    assert "".join(chunks).endswith("one two three")
    assert str(streamed.result) == "one two three"


@pytest.mark.parametrize("how", ["kickoff", "kickoff_async"])
def test_an_agent_runs_alone(how: str, llm: ManagerLLM, upstream: Upstream) -> None:
    upstream.says("acme/one", f"{FINAL}hello")
    alone = agent(llm)
    result = alone.kickoff("Hi") if how == "kickoff" else asyncio.run(alone.kickoff_async("Hi"))
    assert isinstance(result, LiteAgentOutput)
    assert result.raw == "hello"


def test_a_manager_agent_delegates(llm: ManagerLLM, upstream: Upstream) -> None:
    delegate = {
        "name": "delegate_work_to_coworker",
        "arguments": {"task": "Say hello.", "context": "None.", "coworker": "Clerk"},
    }
    upstream.replies(
        "acme/one", {"tool_calls": [delegate]}, {"text": "hello"}, then={"text": "They said hello"}
    )
    made = crew(
        agent(llm.copy()), tasks=[task(None)], process=Process.hierarchical, manager_llm=llm.copy()
    )
    result = made.kickoff()
    assert isinstance(result, CrewOutput)
    assert result.raw == "They said hello"
    assert len(upstream.calls()) == 3


@pytest.mark.parametrize("native", [True, False], ids=["native", "described"])
@pytest.mark.parametrize("tools", [True, False], ids=["tools", "no-tools"])
@pytest.mark.parametrize("output", ["output_pydantic", "output_json", "response_model"])
def test_an_answer_becomes_an_object(
    output: str, tools: bool, native: bool, llm: ManagerLLM, upstream: Upstream
) -> None:
    text = '{"value": 5}'
    last = {"text": text if native or not tools else FINAL + text}
    upstream.replies("acme/one", *([CALL if native else ACTION] if tools else []), then=last)
    clerk = agent(llm.copy(native_tools=native), tools=[adder()] if tools else [])
    fields: dict[str, Any] = {output: Sum}
    result = crew(clerk, tasks=[task(clerk, **fields)]).kickoff()
    assert isinstance(result, CrewOutput)
    assert Sum.model_validate_json(result.raw) == Sum(value=5)
    if output == "output_json":
        assert result.json_dict == {"value": 5}
    elif output == "output_pydantic":
        assert result.pydantic == Sum(value=5)


def test_a_flow_asks_it(llm: ManagerLLM, upstream: Upstream) -> None:
    upstream.says("acme/one", "hello")

    class Greeting(Flow[Any]):
        """Asks once."""

        @start()
        def greet(self) -> str:
            return str(llm.call("Say hello."))

    assert Greeting().kickoff() == "hello"


def test_a_declared_crew_finds_it_by_the_name_of_its_method(
    llm: ManagerLLM, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.says("acme/one", f"{FINAL}hello")
    clerk = {"role": "Clerk", "goal": "Answer", "backstory": "Old", "llm": "shared"}
    greet = {"description": "Say hello.", "expected_output": "A word", "agent": "clerk"}
    for name, entry in [("agents", {"clerk": clerk}), ("tasks", {"greet": greet})]:
        # Whatever is JSON is YAML too.
        (tmp_path / f"{name}.yaml").write_text(json.dumps(entry), encoding="utf-8")

    @CrewBase
    class Declared:
        """A crew whose agent names its model."""

        agents_config: Any = str(tmp_path / "agents.yaml")
        tasks_config: Any = str(tmp_path / "tasks.yaml")

        @llm_method
        def shared(self) -> ManagerLLM:
            return llm

        @agent_method
        def clerk(self) -> Agent:
            return Agent(config=self.agents_config["clerk"])

        @task_method
        def greet(self) -> Task:
            return Task(**self.tasks_config["greet"])

        @crew_method
        def crew(self) -> Crew:
            return Crew(agents=self.agents, tasks=self.tasks)  # type: ignore[attr-defined]

    result = Declared().crew().kickoff()
    assert isinstance(result, CrewOutput)
    assert result.raw == "hello"
