"""What is raised when no model answered, in words CrewAI does not misread.

CrewAI looks for phrases in the text of an exception: some make it wait and try again, three times
over, though the manager has already done all that helps. So the text is made from the kinds of the
failures, never from what a provider wrote.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from ..errors import GenerationError
from ..responses import LLMResponse

#: The manager's word for: longer than the model's window.
CONTEXT_LENGTH = "context_length"
#: By this code CrewAI knows what not to try again, whatever the exception's text says.
NOT_AGAIN = "ServiceQuotaExceededException"


class NoAnswerFitsError(GenerationError, ValueError):
    """No model's answer fits the response model that was asked for."""

    #: A field or a response model may be called by one of CrewAI's phrases.
    code = NOT_AGAIN


def is_overflow(response: LLMResponse) -> bool:
    """Whether a request failed because it fits no model."""
    if response.success or response.failure is None:
        return False
    if response.failure.kind == CONTEXT_LENGTH:
        return True
    reasons = [excluded.reason.partition(":")[0] for excluded in response.excluded]
    return not response.attempts and "context_window" in reasons


def lacks_tools(response: LLMResponse) -> bool:
    """Whether a request failed because every model that could be asked calls no tools."""
    if response.success:
        return False
    refused = [attempt.outcome for attempt in response.attempts]
    reasons = [excluded.reason.partition(":")[0] for excluded in response.excluded]
    return bool(refused or reasons) and (
        all(outcome == "unsupported_param" for outcome in refused)
        and all(reason in ("tools", "missing_key", "disabled") for reason in reasons)
        and ("tools" in reasons or bool(refused))
    )


def no_answer(response: LLMResponse) -> GenerationError:
    """The exception of a request that no model answered."""
    asked = [_asked(attempt.model, attempt.outcome, attempt.status) for attempt in response.attempts]
    left_out = [f"{excluded.model}: {excluded.reason}" for excluded in response.excluded]
    kind = response.failure.kind if response.failure is not None else "unknown"
    story = "; ".join(asked + left_out)
    text = f"no model answered ({kind})" + (f": {story}" if story else "")
    return GenerationError(text, response)


def misfit(problem: ValueError, wanted: type[BaseModel]) -> str:
    """Why an answer does not fit, without its words, which may be among CrewAI's phrases.

    Messages of validators may quote the answer, and so may places: the keys of a mapping are its
    own.
    """
    cause = problem.__cause__
    if not isinstance(cause, ValidationError):
        return "it holds no JSON that can be read"
    known = set(_fields(wanted.model_json_schema()))
    found = cause.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{_place(one['loc'], known)}: {one['type']}" for one in found)


def no_fit(wanted: str, problem: str, response: LLMResponse) -> NoAnswerFitsError:
    """The exception of a request whose answers are not what was ``wanted``."""
    return NoAnswerFitsError(f"no answer fits {wanted}: {problem}", response)


def no_tools(response: LLMResponse) -> GenerationError:
    """The exception after which CrewAI asks again with the tools described in the prompt."""
    return GenerationError(f"the model does not support tools: {no_answer(response)}", response)


def _place(parts: tuple[int | str, ...], known: set[str]) -> str:
    shown = (str(part) if isinstance(part, int) or part in known else "…" for part in parts)
    return ".".join(shown) or "the whole"


def _fields(schema: object) -> Iterator[str]:
    """The names of the fields in a schema, wherever they stand."""
    if isinstance(schema, dict):
        fields = schema.get("properties")
        if isinstance(fields, dict):
            yield from fields
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _fields(part)


def _asked(model: str, outcome: str, status: int | None) -> str:
    return f"{model}: {outcome}" if status is None else f"{model}: http {status}, {outcome}"
