"""The model object, its fields and what CrewAI asks of it."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from crewai.agents.agent_builder import base_agent
from crewai.llms.base_llm import BaseLLM, llm_call_context
from pydantic import BaseModel, Field, PrivateAttr

from ..errors import GenerationError, UsageError
from ..keywords import refuse_unknown
from ..manager import DEFAULT_CONFIG_PATH, LLMManager, expect_manager
from ..requests import encode
from ..responses import LLMResponse, ModelInfo
from ..streaming import AsyncResponseStream, ResponseStream
from . import toolbox
from .exchange import Ask, Exchange, Step, Steps
from .window import USABLE, may_serve, usable_window

#: Under this name a checkpoint finds the class again.
LLM_TYPE = "llm_manager"
#: Fields of CrewAI's base that mean nothing here; a value in one would be lost in silence.
_NOT_OURS = {
    "api_key": "keys stand in the settings file, as `api_key: ${VARIABLE}` of a provider",
    "base_url": "addresses stand in the settings file, as `base_url` of a provider",
    "n": "one answer is all CrewAI takes",
    "additional_params": "a request holds what every provider understands",
}


class ManagerLLM(BaseLLM):
    """The manager as a model of CrewAI: give it to an agent, a crew, or call it.

    Which model answers is decided at every call, by the settings file. ``last_outcome`` says which
    one did and why; so does :class:`~llm_crewai.crewai_layer.route.LLMRouteEvent` on CrewAI's bus.

    Copies (``copy``, ``copy.copy``, ``copy.deepcopy``, ``model_copy``) share the manager and count
    their tokens alone. Agents that share one object share its count, which CrewAI then reports
    once for each of them: give each agent a ``copy()``.

    Raises:
        ConfigError: The settings file cannot be used.
        UnknownKeywordError: A keyword is unknown.
        UsageError: A field has a value that would have no effect.
    """

    llm_type: str = LLM_TYPE
    model: str = "llm-manager"
    #: CrewAI's name for the form of messages and files, not who answers.
    provider: str = "openai"
    config_path: str = DEFAULT_CONFIG_PATH
    use_fastest: bool = True
    use_parallel: bool | None = False
    strategy: Literal["single", "fallback", "best_of_two"] | None = None
    #: The model to ask first; the chain follows.
    model_name: str | None = None
    #: Whether agents are given tools as such, or described in the prompt. ``"auto"``: as such
    #: unless no model calls tools.
    native_tools: bool | Literal["auto"] = "auto"
    #: Seconds of a whole call; ``None``: as configured.
    timeout: float | None = None
    #: Tokens of the smallest window that may have to do; ``None``: what is known of the models.
    context_window: int | None = Field(default=None, gt=0)

    _manager: LLMManager = PrivateAttr()
    _lock: Any = PrivateAttr(default_factory=threading.Lock)
    _last_outcome: LLMResponse | None = PrivateAttr(default=None)
    #: Tokens that turned out to be too many for every model.
    _overflow: int | None = PrivateAttr(default=None)

    def __init__(self, *, manager: LLMManager | None = None, **fields: Any) -> None:
        name = type(self).__name__
        refuse_unknown(name, fields, [*type(self).model_fields, "stop_sequences"])
        for field in _NOT_OURS:
            _refuse_not_ours(name, field, fields.get(field))
        # CrewAI's base wants these two said, and would derive the one from the other.
        fields.setdefault("model", type(self).model_fields["model"].default)
        fields.setdefault("provider", type(self).model_fields["provider"].default)
        if manager is not None:
            expect_manager(manager)
            fields.setdefault("config_path", str(manager._file))
        super().__init__(**fields)
        # Absolute, so that a copy in another process or folder finds it.
        super().__setattr__("config_path", str(Path(self.config_path).absolute()))
        self._manager = LLMManager(self.config_path) if manager is None else manager

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets a field, which the next call has; what would change nothing is refused."""
        if name == "config_path":
            raise UsageError("`config_path` cannot change: make another object for other settings")
        _refuse_not_ours(type(self).__name__, name, value)
        super().__setattr__(name, value)

    # What a call is.

    def call(
        self,
        messages: str | list[Any],
        tools: list[dict[str, Any]] | None = None,
        callbacks: list[Any] | None = None,
        available_functions: dict[str, Any] | None = None,
        from_task: Any | None = None,
        from_agent: Any | None = None,
        response_model: type[BaseModel] | None = None,
    ) -> str | Any:
        """Answers ``messages``, which stay as they are.

        Returns text; the tool calls where the model makes some and ``available_functions`` is
        empty, otherwise the called function's result; an instance of ``response_model``.

        Raises:
            GenerationError: No model answered; ``response`` has the story.
            NoAnswerFitsError: As well a ValueError: no model's answer fits ``response_model``.
            ValueError: The messages have no form.
            LLMContextLengthExceededError: The messages fit no model and were not to be summarized.
        """
        exchange = Exchange(
            self, messages, tools, callbacks, available_functions, from_task, from_agent,
            response_model,
        )  # fmt: skip
        with llm_call_context():
            return _carry_out(exchange.steps(), self._perform)

    async def acall(
        self,
        messages: str | list[Any],
        tools: list[dict[str, Any]] | None = None,
        callbacks: list[Any] | None = None,
        available_functions: dict[str, Any] | None = None,
        from_task: Any | None = None,
        from_agent: Any | None = None,
        response_model: type[BaseModel] | None = None,
    ) -> str | Any:
        """As :meth:`call`, for ``await``, on any event loop."""
        exchange = Exchange(
            self, messages, tools, callbacks, available_functions, from_task, from_agent,
            response_model,
        )  # fmt: skip
        with llm_call_context():
            steps = exchange.steps()
            try:
                step = next(steps)
                while True:
                    try:
                        result = await self._perform_async(step)
                    except BaseException as error:
                        step = steps.throw(error)
                    else:
                        step = steps.send(result)
            except StopIteration as done:
                return done.value

    def _perform(self, step: Step) -> LLMResponse | None:
        if not isinstance(step, Ask):
            self.summarize_messages(step.messages, step.callbacks, verbose=False)
            return None
        native, announce = self._manager._native, step.announce
        if announce is None:
            return LLMResponse.from_json(native.generate(step.request))
        with ResponseStream(native.stream(step.request)) as stream:
            try:
                for chunk in stream:
                    announce(chunk)
            except GenerationError as failed:
                return failed.response
            return stream.response

    async def _perform_async(self, step: Step) -> LLMResponse | None:
        if not isinstance(step, Ask):
            return await asyncio.to_thread(self._perform, step)
        native, announce = self._manager._native, step.announce
        if announce is None:
            return LLMResponse.from_json(await native.generate_async(step.request))
        async with AsyncResponseStream(native.stream(step.request)) as stream:
            try:
                async for chunk in stream:
                    announce(chunk)
            except GenerationError as failed:
                return failed.response
            return stream.response

    def _request(self) -> dict[str, Any]:
        """What every request of this object has: how it is answered and by whom."""
        sampling = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": _whole(self.max_tokens),
            "frequency_penalty": self.frequency_penalty,
            "presence_penalty": self.presence_penalty,
            "seed": self.seed,
            "stop": [stop for stop in self.stop_sequences if stop] or None,
        }
        options = {
            "use_fastest": self.use_fastest,
            "use_parallel": self.use_parallel,
            "strategy": self.strategy,
            "model_name": self.model_name,
            "timeout": self.timeout,
        }
        return {
            **{name: value for name, value in sampling.items() if value is not None},
            "options": {name: value for name, value in options.items() if value is not None},
        }

    # What CrewAI asks before it calls.

    def supports_function_calling(self) -> bool:
        """Whether agents are given tools as such; otherwise they are described in the prompt."""
        if self.native_tools != "auto":
            return self.native_tools
        return any(model.capabilities.get("tools") is not False for model in self._candidates())

    def supports_stop_words(self) -> bool:
        """True: where a model takes none, the manager ends the answer itself."""
        return True

    def supports_multimodal(self) -> bool:
        """Whether any model may take images."""
        return any(model.capabilities.get("images") is not False for model in self._candidates())

    def get_context_window_size(self) -> int:
        """Tokens that fit any model that may have to answer; 85 % of the smallest window."""
        if self.context_window is not None:
            usable = int(self.context_window * USABLE)
        else:
            usable = usable_window(self._candidates())
        # What was once too much is known to be: half of it is tried next.
        return usable if self._overflow is None else min(usable, self._overflow // 2)

    def get_input_tokens_count(
        self,
        messages: str | list[Any],
        tools: list[dict[str, Any]] | None = None,
        response_model: type[BaseModel] | None = None,
    ) -> int:
        """Tokens of a request, by estimate: a quarter of its characters."""
        request = {"messages": messages, "tools": toolbox.as_sent(tools) if tools else []}
        schema = encode(response_model.model_json_schema()) if response_model else ""
        return self._manager._native.count_tokens(encode(request)) + len(schema) // 4

    def _apply_stop_words(self, content: str) -> str:
        # A stop sequence without characters is at the beginning of every answer.
        return super()._apply_stop_words(content) if all(self.stop_sequences) else content

    def _multimodal_formatter_name(self) -> str:
        return "openai"

    def _candidates(self) -> list[ModelInfo]:
        return [model for model in self._manager.models() if may_serve(model)]

    def _learn_overflow(self, messages: list[Any]) -> None:
        tokens = self.get_input_tokens_count(messages)
        with self._lock:
            self._overflow = min(tokens, self._overflow or tokens)

    # What it tells afterwards.

    @property
    def last_outcome(self) -> LLMResponse | None:
        """The response of the last call, whoever made it: models, attempts, scores, cost."""
        return self._last_outcome

    @property
    def manager(self) -> LLMManager:
        """The manager behind it."""
        return self._manager

    def _count(self, usage: Mapping[str, int], *, answered: bool) -> None:
        """Adds the tokens of a call. CrewAI's own way is not safe among threads."""
        with self._lock:
            self._track_token_usage_internal(dict(usage))
            if usage and not answered:
                self._token_usage["successful_requests"] -= 1

    def to_config_dict(self) -> dict[str, Any]:
        """What makes this object again."""
        return {"llm_type": self.llm_type, **self._fields()}

    # Copies.

    def _fields(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.model_fields_set if name != "llm_type"}
        return copy.deepcopy(values)

    def __copy__(self) -> ManagerLLM:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> ManagerLLM:
        return self.__copy__()

    def copy(self, **changes: Any) -> ManagerLLM:
        """Another object of the same manager, which counts its tokens alone."""
        refuse_unknown("copy", changes, type(self).model_fields)
        return type(self)(manager=self._manager, **{**self._fields(), **changes})

    def __reduce__(self) -> tuple[Callable[..., ManagerLLM], tuple[Any, ...]]:
        return _rebuild, (type(self), self._fields())


def _refuse_not_ours(owner: str, field: str, value: object) -> None:
    if field in _NOT_OURS and value not in (None, {}):
        raise UsageError(f"{owner}: `{field}` has no effect: {_NOT_OURS[field]}")


def _whole(tokens: int | float | None) -> int | float | None:
    """A whole number as such, which CrewAI may give as a float; any other is refused later."""
    return int(tokens) if isinstance(tokens, float) and tokens.is_integer() else tokens


def _rebuild(kind: type[ManagerLLM], fields: dict[str, Any]) -> ManagerLLM:
    return kind(**fields)


def _carry_out(steps: Steps, perform: Callable[[Step], LLMResponse | None]) -> Any:
    try:
        step = next(steps)
        while True:
            try:
                result = perform(step)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as done:
        return done.value


# A private table of CrewAI: without the entry a checkpoint cannot be restored, all else works.
_registry = getattr(base_agent, "_LLM_TYPE_REGISTRY", None)
if isinstance(_registry, dict):
    _registry[LLM_TYPE] = f"{ManagerLLM.__module__}.{ManagerLLM.__qualname__}"
