"""The programs that measure this package make the calls they measure. Nothing is timed here."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from upstream import Upstream

PROGRAMS = Path(__file__).parents[3] / "llm-bench" / "python"
MODEL = "acme/swift-8b"
MESSAGE = {"role": "user", "content": "Is it raining?"}
REQUEST: dict[str, Any] = {
    "model": MODEL,
    "messages": [MESSAGE],
    "max_tokens": 9,
    "temperature": 0.2,
    "stream": False,
}


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports one of the programs by its name."""
    monkeypatch.syspath_prepend(str(PROGRAMS))
    yield importlib.import_module
    for name in [path.stem for path in PROGRAMS.glob("*.py")]:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("side", "asks"),
    [
        ("llm-manager", 2),
        ("llm-manager-async", 2),
        ("openai", 2),
        ("crewai-object", 2),
        # It asks once, to know what it is to answer.
        ("crewai-empty", 1),
    ],
)
def test_every_side_that_is_installed_for_tests_makes_the_same_call(
    side: str, asks: int, program: Any, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.says(MODEL, "No.")
    run = program("sides").SIDES[side](upstream.base_url, REQUEST, tmp_path)
    run(2)
    calls = upstream.calls(MODEL)
    assert len(calls) == asks
    for call in calls:
        wanted = (call.body["messages"], call.body["max_tokens"], call.body["temperature"])
        assert wanted == ([MESSAGE], 9, 0.2)
        assert not call.stream


@pytest.mark.parametrize("kind", ["threads", "tasks"])
def test_many_callers_make_all_their_calls(
    kind: str, program: Any, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    upstream.says(MODEL, "No.")
    request = tmp_path / "request.json"
    request.write_text(json.dumps(REQUEST))
    arguments = [kind, upstream.base_url, str(request), "3", "2", "0.001"]
    monkeypatch.setattr(sys, "argv", ["throughput.py", *arguments])
    program("throughput").main()
    # One to open the connection, then those that count.
    assert len(upstream.calls(MODEL)) == 3 * (1 + 2)
    assert float(capsys.readouterr().out) > 0
