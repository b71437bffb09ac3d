"""The processes of a measurement: upstreams, clients, interpreters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: Nothing is asked of anybody but the upstream, and nothing is told to anybody.
_QUIET = {
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_DISABLE_TRACKING": "true",
    "CREWAI_DISABLE_VERSION_CHECK": "true",
    "CREWAI_TESTING": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OTEL_SDK_DISABLED": "true",
    "PYTHONWARNINGS": "ignore",
}


def environment() -> dict[str, str]:
    """The environment of every process: without proxies, keys and settings of this machine."""
    marks = ("_PROXY", "_API_KEY", "LLM__", "OPENAI_", "LITELLM_", "PYTHONPATH")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(mark in name.upper() for mark in marks)
    }
    return {**kept, **_QUIET}


def printed(command: Sequence[str | Path]) -> str:
    """What a program prints.

    Raises:
        RuntimeError: It failed; the message has what it complained of.
    """
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env=environment()
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command[:3]))} failed: {done.stderr[-2000:]}")
    return done.stdout


def client(program: str, *arguments: object) -> float:
    """The figure that one of the programs beside this one prints, in a fresh interpreter."""
    return float(printed([sys.executable, HERE / program, *map(str, arguments)]).split()[-1])


def start_to_end(code: str) -> tuple[float, float]:
    """Runs ``code`` in a fresh interpreter: seconds on the clock, seconds of CPU."""
    before, clock = os.times(), time.perf_counter()
    printed([sys.executable, "-I", "-c", code])
    seconds, after = time.perf_counter() - clock, os.times()
    used = after.children_user + after.children_system
    return seconds, used - before.children_user - before.children_system


@contextmanager
def quick_upstream(overhead: Path) -> Iterator[str]:
    """An upstream that answers at once, always the same; its address."""
    with _program([overhead, "upstream"]) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()


@contextmanager
def slow_upstream(simulated: Path, model: str, latency: float) -> Iterator[str]:
    """An upstream that takes ``latency`` seconds for an answer; its address."""
    with _program([simulated]) as program:
        assert program.stdout is not None and program.stdin is not None
        base_url = json.loads(program.stdout.readline())["base_url"]
        script: dict[str, Any] = {
            "command": "set_model",
            "id": model,
            "answer": "Fine.",
            "latency_ms": round(latency * 1e3),
        }
        program.stdin.write(json.dumps(script) + "\n")
        program.stdin.flush()
        answer = json.loads(program.stdout.readline())
        assert answer == {"model": model}, answer
        yield base_url


@contextmanager
def _program(command: Sequence[Path | str]) -> Iterator[subprocess.Popen[str]]:
    """A program that ends when its input does."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=environment()
    ) as program:
        yield program
