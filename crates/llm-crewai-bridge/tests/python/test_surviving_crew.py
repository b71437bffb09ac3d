"""A crew whose primary answers 429, then 503, then not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from crewai import Agent, Crew, Task
from crewai.agents.agent_builder.base_agent import BaseAgent
from crewai.crews.crew_output import CrewOutput
from crewai.events import crewai_event_bus
from crewai.tools import BaseTool

from llm_crewai import LLMManager, LLMRouteEvent, create_llm_for_crewai
from upstream import Upstream

#: Seconds that the primary asks to be left alone; failing again at once, it rests for 12 at most.
REST = 1


def add_after(seconds: float) -> dict[str, Any]:
    """A call of the tool that takes so long that the call after it asks the primary again."""
    call = {"name": "adder", "arguments": {"a": 2, "b": 3}}
    return {"tool_calls": [call], "after_ms": round(seconds * 1_000)}


class Adder(BaseTool):
    """Adds two numbers."""

    name: str = "adder"
    description: str = "Adds two numbers."

    def _run(self, a: int, b: int) -> int:
        return a + b


def test_a_crew_finishes_while_its_primary_fails_in_every_way(
    settings: Callable[..., Path], upstream: Upstream
) -> None:
    upstream.replies(
        "acme/primary",
        {"status": 429, "retry_after": REST},
        {"status": 503, "headers": {"retry-after": str(REST)}},
        {"hang": True},
    )
    upstream.replies(
        "acme/second",
        add_after(REST + 0.3),
        {"text": "It is 5."},
        add_after(12.3),
        then={"text": "It is 5 again."},
    )
    limits = {
        "timeout": "60s",
        "timeouts": {"first_token": "15s"},
        "retry_attempts": 0,
        "retry": {"wait_inline": 0},
    }
    path = settings(
        primary=["acme/primary"],
        duplicate=["acme/second"],
        llm=limits,
        models={"acme/primary": {"timeouts": {"first_token": "1s"}}},
    )

    with LLMManager(path) as manager:
        llm = create_llm_for_crewai(manager=manager)
        agents: list[BaseAgent] = [
            Agent(
                role=role,
                goal="Add numbers.",
                backstory="Careful.",
                llm=llm.copy(),
                tools=[Adder()],
            )
            for role in ("Clerk", "Auditor")
        ]
        tasks = [
            Task(description="Add 2 and 3.", expected_output="A sum.", agent=agent)
            for agent in agents
        ]
        with crewai_event_bus.scoped_handlers():
            routes: list[LLMRouteEvent] = []

            @crewai_event_bus.on(LLMRouteEvent)
            def note(source: object, event: LLMRouteEvent) -> None:
                routes.append(event)

            output = Crew(agents=agents, tasks=tasks).kickoff()
            crewai_event_bus.flush()

    assert isinstance(output, CrewOutput)
    assert output.raw == "It is 5 again."
    steps = [
        [(step["model"], step["outcome"], step["status"]) for step in event.attempts]
        for event in sorted(routes, key=lambda event: event.timestamp)
    ]
    answered = ("acme/second", "ok", None)
    assert steps == [
        [("acme/primary", "rate_limited", 429), answered],
        [("acme/primary", "overloaded", 503), answered],
        [answered],
        [("acme/primary", "first_token_timeout", None), answered],
    ]
    printed = "\n".join(event.route for event in routes)
    assert "acme/primary [primary]: rate_limited (HTTP 429) after " in printed
    assert "acme/primary: not asked, cooling_down" in printed

    counted = upstream.usage().total
    used = output.token_usage
    assert (used.prompt_tokens, used.completion_tokens, used.successful_requests) == (
        counted.prompt_tokens,
        counted.completion_tokens,
        counted.calls,
    )
