"""An agent that works in a project's folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import UsageError
from .factory import create_llm_for_crewai, require_crewai
from .keywords import refuse_unknown
from .manager import DEFAULT_CONFIG_PATH, Connection, LLMManager

if TYPE_CHECKING:
    from crewai import Agent
    from crewai.tools import BaseTool

GOAL = "Execute the tasks of the project: read what is there, and write what is asked for."
BACKSTORY = (
    "You work in one project's folder. You look before you write, keep to the style of what is "
    "there, and say plainly what you did and what is left."
)


def create_executor_agent(
    project_dir: str | os.PathLike[str],
    docs_dir: str | os.PathLike[str] | None = None,
    role: str = "Project Executor Agent",
    goal: str = GOAL,
    backstory: str | None = None,
    allow_code_execution: bool | None = None,
    verbose: bool = True,
    use_llm_manager: bool = True,
    llm_config_path: str | os.PathLike[str] = DEFAULT_CONFIG_PATH,
    use_parallel: bool | None = False,
    *,
    tools: Sequence[BaseTool] | None = None,
    max_retry_limit: int = 0,
    **agent_fields: Any,
) -> Agent:
    """A CrewAI agent with tools that read, list, search and write inside ``project_dir`` only.

    Args:
        project_dir: The folder; paths that lead out of it, links among them, are refused.
        docs_dir: A second folder, which is read only.
        role: As of ``crewai.Agent``.
        goal: As of ``crewai.Agent``.
        backstory: As of ``crewai.Agent``; ``None`` is a plain one.
        allow_code_execution: Nothing: CrewAI dropped it. ``True`` warns.
        verbose: As of ``crewai.Agent``.
        use_llm_manager: ``False`` takes CrewAI's own model for ``llm.default_model``: no fallback.
        llm_config_path: The settings file.
        use_parallel: Ask two models at once. ``None``: as configured.
        tools: Further tools.
        max_retry_limit: Tries of a failed task; 0, since the manager has tried what helps.
        agent_fields: Any other field of ``crewai.Agent``.

    Raises:
        ImportError: CrewAI is not installed.
        ConfigError: The settings file cannot be used.
        UsageError: A folder is none.
        UnknownKeywordError: ``crewai.Agent`` has no such field.
    """
    require_crewai()
    from crewai import Agent

    from .crewai_layer.project_tools import docs_tools, project_tools

    if not os.fspath(project_dir):
        raise UsageError("project_dir: a text without a path would be the folder of the program")
    refuse_unknown("create_executor_agent", agent_fields, Agent.model_fields)
    if allow_code_execution:
        text = "allow_code_execution has no effect: CrewAI dropped it; no code is executed"
        warnings.warn(text, UserWarning, stacklevel=2)
    all_tools = project_tools(project_dir)
    if docs_dir is not None:
        all_tools += docs_tools(docs_dir)
    if use_llm_manager:
        llm: Any = create_llm_for_crewai(llm_config_path, use_parallel=use_parallel)
    else:
        with LLMManager(llm_config_path) as manager:
            llm = crewai_model(manager.default_connection())
    return Agent(
        role=role,
        goal=goal,
        backstory=BACKSTORY if backstory is None else backstory,
        verbose=verbose,
        tools=[*all_tools, *(tools or ())],
        max_retry_limit=max_retry_limit,
        **{"llm": llm, **agent_fields},
    )


def crewai_model(connection: Connection) -> Any:
    """CrewAI's own model for a connection, without LiteLLM."""
    from crewai import LLM

    # CrewAI guesses from an OpenAI model's name what it can do; from this kind's it does not.
    prefix = "hosted_vllm" if connection.kind == "openai_compatible" else connection.kind
    fields = {
        "base_url": connection.base_url,
        "api_key": connection.api_key,
        "temperature": connection.temperature,
        "max_tokens": connection.max_tokens,
        "timeout": connection.timeout,
    }
    given: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    return LLM(model=f"{prefix}/{connection.model}", **given)
