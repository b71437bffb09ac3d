"""A model object of CrewAI that has its answer already, and tells the bus what others tell it."""

from __future__ import annotations

from typing import Any

from crewai.events.event_bus import crewai_event_bus
from crewai.events.types.llm_events import LLMCallType
from crewai.llms.base_llm import BaseLLM, get_current_call_id, llm_call_context
from llm_crewai import LLMResponse, LLMRouteEvent
from pydantic import PrivateAttr


class EmptyLLM(BaseLLM):
    """Answers at once: what is left is what CrewAI itself costs."""

    #: Whether it also tells the way to its answer, as our object does and CrewAI's own do not.
    tells_route: bool = False

    _response: LLMResponse = PrivateAttr()
    _usage: dict[str, int] = PrivateAttr(default_factory=dict)

    def remember(self, response: LLMResponse) -> None:
        """From now on answers this."""
        usage = response.usage
        assert usage is not None and usage.input_tokens and usage.output_tokens
        self._response = response
        self._usage = {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
        }

    def call(
        self,
        messages: Any,
        tools: Any = None,
        callbacks: Any = None,
        available_functions: Any = None,
        from_task: Any = None,
        from_agent: Any = None,
        response_model: Any = None,
    ) -> str:
        """One event begins the call, one ends it, and its tokens are counted."""
        response, usage = self._response, dict(self._usage)
        with llm_call_context():
            self._emit_call_started_event(
                messages, tools, callbacks, available_functions, from_task, from_agent
            )
            if self.tells_route:
                event = LLMRouteEvent.of(
                    response, self.model, get_current_call_id(), from_task, from_agent
                )
                crewai_event_bus.emit(self, event=event)
            self._track_token_usage_internal(usage)
            self._emit_call_completed_event(
                response.content,
                LLMCallType.LLM_CALL,
                from_task,
                from_agent,
                messages,
                usage=usage,
                finish_reason=response.finish_reason,
                response_id=response.response_id,
            )
            return response.content
