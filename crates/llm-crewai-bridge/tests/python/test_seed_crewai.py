"""What the first document says of CrewAI, in its own words and with only the imports changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from crewai import Agent, BaseLLM, Crew, Task

from llm_crewai import (
    CrewAILLMWrapper,
    ManagerLLM,
    create_executor_agent,
    create_llm_for_crewai,
)
from upstream import Upstream


@pytest.fixture(autouse=True)
def project(
    tmp_path: Path,
    upstream: Upstream,
    settings: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder with the settings where the document has them, and a project beside them."""
    for model in ("acme/one", "acme/two", "acme/judge", "acme/last"):
        upstream.says(model, f"said by {model}")
    (tmp_path / "config").mkdir()
    (tmp_path / "my_project").mkdir()
    settings(
        ["acme/one", "acme/two"],
        ["acme/judge"],
        fallback=["acme/last"],
        name="config/llm_settings.yaml",
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(upstream: Upstream) -> set[str]:
    """The models that were called."""
    return {call.model for call in upstream.calls()}


def kickoff(agent: Agent) -> str:
    """What an agent says to a task."""
    task = Task(description="Say something.", expected_output="Something", agent=agent)
    return str(Crew(agents=[agent], tasks=[task]).kickoff())


def test_the_wrapper_is_a_model_object_of_crewai() -> None:
    assert CrewAILLMWrapper is ManagerLLM
    assert isinstance(CrewAILLMWrapper(), BaseLLM)


def test_the_object_of_the_factory_is_an_agent_s_model_and_needs_no_other_change(
    upstream: Upstream,
) -> None:
    custom_llm = create_llm_for_crewai(
        config_path="config/llm_settings.yaml", use_fastest=True, use_parallel=False
    )
    agent = Agent(role="Developer", goal="Write code", backstory="You write.", llm=custom_llm)

    assert agent.llm is custom_llm
    assert kickoff(agent) == "said by acme/one"
    assert asked(upstream) == {"acme/one"}


def test_the_three_arguments_may_be_given_by_place() -> None:
    custom_llm = create_llm_for_crewai("config/llm_settings.yaml", False, True)

    assert (custom_llm.use_fastest, custom_llm.use_parallel) == (False, True)


def test_the_agent_uses_the_manager_by_itself_when_models_fail(upstream: Upstream) -> None:
    for model in ("acme/one", "acme/two", "acme/judge"):
        upstream.fails(model, 503)

    agent = create_executor_agent(project_dir=Path("my_project"), use_llm_manager=True)

    assert isinstance(agent.llm, ManagerLLM)
    assert kickoff(agent) == "said by acme/last"


def test_use_parallel_of_the_agent_asks_two_at_once_and_a_judge(upstream: Upstream) -> None:
    agent = create_executor_agent(
        project_dir=Path("my_project"), use_llm_manager=True, use_parallel=True
    )

    assert kickoff(agent) in ("said by acme/one", "said by acme/two")
    assert asked(upstream) == {"acme/one", "acme/two", "acme/judge"}


def test_without_use_parallel_one_model_is_asked(upstream: Upstream) -> None:
    agent = create_executor_agent(
        project_dir=Path("my_project"), use_llm_manager=True, use_parallel=False
    )

    kickoff(agent)

    assert asked(upstream) == {"acme/one"}
