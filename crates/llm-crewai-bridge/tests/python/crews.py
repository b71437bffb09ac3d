"""Agents, tasks and crews for tests, and what CrewAI's bus told of their calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from crewai import Agent, Crew, CrewOutput, Task
from crewai.events import (
    LLMCallCompletedEvent,
    LLMCallFailedEvent,
    LLMCallStartedEvent,
    LLMStreamChunkEvent,
    crewai_event_bus,
)
from crewai.events.base_events import BaseEvent
from crewai.tools import BaseTool, tool

from llm_crewai.crewai_layer.route import LLMRouteEvent

FINAL = "Thought: I now can give a great answer\nFinal Answer: "
"""How an agent without native tools begins its last answer."""

Told = TypeVar("Told", bound=BaseEvent)


@dataclass
class Heard:
    """The events of a block, each kind in the order in which it was told."""

    events: list[BaseEvent] = field(default_factory=list)

    def of(self, kind: type[Told]) -> list[Told]:
        """The events of a kind; waits for what has not been handled yet."""
        assert crewai_event_bus.flush(), "handlers of events still run after 30 s"
        return [event for event in self.events if isinstance(event, kind)]

    def terminal(self) -> list[LLMCallCompletedEvent | LLMCallFailedEvent]:
        """What ended calls of a model."""
        return [*self.of(LLMCallCompletedEvent), *self.of(LLMCallFailedEvent)]


@contextmanager
def listening() -> Iterator[Heard]:
    """Hears what is told of calls of a model; handlers from outside the block are not called."""
    heard = Heard()
    kinds: tuple[type[BaseEvent], ...] = (
        LLMCallStartedEvent,
        LLMCallCompletedEvent,
        LLMCallFailedEvent,
        LLMStreamChunkEvent,
        LLMRouteEvent,
    )
    with crewai_event_bus.scoped_handlers():
        for kind in kinds:
            crewai_event_bus.register_handler(kind, lambda _, event: heard.events.append(event))
        yield heard
        crewai_event_bus.flush()


def adder(calls: list[tuple[int, int]] | None = None) -> BaseTool:
    """A tool that adds, and notes what it was called with."""

    @tool("Adder")
    def add(a: int, b: int) -> str:
        """Adds two integers."""
        if calls is not None:
            calls.append((a, b))
        return str(a + b)

    added: BaseTool = add
    return added


def agent(llm: Any, role: str = "Clerk", **fields: Any) -> Agent:
    """An agent that calls its model once, unless ``max_retry_limit`` says more."""
    fields.setdefault("max_retry_limit", 0)
    return Agent(role=role, goal="Answer", backstory="Answers.", llm=llm, **fields)


def task(of: Agent | None, description: str = "Say hello.", **fields: Any) -> Task:
    """A task that expects an answer."""
    return Task(description=description, expected_output="An answer", agent=of, **fields)


def crew(*agents: Agent, tasks: list[Task] | None = None, **fields: Any) -> Crew:
    """A crew that is silent; without tasks each agent has one."""
    given = tasks if tasks is not None else [task(one) for one in agents]
    return Crew(agents=list(agents), tasks=given, verbose=False, **fields)


def kickoff(team: Crew) -> CrewOutput:
    """Runs a crew that does not stream."""
    result = team.kickoff()
    assert isinstance(result, CrewOutput)
    return result
