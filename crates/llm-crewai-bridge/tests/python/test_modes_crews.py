"""Each way to start a crew or an agent, with tools as such and in the prompt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from crewai import Agent, Crew, Task
from crewai.events import LLMStreamChunkEvent
from crewai.flow.flow import Flow, listen, start
from crewai.project import CrewBase, agent as agent_of, crew as crew_of, llm as llm_of
from crewai.project import task as task_of

from crews import FINAL, adder, agent, crew, listening, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

ACTION = 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'
CALL = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}

Make = Callable[..., ManagerLLM]


def sums(upstream: Upstream, native: bool, times: int = 1) -> None:
    """Makes the model call the tool and tell its result, so many times."""
    first: dict[str, Any] = CALL if native else {"text": ACTION}
    last = {"text": "The sum is 5." if native else FINAL + "The sum is 5."}
    upstream.replies("acme/one", *[first, last] * times, then={"status": 400})


def of_crew(given: Crew) -> Any:
    return given.kickoff()


def of_crew_in_thread(given: Crew) -> Any:
    return asyncio.run(given.kickoff_async())


def of_crew_as_task(given: Crew) -> Any:
    return asyncio.run(_awaited(given.akickoff()))


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
@pytest.mark.parametrize("kickoff", [of_crew, of_crew_in_thread, of_crew_as_task])
def test_a_crew_uses_its_tool_and_answers(
    upstream: Upstream, make_llm: Make, kickoff: Callable[[Crew], Any], native: bool
) -> None:
    sums(upstream, native)
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(native_tools=native), tools=[adder(used)])
    result = kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert (result.raw, used) == ("The sum is 5.", [(2, 3)])
    calls = upstream.calls()
    assert [("tools" in call.body, call.outcome) for call in calls] == [(native, "answered")] * 2
    assert result.token_usage.total_tokens == sum(
        call.usage.prompt_tokens + call.usage.completion_tokens for call in calls if call.usage
    )


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_a_crew_that_streams_tells_the_text_in_pieces(
    upstream: Upstream, make_llm: Make, native: bool
) -> None:
    sums(upstream, native)
    worker = agent(make_llm(native_tools=native), tools=[adder()])
    streaming = crew(worker, tasks=[task(worker, "Add 2 and 3.")], stream=True).kickoff()
    text = "".join(chunk.content for chunk in streaming if chunk.chunk_type.value == "text")
    assert streaming.result.raw == "The sum is 5."
    assert text.endswith("The sum is 5.")
    assert [call.stream for call in upstream.calls()] == [True, True]


def of_agent(given: Agent) -> Any:
    return given.kickoff("Add 2 and 3.")


def of_agent_async(given: Agent) -> Any:
    return asyncio.run(_awaited(given.kickoff_async("Add 2 and 3.")))


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
@pytest.mark.parametrize("kickoff", [of_agent, of_agent_async])
def test_an_agent_alone_uses_its_tool_and_answers(
    upstream: Upstream, make_llm: Make, kickoff: Callable[[Agent], Any], native: bool
) -> None:
    sums(upstream, native)
    used: list[tuple[int, int]] = []
    result = kickoff(agent(make_llm(native_tools=native), tools=[adder(used)]))
    assert (result.raw, used) == ("The sum is 5.", [(2, 3)])
    assert len(upstream.calls()) == 2


def test_the_frames_of_a_call_begin_and_end_and_hold_its_text(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", "one two three four")
    llm = make_llm()
    session = llm.stream_events("Count.")
    frames = list(session)
    kinds = [frame.type for frame in frames]
    assert kinds[0] == "llm_call_started" and kinds[-1] == "llm_call_completed"
    chunks = [frame.content for frame in frames if frame.type == "llm_stream_chunk"]
    assert len(chunks) > 1
    assert session.result == "".join(chunks) == "one two three four"
    with listening() as heard:
        assert llm.call("Count.") == "one two three four"
        assert not heard.of(LLMStreamChunkEvent)
    assert len(upstream.calls()) == 2


def test_four_crews_for_each_of_four_inputs_are_at_the_upstream_at_once(
    upstream: Upstream, make_llm: Make
) -> None:
    """The first four stay silent, so that all four are there before one is answered."""
    upstream.replies(
        "acme/one", *[{"text": "Hello.", "after_ms": 1_500}] * 4, then={"status": 400}
    )
    worker = agent(make_llm({"models": {"acme/one": {"timeouts": {"first_token": "10s"}}}}))
    greeting = crew(worker, tasks=[task(worker, "Greet {name}.")])
    inputs = [{"name": name} for name in ("Ada", "Bob", "Cy", "Dee")]
    results: Any = asyncio.run(_awaited(greeting.akickoff_for_each(inputs)))
    assert [result.raw for result in results] == ["Hello."] * 4
    calls = upstream.calls()
    assert len(calls) == 4
    first_end = min(call.ended_ms for call in calls if call.ended_ms is not None)
    assert all(call.started_ms < first_end for call in calls)
    asked = sorted(str(call.messages[-1]["content"]) for call in calls)
    assert [name["name"] in text for name, text in zip(inputs, asked, strict=True)] == [True] * 4


def test_a_crew_of_a_class_takes_the_model_of_an_llm_method(
    upstream: Upstream, make_llm: Make, tmp_path: Path
) -> None:
    sums(upstream, native=True)
    given = make_llm()
    agents = {"clerk": {"role": "Clerk", "goal": "Add", "backstory": "Adds.", "llm": "ours"}}
    tasks = {"add": {"description": "Add.", "expected_output": "A sum", "agent": "clerk"}}

    # Whatever is JSON is YAML too.
    (tmp_path / "agents.yaml").write_text(json.dumps(agents), encoding="utf-8")
    (tmp_path / "tasks.yaml").write_text(json.dumps(tasks), encoding="utf-8")

    @CrewBase
    class Office:
        agents_config: Any = str(tmp_path / "agents.yaml")
        tasks_config: Any = str(tmp_path / "tasks.yaml")

        @llm_of
        def ours(self) -> ManagerLLM:
            return given

        @agent_of
        def clerk(self) -> Agent:
            return Agent(config=self.agents_config["clerk"], tools=[adder()])

        @task_of
        def add(self) -> Task:
            return Task(config=self.tasks_config["add"])

        @crew_of
        def crew(self) -> Crew:
            return Crew(agents=[self.clerk()], tasks=[self.add()])

    assert Office().crew().kickoff().raw == "The sum is 5."
    assert given.last_outcome is not None and given.last_outcome.model_name == "acme/one"


def test_a_flow_calls_the_model_and_a_crew(upstream: Upstream, make_llm: Make) -> None:
    upstream.says("acme/one", "rain", "It rains.")
    llm = make_llm()

    class Poem(Flow[dict[str, Any]]):
        @start()
        def topic(self) -> str:
            return str(llm.call("A topic."))

        @listen(topic)
        def line(self, topic: str) -> str:
            poet = agent(llm.copy())
            return str(crew(poet, tasks=[task(poet, f"A line about {topic}.")]).kickoff().raw)

    with listening() as heard:
        assert Poem().kickoff() == "It rains."
        assert len(heard.terminal()) == 2
    assert "about rain" in str(upstream.calls()[1].messages)
