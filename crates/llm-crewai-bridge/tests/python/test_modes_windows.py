"""What CrewAI does before a conversation is too long, and the ways to run a crew again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crewai import CrewOutput
from crewai.tools import BaseTool, tool

from crews import FINAL, agent, crew, kickoff, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

Make = Callable[..., ManagerLLM]

WINDOW = 6_000
SMALL: dict[str, Any] = {"models": {"acme/one": {"context_window": WINDOW}}}
#: Some 20,000 tokens.
BOOK = "All work and no play. " * 4_000


def reader() -> BaseTool:
    """A tool whose result is longer than the window."""

    @tool("Reader")
    def read(name: str) -> str:
        """Reads a book."""
        return BOOK

    made: BaseTool = read
    return made


def test_with_native_tools_a_long_result_is_put_aside_before_it_is_sent(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.calls_tool("acme/one", "reader", {"name": "one"}, then="Read.", context=WINDOW)
    worker = agent(make_llm(SMALL), tools=[reader()])
    assert kickoff(crew(worker, tasks=[task(worker, "Read it.")])).raw == "Read."
    first, second = upstream.calls()
    assert [call.outcome for call in (first, second)] == ["answered", "answered"]
    assert BOOK not in str(second.body)
    offered = [len(call.body["tools"]) for call in (first, second)]
    assert offered == [1, 2], "CrewAI gives a tool that reads what was put aside"


def test_with_tools_in_the_prompt_a_long_result_is_summarized_before_it_is_sent(
    upstream: Upstream, make_llm: Make
) -> None:
    action = 'Thought: I read\nAction: reader\nAction Input: {"name": "one"}'
    upstream.model(
        "acme/one",
        replies=[{"text": action}],
        answer_to=[["Begin! This is VERY", FINAL + "Read."]],
        answer="<summary>The book says one thing.</summary>",
        context=WINDOW,
    )
    worker = agent(make_llm(SMALL, native_tools=False), tools=[reader()], max_iter=4)
    crew(worker, tasks=[task(worker, "Read it.")]).kickoff()
    calls = upstream.calls()
    assert [call.status for call in calls if call.outcome != "answered"] == []
    assert len(calls) > 2
    assert any("The book says one thing." in str(call.messages) for call in calls)


def test_a_crew_is_tested_and_judged_by_our_object(
    upstream: Upstream, make_llm: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.says("acme/one", FINAL + "Hello.")
    upstream.says("acme/judge", '{"quality": 7.0}')
    chain: dict[str, Any] = {"models": {"acme/judge": {}}}
    llm = make_llm(chain)
    crew(agent(llm)).test(n_iterations=2, eval_llm=llm.copy(model_name="acme/judge"))
    assert len(upstream.calls("acme/one")) == 2
    assert len(upstream.calls("acme/judge")) == 2
    assert "7.0" in capsys.readouterr().out


def test_a_task_is_replayed_with_what_was_said_before_it(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", FINAL + "Wren.", FINAL + "A wren sings.", FINAL + "A wren flies.")
    llm = make_llm()
    one, two = agent(llm.copy(), "Reader"), agent(llm.copy(), "Writer")
    names = task(one, "Name a bird.")
    line = task(two, "A line about it.", context=[names])
    team = crew(one, two, tasks=[names, line])
    assert kickoff(team).raw == "A wren sings."
    again = team.replay(str(line.id))
    assert isinstance(again, CrewOutput) and again.raw == "A wren flies."
    assert len(upstream.calls()) == 3
    assert "Wren." in str(upstream.calls()[2].messages)
