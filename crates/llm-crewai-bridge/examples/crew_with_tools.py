"""Two agents with tools, and the route of every call: who was asked, who answered, what it took.

python crew_with_tools.py [--config config/llm_settings.yaml] [--town Kazan]
"""

from __future__ import annotations

import argparse
from typing import Any

from crewai import Agent, Crew, Task
from crewai.events import BaseEventListener
from crewai.events.event_bus import CrewAIEventsBus
from crewai.tools import tool

from llm_crewai import LLMRouteEvent, create_llm_for_crewai

TEMPERATURES = {"Kazan": -3, "Lisbon": 17, "Nairobi": 24}


@tool
def temperature(town: str) -> str:
    """The temperature of a town, in degrees Celsius."""
    degrees = TEMPERATURES.get(town)
    return f"{degrees} degrees" if degrees is not None else f"there is no station in {town}"


@tool
def count_words(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


class Routes(BaseEventListener):
    """Prints a line for each call of a model."""

    def setup_listeners(self, crewai_event_bus: CrewAIEventsBus) -> None:
        """Listens to the one event that CrewAI's own models do not have."""

        @crewai_event_bus.on(LLMRouteEvent)
        def on_route(source: Any, event: LLMRouteEvent) -> None:
            steps = " -> ".join(f"{step['model']} {step['outcome']}" for step in event.attempts)
            print(f"[{event.agent_role}] {steps}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/llm_settings.yaml")
    parser.add_argument("--town", default="Kazan")
    arguments = parser.parse_args()

    routes = Routes()
    # One manager: what a call of one agent teaches about a model, the other agent's calls know.
    # One copy each: CrewAI counts the tokens of a shared object once for every agent.
    llm = create_llm_for_crewai(arguments.config)
    observer = Agent(
        role="Observer",
        goal="Find out the temperature",
        backstory="You read instruments and never guess.",
        tools=[temperature],
        llm=llm.copy(),
    )
    writer = Agent(
        role="Writer",
        goal="Write the forecast",
        backstory="You write for a newspaper with little space.",
        tools=[count_words],
        llm=llm.copy(use_fastest=False),
    )
    look = Task(
        description=f"What is the temperature in {arguments.town}?",
        expected_output="A temperature",
        agent=observer,
    )
    write = Task(
        description="Write a forecast of at most 20 words; count them.",
        expected_output="A forecast",
        agent=writer,
        context=[look],
    )
    crew = Crew(agents=[observer, writer], tasks=[look, write])

    print(f"\n{crew.kickoff()}")
    used = crew.usage_metrics
    if used is not None:
        calls, tokens = used.successful_requests, (used.prompt_tokens, used.completion_tokens)
        print(f"\n{calls} calls, {tokens[0]} tokens in, {tokens[1]} out")
    for name, known in llm.manager.get_performance_stats().items():
        print(f"{name}: {known['success_count']} good, {known['error_count']} bad")


if __name__ == "__main__":
    main()
