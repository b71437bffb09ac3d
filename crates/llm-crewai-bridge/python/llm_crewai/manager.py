"""Many models behind one call."""

from __future__ import annotations

import json
import os
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _native, interrupts
from .errors import UsageError
from .requests import Parameters, Prompt, ResponseFormat, build, encode
from .responses import LLMResponse, ModelInfo
from .streaming import AsyncResponseStream, ResponseStream

if TYPE_CHECKING:
    from typing_extensions import Unpack

DEFAULT_CONFIG_PATH = "config/llm_settings.yaml"


@dataclass(frozen=True)
class Connection:
    """How the default model is called without the manager."""

    #: ``"openrouter"``, ``"openai"``, ``"openai_compatible"``, ``"anthropic"`` or ``"ollama"``.
    kind: str
    model: str
    base_url: str | None
    api_key: str | None = field(repr=False)
    temperature: float | None
    max_tokens: int | None
    #: Seconds.
    timeout: float


class LLMManager:
    """Many models behind one call, as the settings file says.

    It may be used from any number of threads and event loops at once, and in a forked child,
    which opens connections of its own. Waiting releases the interpreter. A call ends at its
    deadline, at Ctrl-C in whatever thread it waits, when its task is cancelled, and at
    :meth:`close`; its connections end with it. A program that ends waits for its threads, as
    Python does, and so for their calls.

    Args:
        config_path: The settings file.

    Raises:
        ConfigError: The file cannot be used; the message has every problem with its place.
    """

    def __init__(self, config_path: str | os.PathLike[str] = DEFAULT_CONFIG_PATH) -> None:
        interrupts.watch()
        self.config_path = Path(config_path)
        self._native = _native.Manager(self.config_path, _variables())
        # Where the file is, wherever the program goes.
        self._file = self.config_path.absolute()
        # Also at the end of the program: what was learned last is written then.
        self._closing = weakref.finalize(self, _leave, self._native)

    async def generate_response(
        self,
        prompt: Prompt,
        use_fastest: bool = True,
        use_parallel: bool | None = None,
        strategy: str | None = None,
        model_name: str | None = None,
        response_format: ResponseFormat = None,
        **parameters: Unpack[Parameters],
    ) -> LLMResponse:
        """Answers ``prompt``. When every model fails, the response says so: ``success`` is false.

        Args:
            prompt: A text, or messages as in OpenAI's chat completions.
            use_fastest: Ask the fastest primary first; otherwise ``llm.default_model``.
            use_parallel: Ask two at once and return the better answer. ``None``: as configured.
            strategy: ``"single"``, ``"fallback"`` or ``"best_of_two"``; wins over ``use_parallel``.
            model_name: Ask this model first: an id, ``provider:id`` or an alias.
            response_format: JSON mode, or a JSON schema or pydantic model to answer by.
            parameters: See :class:`~llm_crewai.requests.Parameters`.

        Raises:
            UsageError: The call asks for what cannot be; nothing was sent.
            ManagerClosedError: The manager was closed.
        """
        request = build(
            "generate_response", prompt, use_fastest, use_parallel, strategy, model_name,
            response_format, parameters,
        )  # fmt: skip
        return LLMResponse.from_json(await self._native.generate_async(request))

    def generate_response_sync(
        self,
        prompt: Prompt,
        use_fastest: bool = True,
        use_parallel: bool | None = None,
        strategy: str | None = None,
        model_name: str | None = None,
        response_format: ResponseFormat = None,
        **parameters: Unpack[Parameters],
    ) -> LLMResponse:
        """As :meth:`generate_response`, for programs without an event loop. Blocks."""
        request = build(
            "generate_response_sync", prompt, use_fastest, use_parallel, strategy, model_name,
            response_format, parameters,
        )  # fmt: skip
        return LLMResponse.from_json(self._native.generate(request))

    def stream_response(
        self,
        prompt: Prompt,
        use_fastest: bool = True,
        use_parallel: bool | None = None,
        strategy: str | None = None,
        model_name: str | None = None,
        response_format: ResponseFormat = None,
        **parameters: Unpack[Parameters],
    ) -> AsyncResponseStream:
        """The answer to ``prompt`` as it arrives, for ``async for``.

        Arguments as of :meth:`generate_response`. A stream cannot say ``success=False``: it ends
        with :class:`~llm_crewai.errors.GenerationError`, which has the response.
        """
        request = build(
            "stream_response", prompt, use_fastest, use_parallel, strategy, model_name,
            response_format, parameters,
        )  # fmt: skip
        return AsyncResponseStream(self._native.stream(request), self)

    def stream_response_sync(
        self,
        prompt: Prompt,
        use_fastest: bool = True,
        use_parallel: bool | None = None,
        strategy: str | None = None,
        model_name: str | None = None,
        response_format: ResponseFormat = None,
        **parameters: Unpack[Parameters],
    ) -> ResponseStream:
        """As :meth:`stream_response`, for ``for``."""
        request = build(
            "stream_response_sync", prompt, use_fastest, use_parallel, strategy, model_name,
            response_format, parameters,
        )  # fmt: skip
        return ResponseStream(self._native.stream(request), self)

    def models(self) -> list[ModelInfo]:
        """Every model in chain order, and what is known of it."""
        return [ModelInfo(**model) for model in json.loads(self._native.models())]

    def get_fastest_model(self) -> ModelInfo | None:
        """The model from which the fastest answer is expected.

        Before any measurement the first primary; ``None`` only without any model.
        """
        fastest = self._native.fastest_model()
        models = self.models()
        if fastest is not None:
            models = [model for model in models if f"{model.provider}:{model.name}" == fastest]
        return models[0] if models else None

    def get_primary_models(self) -> list[ModelInfo]:
        """The models with the role ``primary``, in configured order."""
        return [model for model in self.models() if model.role == "primary"]

    def get_model_by_name(self, name: str) -> ModelInfo | None:
        """The configured model of a name: an id, ``provider:id`` or an alias."""
        try:
            found = self._native.resolve(name)
        except UsageError:
            return None
        models = (m for m in self.models() if f"{m.provider}:{m.name}" == found)
        return next(models, None)

    def get_performance_stats(self) -> dict[str, dict[str, Any]]:
        """What is known of each model, by name: times in seconds, counts of calls."""
        return {
            model.name: {
                "provider": model.provider,
                "role": model.role,
                "last_response_time": model.last_response_time,
                "success_count": model.success_count,
                "error_count": model.error_count,
                "obstacle": model.obstacle,
            }
            for model in self.models()
        }

    def count_tokens(self, prompt: Prompt, tools: list[dict[str, Any]] | None = None) -> int:
        """Tokens of a conversation, by estimate: a quarter of its characters."""
        return self._native.count_tokens(encode({"messages": prompt, "tools": tools or []}))

    def default_connection(self) -> Connection:
        """How the default model is called, for a client that is not the manager's.

        The key is in it in clear; its ``repr`` hides it.

        Raises:
            ConfigError: There is no default model, or its provider is not configured.
        """
        return Connection(**json.loads(self._native.default_connection()))

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._native.closed

    def close(self) -> None:
        """Ends every call in flight, refuses later ones, and writes what was learned."""
        self._closing.detach()
        self._native.close()

    def __enter__(self) -> LLMManager:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> LLMManager:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"LLMManager({str(self.config_path)!r}{state})"


def _variables() -> dict[str, str]:
    """The environment, without what is no text: the settings cannot mean such variables."""
    return {
        name: value
        for name, value in os.environ.items()
        if not any("\ud800" <= character <= "\udfff" for character in name + value)
    }


def expect_manager(value: object) -> None:
    """Raises :class:`UsageError` unless ``value`` is a manager."""
    if not isinstance(value, LLMManager):
        raise UsageError(
            f"manager: expected an LLMManager, not {value!r}; a settings file is opened by "
            "LLMManager(config_path)"
        )


def _leave(native: _native.Manager) -> None:
    """What happens to a manager that nobody holds any more, or that is left when a program ends.

    Daemons may wait in calls when a program ends: they are not told of it, as Python tells them of
    nothing else either.
    """
    if threading.main_thread().is_alive():
        native.close()
    else:
        native.save()
