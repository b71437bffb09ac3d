"""The agent that works in a folder: what it may do there, and whose model it asks."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crewai import Agent, Crew, Task
from crewai.crews.crew_output import CrewOutput
from crewai.llms.providers.openai.completion import OpenAICompletion
from crewai.llms.providers.openai_compatible.completion import OpenAICompatibleCompletion

from llm_crewai import (
    ConfigError,
    ManagerLLM,
    UnknownKeywordError,
    UsageError,
    create_executor_agent,
)
from upstream import Upstream

Settings = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one task to do."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "todo.md").write_text("Write `hello` into hello.txt.\n", encoding="utf-8")
    return folder


def kickoff(agent: Agent) -> str:
    """What the agent says when it is done with the project's tasks."""
    task = Task(description="Do what todo.md says.", expected_output="A word.", agent=agent)
    output = Crew(agents=[agent], tasks=[task]).kickoff()
    assert isinstance(output, CrewOutput)
    return output.raw


def calls(name: str, **arguments: Any) -> dict[str, Any]:
    """The reply of a model that calls a tool."""
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def answers_of_tools(upstream: Upstream) -> list[str]:
    """What the tools said, as the last request has it."""
    messages = upstream.calls()[-1].messages
    return [message["content"] for message in messages if message["role"] == "tool"]


def test_it_reads_and_writes_in_the_project(
    project: Path, settings: Settings, upstream: Upstream
) -> None:
    upstream.replies(
        "acme/one",
        calls("list_folder"),
        calls("read_file", path="todo.md"),
        calls("search_text", text="hello"),
        calls("write_file", path="hello.txt", content="hello"),
        then={"text": "Done"},
    )
    agent = create_executor_agent(project, llm_config_path=settings(), verbose=False)
    assert kickoff(agent) == "Done"
    assert (project / "hello.txt").read_text(encoding="utf-8") == "hello"
    listed, read, found, written = answers_of_tools(upstream)
    assert listed == "todo.md"
    assert read == "Write `hello` into hello.txt."
    assert found == "todo.md:1: Write `hello` into hello.txt."
    assert written == "written: hello.txt, 5 characters"


def test_what_leads_out_of_the_project_is_answered_and_the_run_goes_on(
    project: Path, settings: Settings, upstream: Upstream
) -> None:
    secret = project.parent / "secret.txt"
    secret.write_text("S3CRET", encoding="utf-8")
    (project / "link").symlink_to(secret)
    upstream.replies(
        "acme/one",
        calls("read_file", path="../secret.txt"),
        calls("read_file", path="link"),
        calls("write_file", path=str(secret), content="gone"),
        then={"text": "Done"},
    )
    agent = create_executor_agent(project, llm_config_path=settings(), verbose=False)
    assert kickoff(agent) == "Done"
    assert all(answer.startswith("Not done: ") for answer in answers_of_tools(upstream))
    assert secret.read_text(encoding="utf-8") == "S3CRET"
    assert "S3CRET" not in str([call.body for call in upstream.calls()])


def test_the_documentation_is_read_and_never_written(
    project: Path, tmp_path: Path, settings: Settings, upstream: Upstream
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "style.md").write_text("Be brief.", encoding="utf-8")
    upstream.replies("acme/one", calls("read_docs", path="style.md"), then={"text": "Done"})
    agent = create_executor_agent(project, docs, llm_config_path=settings(), verbose=False)
    names = [tool.name for tool in agent.tools or []]
    assert names == [
        "read_file", "list_folder", "search_text", "write_file",
        "read_docs", "list_docs", "search_docs",
    ]  # fmt: skip
    assert kickoff(agent) == "Done"
    assert answers_of_tools(upstream) == ["Be brief."]


def test_a_project_that_is_no_folder_is_named(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="does not exist; create it"):
        create_executor_agent(tmp_path / "absent", llm_config_path=settings())
    with pytest.raises(UsageError, match="it is a file"):
        create_executor_agent(file, llm_config_path=settings())


def test_settings_that_are_not_there_are_named(project: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere.yaml"):
        create_executor_agent(project, llm_config_path="nowhere.yaml")


def test_a_misspelled_field_is_an_error_with_the_right_spelling(
    project: Path, settings: Settings
) -> None:
    with pytest.raises(UnknownKeywordError, match="`max_itr`; did you mean `max_iter`"):
        create_executor_agent(project, llm_config_path=settings(), max_itr=3)


def test_code_execution_warns_when_it_is_asked_for(project: Path, settings: Settings) -> None:
    with pytest.warns(UserWarning, match="CrewAI dropped it"):
        create_executor_agent(
            project, llm_config_path=settings(), verbose=False, allow_code_execution=True
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        create_executor_agent(project, llm_config_path=settings(), verbose=False)


def test_its_fields_reach_the_agent(project: Path, settings: Settings) -> None:
    agent = create_executor_agent(
        project, role="Clerk", goal="File", backstory="Old", verbose=False,
        llm_config_path=settings(duplicate=["acme/two"]), use_parallel=True, max_iter=3,
    )  # fmt: skip
    assert (agent.role, agent.goal, agent.backstory) == ("Clerk", "File", "Old")
    assert (agent.max_iter, agent.max_retry_limit) == (3, 0)
    assert isinstance(agent.llm, ManagerLLM)
    assert agent.llm.use_parallel is True


def test_a_failed_task_is_not_tried_again(
    project: Path, settings: Settings, upstream: Upstream
) -> None:
    upstream.fails("acme/one", 401)
    agent = create_executor_agent(project, llm_config_path=settings(), verbose=False)
    with pytest.raises(Exception, match="no model answered"):
        kickoff(agent)
    assert len(upstream.calls()) == 1


@pytest.mark.parametrize(
    ("kind", "kind_of_model"),
    [
        ("openrouter", OpenAICompatibleCompletion),
        ("openai", OpenAICompletion),
        ("openai_compatible", OpenAICompatibleCompletion),
    ],
)
def test_without_the_manager_crewais_own_model_is_asked(
    kind: str, kind_of_model: type, project: Path, settings: Settings, upstream: Upstream
) -> None:
    upstream.says("acme/one", "Done")
    environment = dict(os.environ)
    agent = create_executor_agent(
        project, verbose=False, use_llm_manager=False,
        llm_config_path=settings(provider={"kind": kind}),
    )  # fmt: skip
    assert isinstance(agent.llm, kind_of_model)
    assert kickoff(agent) == "Done"
    (call,) = upstream.calls()
    assert call.authorized
    assert "OpenAI" in call.headers["user-agent"]
    assert dict(os.environ) == environment
