"""Tools: what is sent of them, and running them where CrewAI leaves that to its model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crewai.events.event_bus import crewai_event_bus
from crewai.events.types.tool_usage_events import (
    ToolUsageErrorEvent,
    ToolUsageFinishedEvent,
    ToolUsageStartedEvent,
)
from crewai.llms.providers.utils.common import safe_tool_conversion
from crewai.utilities.pydantic_schema_utils import sanitize_tool_params_for_openai_strict
from crewai.utilities.string_utils import sanitize_tool_name

from ..errors import LLMError, UsageError
from .errors import NOT_AGAIN


class ToolFailedError(LLMError, RuntimeError):
    """A tool that the model called raised; the cause is the tool's exception."""

    #: Otherwise CrewAI would call the model, and run the tool, three times over when the tool's own
    #: error speaks of a rate limit.
    code = NOT_AGAIN


class UnknownToolError(LLMError, ValueError):
    """The model called a tool that there is not."""

    #: The text quotes the model.
    code = NOT_AGAIN


def as_sent(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tools as CrewAI's own models send them: names made safe, schemas made strict."""
    _refuse_names(tools)
    try:
        return [_as_sent(tool) for tool in tools]
    except RecursionError:
        raise UsageError("tools: a schema contains itself, or nests too deep") from None


def _refuse_names(tools: Sequence[Mapping[str, Any]]) -> None:
    """Refuses names that no model can call.

    CrewAI leaves of a name its Latin letters and digits, also where it looks for the tool that a
    model named in its text: it would run one tool for another of two whose names are nothing then.
    """
    names = [tool.get("name") or (tool.get("function") or {}).get("name") for tool in tools]
    refused = [
        name
        for name in names
        if isinstance(name, str) and not sanitize_tool_name(name)[:1].isalpha()
    ]
    if len(refused) > 1:
        raise UsageError(
            f"tools: {len(refused)} of them cannot be told apart: CrewAI keeps only the Latin "
            "letters and digits of a name; begin each with a Latin letter"
        )
    if refused:
        # By these words CrewAI goes on with the tools in the prompt, where any name will do.
        raise UsageError(
            f"tool calling is not supported for a tool named {refused[0]!r}: begin its name with "
            "a Latin letter"
        )


def _as_sent(tool: Mapping[str, Any]) -> dict[str, Any]:
    name, description, parameters = safe_tool_conversion(dict(tool), "LLM manager")
    function: dict[str, Any] = {"name": name, "description": description, "strict": True}
    if parameters:
        function["parameters"] = sanitize_tool_params_for_openai_strict(parameters)
    return {"type": "function", "function": function}


def as_returned(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call as CrewAI takes it from its model.

    CrewAI tells the model of arguments that are no JSON or do not fit the tool, but ends the whole
    run over JSON that is no object. So that becomes an object, which does not fit.
    """
    function = dict(call["function"])
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        return dict(call)
    if isinstance(arguments, dict):
        return dict(call)
    # Nothing is how some models write that there are no arguments.
    meant = {} if arguments is None else {"arguments": arguments}
    function["arguments"] = json.dumps(meant)
    return {**call, "function": function}


def run(
    source: Any,
    call: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]],
    from_task: Any,
    from_agent: Any,
) -> str:
    """Runs a tool that the model calls, and returns its result as text.

    CrewAI's own way ends the call's events by itself, without its tokens; this one leaves that to
    the caller.

    Raises:
        UnknownToolError: ``functions`` has no such tool.
        ToolFailedError: The tool raised, or its arguments are no JSON object.
    """
    name = call["function"]["name"]
    function = functions.get(name)
    if function is None:
        known = ", ".join(functions)
        raise UnknownToolError(f"the model called the tool `{name}`; there is only {known}")
    try:
        arguments = json.loads(call["function"]["arguments"] or "null")
    except ValueError as problem:
        text = f"the model called `{name}` with arguments that are no JSON: {problem}"
        raise ToolFailedError(text) from None
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise ToolFailedError(f"the model called `{name}` with arguments that are no JSON object")
    scope: dict[str, Any] = {
        "tool_name": name,
        "tool_args": arguments,
        "from_task": from_task,
        "from_agent": from_agent,
    }
    started = datetime.now()
    crewai_event_bus.emit(source, event=ToolUsageStartedEvent(**scope))
    try:
        result = function(**arguments)
    except Exception as problem:
        crewai_event_bus.emit(source, event=ToolUsageErrorEvent(**scope, error=str(problem)))
        raise ToolFailedError(f"the tool `{name}` failed: {problem}") from problem
    crewai_event_bus.emit(
        source,
        event=ToolUsageFinishedEvent(
            **scope, output=result, started_at=started, finished_at=datetime.now()
        ),
    )
    return result if isinstance(result, str) else str(result)
