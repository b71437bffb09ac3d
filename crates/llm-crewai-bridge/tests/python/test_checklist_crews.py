"""The checklist's line on what crews use a model for besides their agents' tasks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from crewai import PlanningConfig, Process, Task
from crewai.events import AgentReasoningCompletedEvent, crewai_event_bus
from crewai.memory.unified_memory import Memory

from crews import FINAL, agent, crew, kickoff, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

PLAN = {"plan": "I add and say so.", "steps": [], "ready": True}


def embed(texts: list[str]) -> list[list[float]]:
    """Vectors in which texts with the same letters are near each other."""
    return [[1.0 + text.lower().count(letter) for letter in "abcdefghijklmnop"] for text in texts]


@contextmanager
def hearing_reasoning() -> Iterator[list[AgentReasoningCompletedEvent]]:
    """The plans that agents made in a block."""
    made: list[AgentReasoningCompletedEvent] = []
    with crewai_event_bus.scoped_handlers():
        crewai_event_bus.register_handler(
            AgentReasoningCompletedEvent, lambda _, event: made.append(event)
        )
        yield made
        crewai_event_bus.flush()


@pytest.fixture(autouse=True)
def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of OpenAI's, which CrewAI asks for where it would use a model of its own."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_a_planner_plans_with_our_object(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    plan = {"task_number": 1, "task": "Say hello.", "plan": "Wave, then say it."}
    upstream.says("acme/one", json.dumps({"list_of_plans_per_task": [plan]}), FINAL + "Hello.")
    llm = make_llm()
    team = crew(agent(llm), planning=True, planning_llm=llm.copy())
    assert kickoff(team).raw.endswith("Hello.")
    planned, worked = upstream.calls()
    assert planned.body["response_format"]["json_schema"]["name"] == "PlannerTaskPydanticOutput"
    assert "Wave, then say it." in str(worked.messages)


@pytest.mark.parametrize("native", [False, True])
def test_a_manager_delegates_with_our_object(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], native: bool
) -> None:
    what = {"task": "Say hello.", "context": "Nobody is here.", "coworker": "Clerk"}
    action = f"Thought: I ask\nAction: delegate_work_to_coworker\nAction Input: {json.dumps(what)}"
    call = {"tool_calls": [{"name": "delegate_work_to_coworker", "arguments": what}]}
    upstream.replies(
        "acme/boss", call if native else {"text": action}, then={"text": FINAL + "He said it."}
    )
    upstream.says("acme/one", FINAL + "Hello.")
    llm = make_llm({"fallback": ["acme/boss"]}, native_tools=native)
    worker = agent(llm.copy(model_name="acme/one"))
    boss = llm.copy(model_name="acme/boss")
    job = task(None, "Have somebody say hello.")
    result = kickoff(crew(worker, tasks=[job], process=Process.hierarchical, manager_llm=boss))
    assert result.raw.endswith("He said it.")
    assert [call.model for call in upstream.calls()] == ["acme/boss", "acme/one", "acme/boss"]
    assert "Hello." in str(upstream.calls()[-1].messages)


def test_a_guardrail_judges_with_our_object_and_has_the_task_done_again(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says(
        "acme/one",
        FINAL + "Nope.",
        '{"valid": false, "feedback": "It is no greeting."}',
        FINAL + "Hello.",
        '{"valid": true, "feedback": null}',
    )
    worker = agent(make_llm())
    job = task(worker, guardrail="It must be a greeting.", guardrail_max_retries=1)
    assert kickoff(crew(worker, tasks=[job])).raw.endswith("Hello.")
    calls = upstream.calls()
    assert len(calls) == 4
    assert ["response_format" in call.body for call in calls] == [False, True, False, True]
    assert "It is no greeting." in str(calls[2].messages)


def test_reasoning_with_native_tools_runs_crewais_function_and_is_ready(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.calls_tool("acme/one", "create_reasoning_plan", PLAN, then=FINAL + "Hello.")
    worker = agent(make_llm(), planning_config=PlanningConfig(max_attempts=3))
    with hearing_reasoning() as reasoned:
        assert kickoff(crew(worker)).raw.endswith("Hello.")
    planned, _ = upstream.calls()
    assert planned.body["tools"][0]["function"]["name"] == "create_reasoning_plan"
    assert [(event.plan, event.ready) for event in reasoned] == [(PLAN["plan"], True)]


def test_reasoning_without_native_tools_ends_when_the_model_says_it_is_ready(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    ready = "I wave.\n\nREADY: I am ready to execute the task."
    upstream.says("acme/one", "I think.\n\nNOT READY: wait.", ready, FINAL + "Hello.")
    worker = agent(make_llm(native_tools=False), planning_config=PlanningConfig(max_attempts=3))
    with hearing_reasoning() as reasoned:
        assert kickoff(crew(worker)).raw.endswith("Hello.")
    assert len(upstream.calls()) == 3
    assert reasoned[-1].ready and "I wave." in reasoned[-1].plan


def test_a_crews_memory_analyses_with_our_object(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], tmp_path: Path
) -> None:
    fact = "The clerk says hello in French."
    # An answer to each question that CrewAI's memory asks, in the words of its prompts.
    upstream.model("acme/one", tools="ignored", answer_to=[["Say hello.", FINAL + "Bonjour."]])
    llm = make_llm()
    memory = Memory(llm=llm.copy(), embedder=embed, storage=str(tmp_path / "memory"))
    try:
        memory.remember(fact)
        memory.drain_writes()
        found = memory.recall("In which language does the clerk say hello?", depth="shallow")
        assert [match.record.content for match in found] == [fact]
        asked = [call.body["response_format"]["json_schema"]["name"] for call in upstream.calls()]
        assert "MemoryAnalysis" in asked
        before = len(upstream.calls())
        worker = agent(llm.copy())
        assert kickoff(crew(worker, memory=memory)).raw.endswith("Bonjour.")
        memory.drain_writes()
    finally:
        memory.close()
    calls = upstream.calls(since=before)
    assert any(fact in str(call.messages) for call in calls)
    schemas = [call.body.get("response_format") for call in calls]
    names = [schema["json_schema"]["name"] for schema in schemas if schema]
    assert "ExtractedMemories" in names


def test_a_crew_with_everything_of_its_models_ours(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", FINAL + "Hello.")
    llm = make_llm()
    worker = agent(llm.copy(), function_calling_llm=llm.copy())
    job: Task = task(worker)
    team = crew(worker, tasks=[job], chat_llm=llm.copy())
    assert kickoff(team).raw.endswith("Hello.")
    assert len(upstream.calls()) == 1
