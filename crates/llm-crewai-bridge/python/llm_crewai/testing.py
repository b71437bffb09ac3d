"""Tests of the configured models."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from . import _native
from .errors import UsageError
from .manager import LLMManager, expect_manager
from .requests import encode

#: Where a report goes that is given no path.
REPORT_FOLDER = "llm-reports"


class LLMTestRunner:
    """Tests the models of a manager: every call goes to one model, without retry or fallback.

    Args:
        manager: Whose models; ``None`` opens one for ``config/llm_settings.yaml``.
        profile: ``"smoke"`` is one short call a model, ``"standard"`` five and the capabilities.
            ``None``: as configured.
        prompt: What models are asked; ``None``: as configured.
        models: Names of the models to test; all when empty.
        timeout: Seconds of one call; ``None``: as configured.

    Raises:
        UsageError: An option is not one.
    """

    def __init__(
        self,
        manager: LLMManager | None = None,
        *,
        profile: str | None = None,
        prompt: str | None = None,
        models: Sequence[str] = (),
        timeout: float | None = None,
    ) -> None:
        if manager is not None:
            expect_manager(manager)
        if isinstance(models, str) or not isinstance(models, Iterable):
            raise UsageError(f"models: expected a list of names, not {models!r}")
        self.manager = LLMManager() if manager is None else manager
        options = {"profile": profile, "prompt": prompt, "timeout": timeout}
        given = {name: value for name, value in options.items() if value is not None}
        request = encode({**given, "models": list(models)})
        self._native = _native.TestRunner(self.manager._native, request)

    async def test_all_models(self) -> dict[str, dict[str, Any]]:
        """Tests every model, and returns what was found by name.

        Each result has ``available``, ``availability_message``, ``simple_test`` with ``success``,
        ``response_time`` (seconds), ``output_tokens`` and ``error``, ``model_config`` with the
        role and the counts, and ``report``: all that is known, as in ``report.json``.
        """
        return _results(json.loads(await self._native.run_async()), self.manager)

    def test_all_models_sync(self) -> dict[str, dict[str, Any]]:
        """As :meth:`test_all_models`, for programs without an event loop. Blocks."""
        return _results(json.loads(self._native.run()), self.manager)

    def get_working_models(self) -> list[str]:
        """The models of the last run that can be relied on, in chain order."""
        return self._native.working_models()

    def get_fastest_models(self) -> list[tuple[str, float]]:
        """The models of the last run that answered, fastest first, with seconds."""
        return self._native.fastest_models()

    def export_results_markdown(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Writes the last run's report as Markdown and returns where.

        Args:
            path: Where to; its folder is made. ``None``: a new file in ``llm-reports``.

        Raises:
            UsageError: There was no run, or the file cannot be written.
        """
        if path is None:
            name = datetime.now().strftime("llm_test_results_%Y%m%d_%H%M%S.md")
            path = Path(REPORT_FOLDER) / name
        return Path(self._native.export_markdown(path))


def _results(report: dict[str, Any], manager: LLMManager) -> dict[str, dict[str, Any]]:
    known = {f"{model.provider}:{model.name}": model for model in manager.models()}
    return {
        model["model"]: {
            "available": model["good"] > 0,
            "availability_message": _message(model),
            "simple_test": _simple_test(model),
            "model_config": {
                "role": model["role"],
                "max_tokens": info.capabilities.get("max_output_tokens") if info else None,
                "context_window": info.capabilities.get("context_window") if info else None,
                "last_response_time": info.last_response_time if info else None,
                "success_count": info.success_count if info else 0,
                "error_count": info.error_count if info else 0,
            },
            "report": model,
        }
        for model in report["models"]
        for info in [known.get(f"{model['provider']}:{model['model']}")]
    }


def _message(model: dict[str, Any]) -> str:
    if model["skipped"] is not None:
        return f"skipped: {model['skipped']['reason']}"
    if not model["failures"]:
        return f"{model['status']}: {model['good']} of {model['sent']} answered"
    worst = model["failures"][0]
    return f"{model['status']}: {worst['error_type']}, {worst['message']}"


def _simple_test(model: dict[str, Any]) -> dict[str, Any]:
    """The last chat call of a model; a model that was not called has none."""
    chats = [call for call in model["calls"] if call["purpose"] == "chat"]
    if not chats:
        return {"success": False, "response_time": None, "output_tokens": None, "error": None}
    last = chats[-1]
    failed = last["error_type"]
    return {
        "success": failed is None,
        "response_time": last["elapsed_ms"] / 1e3,
        "output_tokens": last["output_tokens"],
        "error": None if failed is None else f"{failed}: {last['message']}",
    }
