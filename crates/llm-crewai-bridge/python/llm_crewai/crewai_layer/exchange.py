"""One call from its first event to its last, as steps that the caller carries out.

CrewAI calls its models with and without an event loop. What happens in a call is the same, so it
is written once, as a generator of steps; only who carries them out waits in one way or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crewai.events.event_bus import crewai_event_bus
from crewai.events.types.llm_events import LLMCallType
from crewai.hooks.dispatch import HookAborted
from crewai.llms.base_llm import LLMCallBlockedError, get_current_call_id
from crewai.utilities.exceptions.context_window_exceeding_exception import (
    LLMContextLengthExceededError,
)
from crewai.utilities.pydantic_schema_utils import generate_model_description
from pydantic import BaseModel

from ..requests import encode, format_of
from ..responses import LLMResponse, StreamChunk
from . import toolbox
from .errors import (
    is_overflow,
    lacks_tools,
    misfit,
    no_answer,
    no_fit,
    no_tools,
)
from .route import LLMRouteEvent
from .window import can_shrink, leaves_no_room

if TYPE_CHECKING:
    from .model import ManagerLLM

#: How often a conversation is summarized in one call before it counts as one that fits nowhere.
SUMMARIES = 2


@dataclass(frozen=True)
class Ask:
    """Send this to the manager; the result is its response."""

    request: str
    #: What is told of each chunk; ``None`` when the answer is wanted whole.
    announce: Callable[[StreamChunk], None] | None


@dataclass(frozen=True)
class Summarize:
    """Shorten these messages in place."""

    messages: list[Any]
    callbacks: list[Any]


Step = Ask | Summarize
Steps = Generator[Step, Any, Any]


@dataclass
class Exchange:
    """The arguments of one call."""

    model: ManagerLLM
    messages: str | list[Any]
    tools: Sequence[Mapping[str, Any]] | None
    callbacks: list[Any] | None
    functions: Mapping[str, Callable[..., Any]] | None
    from_task: Any
    from_agent: Any
    answer_as: type[BaseModel] | None
    #: Tokens of every response so far: a call may take several.
    _usage: dict[str, int] = field(default_factory=dict)
    #: Whether the call's last event was told: a hook may still refuse the answer.
    _completed: bool = False
    _tool_calls: dict[int, dict[str, Any]] = field(default_factory=dict)

    def steps(self) -> Steps:
        """The call: exactly one event begins it and one ends it, whatever happens."""
        model, scope = self.model, (self.from_task, self.from_agent)
        model._emit_call_started_event(
            messages=self.messages,
            tools=self.tools,  # type: ignore[arg-type]  # CrewAI's hint is wrong: they are schemas
            callbacks=self.callbacks,
            available_functions=dict(self.functions) if self.functions else None,
            from_task=self.from_task,
            from_agent=self.from_agent,
        )
        try:
            messages = list(model._format_messages(self.messages))
            model._invoke_before_llm_call_hooks(messages, self.from_agent)
            return (yield from self._answer(messages))
        except (HookAborted, LLMCallBlockedError) as denial:
            if not self._completed:
                model._count(self._usage, answered=False)
                model._emit_call_denied_event(denial, *scope)
            raise
        except BaseException as error:
            # Also an interrupt or a cancellation: what began ends.
            if not self._completed:
                model._count(self._usage, answered=False)
                model._emit_call_failed_event(str(error) or type(error).__name__, *scope)
            raise

    def _answer(self, messages: list[Any]) -> Steps:
        response = yield from self._ask(messages)
        if self.answer_as is not None and not response.tool_calls:
            return (yield from self._structured(messages, response, self.answer_as))
        if response.tool_calls:
            return self._tools_called(messages, response)
        text = self.model._apply_stop_words(response.content)
        self._complete(messages, response, text, LLMCallType.LLM_CALL)
        return self.model._invoke_after_llm_call_hooks(messages, text, self.from_agent)

    def _ask(self, messages: list[Any], avoid: Sequence[str] = ()) -> Generator[Step, Any, Any]:
        """The response to a conversation, shortened where it fits no model.

        Raises:
            GenerationError: No model answered.
            LLMContextLengthExceededError: It fits no model, and CrewAI deals with that itself.
        """
        for attempt in range(1 + SUMMARIES):
            response: LLMResponse = yield Ask(self._request(messages, avoid), self._announce())
            self._record(response)
            if response.success:
                return response
            if not is_overflow(response) or self._has_no_room():
                break
            self.model._learn_overflow(messages)
            if not self._may_shrink(messages):
                raise LLMContextLengthExceededError(str(no_answer(response)))
            if attempt < SUMMARIES:
                # The caller's list is its own: what is shortened is the copy that is sent.
                messages[:] = [dict(message) for message in messages]
                yield Summarize(messages, self.callbacks or [])
        if self.tools and lacks_tools(response):
            raise no_tools(response)
        raise no_answer(response)

    def _structured(
        self, messages: list[Any], response: LLMResponse, wanted: type[BaseModel]
    ) -> Steps:
        """The answer as an instance of the model asked for; the next model's when one is not."""
        refused: list[str] = []
        # Each model is avoided once it was refused; the count is for a core that would not.
        for _ in self.model.manager.models():
            try:
                answer = self.model._validate_structured_output(response.content, wanted)
            except ValueError as problem:
                refused.append(f"{response.provider}:{response.model_name}")
                reason = misfit(problem, wanted)
            else:
                text = answer.model_dump_json() if isinstance(answer, BaseModel) else answer
                self._complete(messages, response, text, LLMCallType.LLM_CALL)
                return answer
            response = yield Ask(self._request(messages, refused), None)
            self._record(response)
            if not response.success:
                break
        raise no_fit(wanted.__name__, f"asked {', '.join(refused)}: {reason}", response)

    def _tools_called(self, messages: list[Any], response: LLMResponse) -> Any:
        calls = [dict(call) for call in response.tool_calls]
        if not self.functions:
            calls = [toolbox.as_returned(call) for call in calls]
            self._complete(messages, response, calls, LLMCallType.TOOL_CALL)
            return calls
        try:
            run = toolbox.run(
                self.model, calls[0], self.functions, self.from_task, self.from_agent
            )
        except toolbox.UnknownToolError:
            if not response.content:
                raise
            self._complete(messages, response, response.content, LLMCallType.LLM_CALL)
            return response.content
        self._complete(messages, response, run, LLMCallType.TOOL_CALL)
        return run

    def _request(self, messages: list[Any], avoid: Sequence[str]) -> str:
        request = self.model._request()
        request["messages"] = messages
        if self.tools:
            request["tools"] = toolbox.as_sent(self.tools)
            request["tool_choice"] = "auto"
        if self.answer_as is not None and not self.tools:
            # CrewAI's own check takes more than the schema says, JSON among words, and less: so
            # answers are checked here, and by nobody before.
            request["options"]["check_json"] = False
            request["response_format"] = _schema_of(self.answer_as)
        if avoid:
            # Whoever was to be asked first has been.
            request["options"].pop("model_name", None)
            request["options"]["avoid"] = list(avoid)
        return encode(request)

    def _has_no_room(self) -> bool:
        # Shortening does not help then, and the conversation's length says nothing of any window.
        return leaves_no_room(self.model._candidates(), self.model.max_tokens)

    def _may_shrink(self, messages: list[Any]) -> bool:
        """Whether the conversation is shortened here.

        CrewAI does that itself for agents with native tools, and for nobody else as of 1.15; where
        a user asked for no shortening, or there is nothing to shorten, it gets its own exception.
        """
        respected = getattr(self.from_agent, "respect_context_window", self.from_agent is not None)
        return bool(respected) and can_shrink(messages)

    def _record(self, response: LLMResponse) -> None:
        self.model._last_outcome = response
        for name, tokens in _tokens(response).items():
            self._usage[name] = self._usage.get(name, 0) + tokens
        event = LLMRouteEvent.of(
            response, self.model.model, get_current_call_id(), self.from_task, self.from_agent
        )
        crewai_event_bus.emit(self.model, event=event)

    def _complete(
        self, messages: list[Any], response: LLMResponse, result: Any, call_type: LLMCallType
    ) -> None:
        self._completed = True
        self.model._count(self._usage, answered=True)
        self.model._emit_call_completed_event(
            response=result,
            call_type=call_type,
            from_task=self.from_task,
            from_agent=self.from_agent,
            messages=messages,
            usage=dict(self._usage) or None,
            finish_reason=response.finish_reason,
            response_id=response.response_id,
        )

    def _announce(self) -> Callable[[StreamChunk], None] | None:
        # An answer that is to be an object is of no use before it is whole.
        if not self.model._effective_stream() or self.answer_as is not None:
            return None
        self._tool_calls.clear()
        return self._announce_chunk

    def _announce_chunk(self, chunk: StreamChunk) -> None:
        model, scope = self.model, (self.from_task, self.from_agent)
        if chunk.kind == "text":
            model._emit_stream_chunk_event(chunk.text, *scope, call_type=LLMCallType.LLM_CALL)
        elif chunk.kind == "reasoning":
            model._emit_thinking_chunk_event(chunk.text, *scope)
        else:
            index = chunk.index or 0
            call = self._tool_calls.setdefault(
                index, {"id": None, "type": "function", "index": index,
                        "function": {"name": "", "arguments": ""}},
            )  # fmt: skip
            call["id"] = chunk.id or call["id"]
            call["function"]["name"] = chunk.name or call["function"]["name"]
            call["function"]["arguments"] += chunk.text
            told = {**call, "function": dict(call["function"])}
            model._emit_stream_chunk_event(
                chunk.text, *scope, tool_call=told, call_type=LLMCallType.TOOL_CALL
            )


def _schema_of(wanted: type[BaseModel]) -> Mapping[str, Any] | None:
    """How an answer is asked for: strictly, as CrewAI's own models do, where that can be met.

    Strict schemas have no mappings with keys of the answer's own: CrewAI's rules leave an empty
    object of them, which no answer with a key in it fits.
    """
    if _has_open_object(wanted.model_json_schema()):
        return format_of(wanted)
    return generate_model_description(wanted, strip_null_types=False)


def _has_open_object(schema: object) -> bool:
    if isinstance(schema, Mapping):
        return bool(schema.get("additionalProperties")) or any(
            _has_open_object(part) for part in schema.values()
        )
    return isinstance(schema, list) and any(_has_open_object(part) for part in schema)


def _tokens(response: LLMResponse) -> dict[str, int]:
    """What CrewAI calls the tokens of a response; what nobody told is absent."""
    usage = response.total_usage
    if usage is None:
        return {}
    named = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "cached_prompt_tokens": usage.cached_input_tokens,
        "cache_creation_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
    return {name: tokens for name, tokens in named.items() if tokens is not None}
