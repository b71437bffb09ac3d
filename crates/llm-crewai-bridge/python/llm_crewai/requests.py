"""From the arguments of a call to the JSON of the native layer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict, Union

from .errors import UsageError
from .keywords import refuse_unknown

#: A prompt, or messages as in OpenAI's chat completions.
Prompt = Union[str, Sequence[Mapping[str, Any]]]
#: ``{"type": "json_object"}``, ``{"type": "json_schema", …}``, or a pydantic model.
ResponseFormat = Union[Mapping[str, Any], type, None]


class Parameters(TypedDict, total=False):
    """What a call may set besides the arguments of the seed."""

    #: Whether other models may answer than the one named; true unless said otherwise.
    fallback: bool
    #: Seconds of the whole call: attempts, fallbacks and judge.
    timeout: float | None
    #: Models that are not to be asked.
    avoid: Sequence[str]
    #: Whether an answer that is not the JSON asked for is the next model's turn; true unless said
    #: otherwise.
    check_json: bool
    tools: Sequence[Mapping[str, Any]]
    tool_choice: str | Mapping[str, Any] | None
    parallel_tool_calls: bool | None
    temperature: float | None
    top_p: float | None
    #: Tokens of the answer.
    max_tokens: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    #: The answer ends before any of these.
    stop: str | Sequence[str] | None
    seed: int | None


_OPTIONS = ("fallback", "timeout", "avoid", "check_json")
_KNOWN = tuple(Parameters.__annotations__)


def build(
    function: str,
    prompt: Prompt,
    use_fastest: bool | None,
    use_parallel: bool | None,
    strategy: str | None,
    model_name: str | None,
    response_format: ResponseFormat,
    parameters: Mapping[str, Any],
) -> str:
    """The JSON of a call.

    Raises:
        UnknownKeywordError: a parameter is unknown.
        UsageError: a value has no JSON.
    """
    refuse_unknown(function, parameters, _KNOWN)
    given = {name: value for name, value in parameters.items() if value is not None}
    options = {
        "use_fastest": use_fastest,
        "use_parallel": use_parallel,
        "strategy": strategy,
        "model_name": model_name,
        **{name: given.pop(name) for name in _OPTIONS if name in given},
    }
    request = {
        "messages": prompt,
        "response_format": format_of(response_format),
        "options": {name: value for name, value in options.items() if value is not None},
        **given,
    }
    return encode(request)


def encode(request: Mapping[str, Any]) -> str:
    """The JSON of a request.

    Raises:
        UsageError: it has none; the message says which value.
    """
    try:
        return _encode(request)
    except (TypeError, ValueError, RecursionError):
        raise UsageError("\n".join(_problems(request))) from None


def _encode(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    text.encode()  # A lone surrogate is in no UTF-8.
    return text


def _problems(request: Mapping[str, Any]) -> Iterator[str]:
    """A line for each argument that has no JSON."""
    for name, value in request.items():
        if name == "options":
            yield from _problems(value)
            continue
        try:
            _encode(value)
        except UnicodeEncodeError as problem:
            yield f"{name}: it has a character that is not Unicode's, {problem.object[problem.start]!r}"
        except (TypeError, ValueError, RecursionError) as problem:
            yield f"{name}: it cannot be written as JSON: {problem}"


def format_of(response_format: ResponseFormat) -> Mapping[str, Any] | None:
    """The wire form of a response format; of a pydantic model, its schema."""
    if response_format is None or isinstance(response_format, Mapping):
        return response_format
    schema = getattr(response_format, "model_json_schema", None)
    if schema is None:
        raise UsageError(
            "response_format: expected a mapping such as {'type': 'json_object'}, or a pydantic "
            f"model, not {response_format!r}"
        )
    name = response_format.__name__
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema()}}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON")
