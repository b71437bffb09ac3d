"""A model object of CrewAI that has its answer already, and tells the bus what ours tells it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from crewai.events.types.llm_events import LLMCallType
from crewai.llms.base_llm import BaseLLM, llm_call_context
from pydantic import PrivateAttr

from request import KEY, Request

#: The figures of usage that CrewAI is told of.
_COUNTED = ("prompt_tokens", "completion_tokens")


class EmptyLLM(BaseLLM):
    """Answers at once: what is left is what CrewAI itself costs."""

    _text: str = PrivateAttr(default="")
    _usage: dict[str, int] = PrivateAttr(default_factory=dict)

    def remember(self, text: str, usage: dict[str, int]) -> None:
        """From now on answers with ``text``, at this price in tokens."""
        self._text, self._usage = text, usage

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
        with llm_call_context():
            self._emit_call_started_event(
                messages, tools, callbacks, available_functions, from_task, from_agent
            )
            self._track_token_usage_internal(dict(self._usage))
            self._emit_call_completed_event(
                self._text,
                LLMCallType.LLM_CALL,
                from_task,
                from_agent,
                messages,
                usage=dict(self._usage),
                finish_reason="stop",
            )
            return self._text


def ask(base_url: str, request: Request) -> tuple[str, dict[str, int]]:
    """What the upstream answers, and the tokens it counts."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    call = urllib.request.Request(
        f"{base_url}/chat/completions", json.dumps(request).encode(), headers
    )
    with urllib.request.urlopen(call) as connection:
        answer = json.load(connection)
    usage = {name: answer["usage"][name] for name in _COUNTED}
    return answer["choices"][0]["message"]["content"], usage
