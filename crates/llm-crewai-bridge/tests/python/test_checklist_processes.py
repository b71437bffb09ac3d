"""The checklist's lines on whole processes: Ctrl-C, and forks."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from children import PROMPTLY, Child, run
from upstream import Upstream

if not hasattr(os, "fork"):
    pytest.skip("needs signals and forks of POSIX", allow_module_level=True)

#: No limit ends a call: only what the tests do.
PATIENT = {
    "timeout": "300s",
    "timeouts": {"first_token": "300s", "idle": "300s", "progress": "300s"},
}
BEGIN = """
import asyncio, os, sys
from crewai import Agent, Crew, Task
from llm_crewai import create_llm_for_crewai

llm = create_llm_for_crewai(sys.argv[1])

def crew(native=True):
    agent = Agent(role="Clerk", goal="Answer", backstory="Answers.", llm=llm)
    task = Task(description="Say hello.", expected_output="A word", agent=agent)
    return Crew(agents=[agent], tasks=[task], verbose=False)
"""
WAYS = {
    "llm.call": "lambda: llm.call('Hi')",
    "llm.acall": "lambda: asyncio.run(llm.acall('Hi'))",
    "crew.kickoff": "lambda: crew().kickoff()",
    "crew.kickoff_async": "lambda: asyncio.run(crew().kickoff_async())",
    "crew.akickoff": "lambda: asyncio.run(crew().akickoff())",
}


def test_ctrl_c_ends_every_way_of_calling_and_the_upstream_sees_it_leave(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")
    ways = ", ".join(f"{name!r}: {code}" for name, code in WAYS.items())
    # One program for all: it goes on after each, so it is not its end that ends the calls.
    program = f"""{BEGIN}
for name, way in {{{ways}}}.items():
    try:
        way()
        print("way:", name + ", answered")
    except KeyboardInterrupt:
        print("way:", name + ", interrupted")
    except BaseException as error:
        print("way:", name + ",", repr(error))
"""
    with Child(program, settings(llm=PATIENT)) as child:
        for number, name in enumerate(WAYS, start=1):
            upstream.wait_for_calls(number, seconds=60)
            child.send(signal.SIGINT)
            call = upstream.wait_for_ended(number, seconds=PROMPTLY)[number - 1]
            assert call.outcome == "client_left", name
            # CrewAI writes a box about a failed call between them.
            told = next(line for line in iter(child.line, None) if line.startswith("way: "))
            assert told == f"way: {name}, interrupted"
        child.end()
    assert len(upstream.calls()) == len(WAYS)


@pytest.mark.parametrize("own", [False, True], ids=["pythons", "own"])
def test_ctrl_c_reaches_a_crew_behind_the_handler_of_crewais_telemetry(
    upstream: Upstream, settings: Callable[..., Path], own: bool
) -> None:
    upstream.hangs("acme/one")
    # What CrewAI does where nobody switched its telemetry off, but for sending any.
    program = f"""{BEGIN}
import signal
from crewai.events.types.system_events import SigIntEvent
from crewai.telemetry.telemetry import Telemetry

if {own}:
    signal.signal(signal.SIGINT, lambda *_: print("mine"))
telemetry = Telemetry()
assert not telemetry.ready
telemetry._original_handlers = {{}}
telemetry._register_signal_handler(signal.SIGINT, SigIntEvent, shutdown=True)
try:
    crew().kickoff()
except KeyboardInterrupt:
    print("way: interrupted")
"""
    with Child(program, settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(1, seconds=60)
        child.send(signal.SIGINT)
        if own:
            assert any(line == "mine" for line in iter(child.line, None))
            assert upstream.calls()[0].outcome is None, "the program decides, and goes on"
        else:
            [call] = upstream.wait_for_ended(1, seconds=PROMPTLY)
            assert call.outcome == "client_left"
            assert any(line == "way: interrupted" for line in iter(child.line, None))


def test_a_forked_child_is_served_or_told_and_never_hangs(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", echo=True)
    program = f"""{BEGIN}
assert llm.call("parent before") == "parent before"

def in_child(work):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except Exception as error:
            print("told", type(error).__name__, error)
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def calls():
    assert llm.call("child") == "child"
    assert llm.copy().call("copy") == "copy"
    assert asyncio.run(llm.acall("loop")) == "loop"
    print("served")

def runs_a_crew():
    assert crew().kickoff().raw
    print("served a crew")

print("exit", in_child(calls), in_child(runs_a_crew))
assert llm.call("parent after") == "parent after"
print("done")
"""
    output = run(program, settings(), seconds=60).check()
    assert "exit 0 0" in output and "done" in output
    assert ("served\n" in output) or ("told" in output)
    assert [call.messages[-1]["content"] for call in upstream.calls()][-1] == "parent after"
