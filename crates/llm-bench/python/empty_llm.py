"""A model object of CrewAI that has its answer already, with the events of CrewAI's own objects."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from crewai.events.types.llm_events import LLMCallType
from crewai.llms.base_llm import BaseLLM, llm_call_context
from llm_crewai import LLMResponse
from pydantic import PrivateAttr

from request import Request


class EmptyLLM(BaseLLM):
    """Answers what it was told: what is left is what CrewAI itself costs."""

    _response: LLMResponse = PrivateAttr()
    _usage: dict[str, int] = PrivateAttr(default_factory=dict)
    _wait: Callable[[], None] | None = PrivateAttr(default=None)

    def remember(self, response: LLMResponse, wait: Callable[[], None] | None) -> None:
        """From now on answers this, after ``wait``."""
        self._wait = wait
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
            if self._wait is not None:
                self._wait()
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


def bare_wait(base_url: str, request: Request) -> Callable[[], None]:
    """Asks the upstream and waits for its answer, with as little as that can be done with."""
    address = urlsplit(base_url)
    body = json.dumps(request).encode()
    head = (
        f"POST {address.path}/chat/completions HTTP/1.1\r\nhost: {address.netloc}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    sent = head.encode() + body
    connection = socket.create_connection((str(address.hostname), address.port or 80))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def wait() -> None:
        connection.sendall(sent)
        # The quick upstream sends an answer in one piece, which is far below this.
        assert connection.recv(65_536)

    return wait
