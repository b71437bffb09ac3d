"""One agent that answers as long as any configured model does.

python one_agent.py [--config config/llm_settings.yaml] ["a question"]
"""

from __future__ import annotations

import argparse

from crewai import Agent, Crew, Task

from llm_crewai import create_llm_for_crewai


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", nargs="?", default="Why do bees dance?")
    parser.add_argument("--config", default="config/llm_settings.yaml")
    arguments = parser.parse_args()

    llm = create_llm_for_crewai(config_path=arguments.config, use_fastest=True, use_parallel=False)
    agent = Agent(
        role="Naturalist",
        goal="Answer in one sentence",
        backstory="You explain animals to children.",
        llm=llm,
    )
    task = Task(description=arguments.question, expected_output="One sentence", agent=agent)
    print(Crew(agents=[agent], tasks=[task]).kickoff())

    outcome = llm.last_outcome
    if outcome is not None:
        print(f"\nanswered by {outcome.model_name} in {outcome.response_time:.2f} s")
        print(outcome.route())


if __name__ == "__main__":
    main()
