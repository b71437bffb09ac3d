"""Files of settings for tests, whose models are all served by one simulated upstream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from upstream import Upstream

KEY = "sk-test-000"
"""The key the file holds; nothing may show it."""


def write_settings(
    folder: Path,
    upstream: Upstream,
    primary: Sequence[str] = ("acme/one",),
    duplicate: Sequence[str] = (),
    reserve: Sequence[str] = (),
    fallback: Sequence[str] = (),
    *,
    llm: Mapping[str, Any] | None = None,
    provider: Mapping[str, Any] | None = None,
    models: Mapping[str, Mapping[str, Any]] | None = None,
    name: str = "llm_settings.yaml",
) -> Path:
    """Writes a file of settings into ``folder`` and returns its path.

    The roles name models of ``upstream``; ``models`` says more of some, by their ids, or lists
    further ones, as a judge. ``llm`` and ``provider`` add to their sections or replace what is in
    them, level by level. The limits are short enough for a model that hangs, and the state stays in
    ``folder``.
    """
    roles = {
        "primary": list(primary),
        "duplicate": list(duplicate),
        "reserve": list(reserve),
        "fallback": list(fallback),
    }
    named = [model for role in roles.values() for model in role]
    more = models or {}
    listed = dict.fromkeys([*named, *more])
    settings = {
        "version": 1,
        "state_dir": str(folder / "state"),
        "llm": merged(
            {
                "default_provider": "openrouter",
                "default_model": named[0],
                "timeout": "15s",
                "timeouts": {
                    "connect": "2s",
                    "first_token": "2s",
                    "idle": "2s",
                    "progress": "5s",
                },
                "model_roles": {role: ids for role, ids in roles.items() if ids},
                "seed": 7,
            },
            llm or {},
        ),
        "providers": {
            "openrouter": merged(
                {
                    "base_url": upstream.base_url,
                    "api_key": KEY,
                    "models": [{"name": model, **more.get(model, {})} for model in listed],
                },
                provider or {},
            )
        },
    }
    path = folder / name
    # Whatever is JSON is YAML too.
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    return path


def merged(settings: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` with ``more`` in it: sections are merged, anything else is replaced."""
    result = dict(settings)
    for key, value in more.items():
        known = result.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            result[key] = merged(known, value)
        else:
            result[key] = value
    return result
