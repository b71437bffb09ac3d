"""The request that every side sends, and the settings file of the manager."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

KEY = "sk-test-000"


class Message(TypedDict):
    """A message of the conversation."""

    role: str
    content: str


class Request(TypedDict):
    """What is sent, as the Rust program of this crate prints it."""

    model: str
    messages: list[Message]
    max_tokens: int
    temperature: float
    #: Always false: every side asks for whole answers.
    stream: bool


def read(path: Path) -> Request:
    """The request in a file."""
    request: Request = json.loads(path.read_text())
    return request


def write_settings(folder: Path, base_url: str, model: str) -> Path:
    """Writes the settings of a manager with one model, as the Rust program has them built in.

    What it learns is kept in ``folder``, as it is kept for a user.
    """
    settings = {
        "state_dir": str(folder / "state"),
        "llm": {"model_roles": {"primary": [model]}},
        "providers": {
            "openrouter": {
                "base_url": base_url,
                "api_key": KEY,
                # As the others ask: an answer in one piece.
                "upstream_stream": "off",
                "models": [model],
            }
        },
    }
    path = folder / "settings.yaml"
    path.write_text(json.dumps(settings))
    return path
