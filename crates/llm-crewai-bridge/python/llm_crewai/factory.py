"""What CrewAI users begin with. CrewAI is imported when it is needed, not before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from .manager import DEFAULT_CONFIG_PATH, LLMManager

if TYPE_CHECKING:
    from .crewai_layer.model import ManagerLLM


def create_llm_for_crewai(
    config_path: str | os.PathLike[str] = DEFAULT_CONFIG_PATH,
    use_fastest: bool = True,
    use_parallel: bool | None = False,
    *,
    manager: LLMManager | None = None,
    strategy: Literal["single", "fallback", "best_of_two"] | None = None,
    model: str | None = None,
    native_tools: bool | Literal["auto"] = "auto",
    stream: bool | None = None,
    timeout: float | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    context_window: int | None = None,
    **fields: Any,
) -> ManagerLLM:
    """A model object for ``crewai.Agent(llm=…)``.

    Args:
        config_path: The settings file; not read when ``manager`` is given.
        use_fastest: Ask the fastest primary first.
        use_parallel: Ask two at once and return the better answer. ``None``: as configured.
        manager: The manager to use, which other objects may share.
        strategy: How models are chosen; wins over ``use_parallel``.
        model: The model to ask first; the chain follows.
        native_tools: Whether tools are given as such or described in the prompt.
        stream: Whether chunks are told on CrewAI's bus as they arrive.
        timeout: Seconds of a whole call; ``None``: as configured.
        max_tokens: Tokens of an answer.
        temperature: As every model understands it.
        context_window: Tokens, where the models' windows are not known.
        fields: Any other field of the object, such as ``stop`` or ``seed``.

    Raises:
        ImportError: CrewAI is not installed.
        ConfigError: The settings file cannot be used.
        UnknownKeywordError: A keyword is unknown.
    """
    given = {
        "strategy": strategy,
        "model_name": model,
        "stream": stream,
        "timeout": timeout,
        "max_tokens": max_tokens,
        "temperature": temperature,
        "context_window": context_window,
        **fields,
    }
    if manager is None:
        given["config_path"] = os.fspath(config_path)
    return model_class()(
        manager=manager,
        use_fastest=use_fastest,
        use_parallel=use_parallel,
        native_tools=native_tools,
        **{name: value for name, value in given.items() if value is not None},
    )


def model_class() -> type[ManagerLLM]:
    """The class of CrewAI's model object.

    Raises:
        ImportError: CrewAI is not installed; the message says how to get it.
    """
    require_crewai()
    from .crewai_layer.model import ManagerLLM

    return ManagerLLM


def require_crewai() -> None:
    """Raises ImportError, with the remedy, when CrewAI is not installed."""
    try:
        import crewai  # noqa: F401
    except ModuleNotFoundError as missing:
        if missing.name != "crewai":
            raise
        text = "this needs CrewAI: pip install 'llm-crewai[crewai]'; the manager works without it"
        raise ImportError(text, name="crewai") from None
