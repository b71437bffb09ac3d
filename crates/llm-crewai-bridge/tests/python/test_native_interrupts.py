"""Ctrl-C during a call, and programs that end while calls are in flight."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from children import PROMPTLY, Child, run
from upstream import Upstream

PATIENT = {
    "timeout": "300s",
    "timeouts": {"first_token": "300s", "idle": "300s", "progress": "300s"},
}
"""No limit ends a call: only what the tests do."""

BEGIN = """
import asyncio, sys, threading
from concurrent.futures import ThreadPoolExecutor
from llm_crewai import LLMManager
manager = LLMManager(sys.argv[1])
ask = lambda: manager.generate_response_sync("Hi")
"""

WAITS = {
    "a call": "ask()",
    "a stream": "list(manager.stream_response_sync('Hi'))",
    "asyncio": "asyncio.run(manager.generate_response('Hi'))",
    "an async stream": """async def read():
    async for _ in manager.stream_response("Hi"):
        pass
asyncio.run(read())""",
    "a test run": "from llm_crewai import LLMTestRunner\nLLMTestRunner(manager).test_all_models_sync()",
}


def attempt(code: str, leave: str = "print('interrupted')") -> str:
    """A program that does ``code``, and ``leave`` at Ctrl-C."""
    indented = code.replace("\n", "\n    ")
    return f"{BEGIN}\ntry:\n    {indented}\nexcept KeyboardInterrupt:\n    {leave}\n"


@pytest.mark.parametrize("waits", WAITS)
def test_o04_ctrl_c_ends_a_wait_and_its_call_upstream(
    upstream: Upstream, settings: Callable[..., Path], waits: str
) -> None:
    upstream.hangs("acme/one")
    path = settings(llm=PATIENT)
    # The program goes on after it: what ends the call is Ctrl-C, not the end of the process.
    program = attempt(WAITS[waits], "print('interrupted'); sys.stdin.read()")
    with Child(program, path) as child:
        upstream.wait_for_calls(1)
        child.send(signal.SIGINT)
        [call] = upstream.wait_for_ended(1, seconds=PROMPTLY)
        assert call.outcome == "client_left"
        assert child.line() == "interrupted"


def test_o04_ctrl_c_in_the_middle_of_a_stream_ends_it(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.replies("acme/one", then={"stall_after": 2})
    program = attempt("for chunk in manager.stream_response_sync('Hi'):\n    print('piece')")
    with Child(program, settings(llm=PATIENT)) as child:
        assert child.line() == "piece"
        child.send(signal.SIGINT)
        assert child.end(PROMPTLY).check().splitlines()[-1] == "interrupted"
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


@pytest.mark.parametrize(
    "code",
    [
        "with ThreadPoolExecutor() as pool:\n    pool.submit(ask).result()",
        "thread = threading.Thread(target=ask)\nthread.start()\nthread.join()",
        "thread = threading.Thread(target=ask, daemon=True)\nthread.start()\nthread.join()",
        "asyncio.run(asyncio.to_thread(ask))",
    ],
    ids=["pool", "thread", "daemon", "to_thread"],
)
def test_o04_ctrl_c_ends_a_program_whose_call_waits_in_another_thread(
    upstream: Upstream, settings: Callable[..., Path], code: str
) -> None:
    upstream.hangs("acme/one")
    with Child(f"{BEGIN}\n{code}", settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(1)
        child.send(signal.SIGINT)
        ended = child.end(PROMPTLY)
    assert ended.code == -signal.SIGINT, ended
    assert "KeyboardInterrupt" in ended.errors and "panicked" not in ended.errors
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


def test_o04_calls_after_ctrl_c_are_served(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one", times=1, answer="served")
    program = attempt("ask()", "print(ask().content); print(asyncio.run("
                      "manager.generate_response('Hi')).content)")  # fmt: skip
    with Child(program, settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(1)
        child.send(signal.SIGINT)
        assert child.end().check().split() == ["served", "served"]


def test_a_program_with_a_handler_of_its_own_decides_what_ctrl_c_means(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", answer="served", latency_ms=1500)
    program = BEGIN + (
        "import signal\n"
        "signal.signal(signal.SIGINT, lambda *_: print('noted'))\n"
        "with ThreadPoolExecutor() as pool:\n"
        "    there = pool.submit(ask)\n"
        "    print(ask().content, there.result().content)\n"
    )
    with Child(program, settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(2)
        child.send(signal.SIGINT)
        assert child.end().check().split() == ["noted", "served", "served"]


def test_a_handler_that_raises_ends_the_call_with_its_error(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")
    program = BEGIN + (
        "import signal\n"
        "def leave(*_): raise SystemExit(7)\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "ask()\n"
    )
    with Child(program, settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(1)
        child.send(signal.SIGTERM)
        child.end(PROMPTLY).check(7)
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


@pytest.mark.parametrize(
    "code",
    [
        "threading.Thread(target=ask, daemon=True).start()",
        "stream = manager.stream_response_sync('Hi')\n"
        "threading.Thread(target=lambda: list(stream), daemon=True).start()",
        "loop = asyncio.new_event_loop()\n"
        "async def begin(): asyncio.ensure_future(manager.generate_response('Hi'))\n"
        "threading.Thread(target=loop.run_forever, daemon=True).start()\n"
        "asyncio.run_coroutine_threadsafe(begin(), loop).result()",
    ],
    ids=["call", "stream", "asyncio"],
)
@pytest.mark.parametrize("last", ["", "sys.exit(3)", "raise KeyError('mine')"])
def test_a_program_ends_by_itself_while_daemons_wait_in_calls(
    upstream: Upstream, settings: Callable[..., Path], code: str, last: str
) -> None:
    upstream.hangs("acme/one")
    program = f"{BEGIN}\n{code}\ninput()\n{last}"
    with Child(program, settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(1)
        child.go_on()
        ended = child.end(PROMPTLY)
    assert ended.code == {"": 0, "sys.exit(3)": 3}.get(last, 1), ended
    assert ended.errors == "" or last.startswith("raise") and "mine" in ended.errors, ended
    assert "panicked" not in ended.errors and "Fatal" not in ended.errors, ended
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


@pytest.mark.parametrize(
    "code",
    [
        "threading.Thread(target=ask).start()",
        "ThreadPoolExecutor().submit(ask)",
    ],
    ids=["thread", "pool"],
)
def test_a_program_ends_when_the_calls_its_threads_wait_for_have_ended(
    upstream: Upstream, settings: Callable[..., Path], code: str
) -> None:
    upstream.hangs("acme/one")
    # Python waits for such threads; the call's own deadline is what ends them.
    with Child(f"{BEGIN}\n{code}\ninput()", settings(llm={"timeout": "2s"})) as child:
        upstream.wait_for_calls(1)
        child.go_on()
        child.end().check(0)


def test_closing_frees_the_threads_a_program_waits_for(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")
    program = f"""{BEGIN}
from llm_crewai import ManagerClosedError
def work():
    try:
        ask()
    except ManagerClosedError:
        print("closed")
threading.Thread(target=work).start()
input()
manager.close()
"""
    with Child(program, settings(llm=PATIENT)) as child:
        upstream.wait_for_calls(1)
        child.go_on()
        assert child.end(PROMPTLY).check(0).strip() == "closed"


def test_a_program_that_never_closes_keeps_what_it_learned(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.says("acme/one", "yes")
    path = settings()
    for count in ("1", "2"):
        program = BEGIN + (
            "ask()\nprint(manager.get_performance_stats()['acme/one']['success_count'])"
        )
        with Child(program, path) as child:
            assert child.end().check().strip() == count


def test_a_manager_opens_where_pythons_main_thread_is_not_the_first_one(
    settings: Callable[..., Path],
) -> None:
    # As where Python is embedded: `threading` takes whoever imports it first for the main thread.
    program = """
    import sys, threading, warnings
    from llm_crewai import LLMManager
    warnings.simplefilter("error", ResourceWarning)
    def work():
        threading.main_thread = threading.current_thread
        LLMManager(sys.argv[1])
        print("opened")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    """
    assert run(program, settings()).check() == "opened\n"
