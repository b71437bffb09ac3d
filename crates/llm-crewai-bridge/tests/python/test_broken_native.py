"""What broke the package once, without CrewAI."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from children import Child, run
from llm_crewai import LLMManager, LLMTestRunner, UsageError
from upstream import Upstream

PATIENT = {"timeout": "60s", "timeouts": {"first_token": "60s", "idle": "60s", "progress": "60s"}}


@pytest.mark.parametrize(
    "name_and_value", [(b"OF_BYTES", b"\xff"), (b"\xfe", b"text")], ids=["value", "name"]
)
def test_a_variable_of_the_environment_that_is_no_text_is_passed_over(
    upstream: Upstream,
    settings: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    name_and_value: tuple[bytes, bytes],
) -> None:
    name, value = map(os.fsdecode, name_and_value)
    monkeypatch.setenv(name, value)
    upstream.says("acme/one", "yes")
    with LLMManager(settings()) as manager:
        assert manager.generate_response_sync("Hi").content == "yes"


@pytest.mark.parametrize(
    ("end", "code"), [("raise SystemExit(7)", 7), ("await calls[0]", -2)], ids=["exit", "ctrl-c"]
)
def test_a_program_that_leaves_a_loop_with_calls_in_flight_ends_in_silence(
    upstream: Upstream, settings: Callable[..., Path], end: str, code: int
) -> None:
    upstream.hangs("acme/one")
    # The loop is held by `input`: nothing is left to do at its end but to cancel the calls.
    program = f"""
import asyncio, sys
from llm_crewai import LLMManager

async def main():
    manager = LLMManager(sys.argv[1])
    calls = [asyncio.create_task(manager.generate_response("Hi")) for _ in range(5)]
    await asyncio.sleep(0)
    input()
    {end}

asyncio.run(main())
"""
    for turn in range(1, 6):  # Where it broke, it did so in most of the runs, not in all.
        with Child(program, settings(llm=PATIENT)) as child:
            upstream.wait_for_calls(5 * turn)
            child.go_on()
            if code < 0:
                child.send(signal.SIGINT)
            child.end().check(code)


def test_everything_may_be_imported_where_there_is_no_crewai() -> None:
    program = """
import sys
sys.modules["crewai"] = None
from llm_crewai import *
print(LLMManager.__name__)
"""
    assert run(program).check().strip() == "LLMManager"


def test_a_runner_takes_a_manager_and_a_list_of_names(settings: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="manager: expected an LLMManager, not 'config.yaml'"):
        LLMTestRunner("config.yaml")  # type: ignore[arg-type]
    with LLMManager(settings()) as manager:
        for models in ("acme/one", 5):
            with pytest.raises(UsageError, match="models: expected a list of names"):
                LLMTestRunner(manager, models=models)  # type: ignore[arg-type]
