"""How much fits, and what to do when it does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..responses import ModelInfo

#: The part of a window that CrewAI's own models call usable.
USABLE = 0.85
#: Tokens, where no model's window is known: an overflow is noticed and mended when it happens,
#: while a small guess would summarize conversations that fit.
UNKNOWN = 131_072


def usable_window(models: Iterable[ModelInfo]) -> int:
    """Tokens that fit each of ``models``: any of them may have to answer."""
    windows = [model.capabilities.get("context_window") for model in models]
    known = [window for window in windows if window is not None]
    return int(min(known, default=UNKNOWN) * USABLE)


def leaves_no_room(models: Iterable[ModelInfo], max_tokens: float | None) -> bool:
    """Whether an answer of ``max_tokens`` would fill the window of each of ``models`` by itself."""
    windows = [model.capabilities.get("context_window") for model in models]
    return max_tokens is not None and all(
        window is not None and window <= max_tokens for window in windows
    )


def may_serve(model: ModelInfo) -> bool:
    """Whether a model may ever answer: a rest ends, a missing key does not."""
    reason = (model.obstacle or "").partition(":")[0]
    return reason not in ("missing_key", "disabled") and model.role is not None


def can_shrink(messages: Sequence[Any]) -> bool:
    """Whether there is more in a conversation than its one question, which is never summarized."""
    turns = [message for message in messages if message.get("role") != "system"]
    return len(turns) > 1
