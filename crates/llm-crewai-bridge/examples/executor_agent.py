"""An agent that reads, lists, searches and writes in one folder, and nowhere else.

python executor_agent.py FOLDER [--config config/llm_settings.yaml] [--task "what to do"]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from crewai import Crew, Task

from llm_crewai import create_executor_agent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", default="config/llm_settings.yaml")
    parser.add_argument("--task", default="Read the notes and say in one paragraph what is left.")
    parser.add_argument("--parallel", action="store_true", help="ask two models, take the better")
    arguments = parser.parse_args()

    agent = create_executor_agent(
        project_dir=arguments.folder,
        use_llm_manager=True,
        llm_config_path=arguments.config,
        use_parallel=arguments.parallel,
        verbose=False,
    )
    task = Task(description=arguments.task, expected_output="A paragraph", agent=agent)
    print(Crew(agents=[agent], tasks=[task]).kickoff())
    print(f"\nthe agent's tools: {', '.join(tool.name for tool in agent.tools or [])}")


if __name__ == "__main__":
    main()
