"""What comes back from a call: an answer, and the story of how it was got."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Tokens. What nobody told is ``None``, never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One call of one model."""

    model: str
    provider: str
    role: str | None
    #: Milliseconds after the call began.
    started_ms: int
    elapsed_ms: int
    #: ``"ok"``, or the kind of the failure, such as ``"rate_limited"``.
    outcome: str
    #: The HTTP status, where there was an answer.
    status: int | None
    #: ``"yes"``, ``"no"``, or ``"maybe"`` where it cannot be known.
    billed: str

    def __str__(self) -> str:
        status = f" (HTTP {self.status})" if self.status is not None else ""
        role = self.role or "no role"
        return f"{self.model} [{role}]: {self.outcome}{status} after {self.elapsed_ms} ms"


@dataclass(frozen=True)
class Exclusion:
    """A model that was not asked, and why."""

    model: str
    reason: str


@dataclass(frozen=True)
class Judgement:
    """How the better of two answers was found."""

    #: ``"decided"``, ``"undecided"``, ``"failed"`` or ``"skipped"``.
    status: str
    judge: str | None
    winner: str
    loser: str | None
    verdict: Any
    reason: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Failure:
    """Why no model answered."""

    #: For people: ``"Timeout"``, ``"ApiError"``, ``"RateLimit"`` or ``"ModelUnavailable"``.
    label: str
    #: For programs, such as ``"rate_limited"``.
    kind: str
    message: str
    retryable: bool
    #: Seconds, where a provider said so.
    retry_after: float | None


@dataclass(frozen=True)
class LLMResponse:
    """An answer, or why there is none, and how it was got."""

    success: bool
    #: What the model said; empty when nobody answered. What had arrived, when it broke off.
    content: str
    #: Whose answer it is.
    model_name: str | None
    #: Seconds from the call to its end.
    response_time: float
    #: Why nobody answered, in one line.
    error: str | None
    #: The same for programs.
    failure: Failure | None = None
    provider: str | None = None
    #: Whether the answer broke off after a part of it had been handed on.
    partial: bool = False
    #: Seconds to the first token.
    time_to_first_token: float | None = None
    finish_reason: str | None = None
    #: Tokens of this answer.
    usage: Usage | None = None
    #: Tokens of every attempt that told, the judge's among them: what the bill counts.
    total_usage: Usage | None = None
    #: US dollars of all attempts; ``None`` when one of them is unknown.
    cost_usd: float | None = None
    strategy: str | None = None
    attempts: tuple[Attempt, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    judgement: Judgement | None = None
    #: The tools the model calls, as in OpenAI's messages.
    tool_calls: tuple[dict[str, Any], ...] = ()
    reasoning: str | None = None
    response_id: str | None = None
    #: All of it, as the command line prints it.
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, text: str) -> LLMResponse:
        """Reads the reply of the native layer."""
        raw: dict[str, Any] = json.loads(text)
        error, judge = raw["error"], raw["judge"]
        return cls(
            success=raw["success"],
            content=raw["content"] or "",
            model_name=raw["model_name"],
            response_time=raw["response_time"],
            error=error and error["message"],
            failure=error and _failure(error),
            provider=raw["provider"],
            partial=raw["partial"],
            time_to_first_token=raw["ttft"],
            finish_reason=raw["finish_reason"],
            usage=_usage(raw["usage"]),
            total_usage=_usage(raw["counted_usage"]),
            cost_usd=raw["cost_usd"],
            strategy=raw["strategy"],
            attempts=_attempts(raw["attempts"]),
            excluded=tuple(Exclusion(**excluded) for excluded in raw["excluded"]),
            judgement=judge and Judgement(**{**judge, "attempts": _attempts(judge["attempts"])}),
            tool_calls=tuple(raw["tool_calls"]),
            reasoning=raw["reasoning"],
            response_id=raw["response_id"],
            raw=raw,
        )

    def route(self) -> str:
        """The way to the answer for people: a line an attempt, then who was not asked and why."""
        lines = [str(attempt) for attempt in self.attempts]
        if self.judgement is not None:
            judge = self.judgement.judge or "nobody"
            lines.append(f"judged by {judge}: {self.judgement.winner}, {self.judgement.reason}")
        lines.extend(f"{excluded.model}: not asked, {excluded.reason}" for excluded in self.excluded)
        return "\n".join(lines)


@dataclass(frozen=True)
class StreamChunk:
    """A piece of an answer as it arrives."""

    #: ``"text"``, ``"reasoning"`` or ``"tool_call"``.
    kind: str
    #: The piece; of a tool call, a piece of its arguments.
    text: str
    #: Which tool call it belongs to.
    index: int | None = None
    #: The tool call's id and name, with its first piece.
    id: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class ModelInfo:
    """A configured model, and what is known of it."""

    name: str
    provider: str
    #: ``"primary"``, ``"duplicate"``, ``"reserve"``, ``"fallback"`` or nothing.
    role: str | None
    #: Why it cannot be called at the moment; ``None`` when it can.
    obstacle: str | None
    #: Seconds of its last answer.
    last_response_time: float | None
    success_count: int
    error_count: int
    #: What it can do, as far as known: ``context_window``, ``tools``, ``images``, …
    capabilities: dict[str, Any] = field(default_factory=dict, compare=False)


def _usage(usage: dict[str, Any] | None) -> Usage | None:
    return None if usage is None else Usage(**usage)


def _attempts(attempts: list[dict[str, Any]]) -> tuple[Attempt, ...]:
    return tuple(Attempt(**attempt) for attempt in attempts)


def _failure(error: dict[str, Any]) -> Failure:
    return Failure(
        label=error["label"],
        kind=error["kind"],
        message=error["message"],
        retryable=error["retryable"],
        retry_after=error["retry_after_s"],
    )
