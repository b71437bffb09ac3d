"""The event that tells the way to an answer."""

from __future__ import annotations

from typing import Any, Literal

from crewai.events.types.llm_events import LLMEventBase

from ..responses import LLMResponse


class LLMRouteEvent(LLMEventBase):
    """Which models were asked, in what order, with what result, and what it cost.

    CrewAI's own events have no room for it. One is emitted for every call of the manager, also one
    that no model answered, before the event that ends the call; ``call_id`` is the same.
    """

    type: Literal["llm_route"] = "llm_route"
    success: bool
    model_name: str | None
    provider: str | None
    strategy: str | None
    #: Seconds.
    response_time: float
    #: A call of one model each: model, provider, role, times, outcome, status, billed.
    attempts: list[dict[str, Any]]
    #: Models that were not asked, and why.
    excluded: list[dict[str, Any]]
    #: How the better of two answers was found: judge, winner, verdict with its score, reason.
    judge: dict[str, Any] | None
    #: Tokens of every attempt.
    usage: dict[str, Any] | None
    cost_usd: float | None
    error: str | None
    #: The same for people, a line an attempt.
    route: str

    @classmethod
    def of(
        cls, response: LLMResponse, model: str, call_id: str, from_task: Any, from_agent: Any
    ) -> LLMRouteEvent:
        """The event of a response."""
        raw = response.raw
        return cls(
            model=model,
            call_id=call_id,
            from_task=from_task,
            from_agent=from_agent,
            success=response.success,
            model_name=response.model_name,
            provider=response.provider,
            strategy=response.strategy,
            response_time=response.response_time,
            attempts=raw["attempts"],
            excluded=raw["excluded"],
            judge=raw["judge"],
            usage=raw["counted_usage"],
            cost_usd=response.cost_usd,
            error=response.error,
            route=response.route(),
        )
