"""O06: processes that fork after the manager was used, and pools of processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from children import Child, run
from upstream import Upstream

BEGIN = """
import asyncio, multiprocessing, os, sys, threading, warnings
from concurrent.futures import ProcessPoolExecutor
from llm_crewai import LLMManager
warnings.simplefilter("ignore", DeprecationWarning)  # Of forks with threads, since Python 3.12.
manager = LLMManager(sys.argv[1])

def ask(prompt="Hi"):
    return manager.generate_response_sync(prompt).content

def in_child(work):
    "Does work in a forked child, which ends as Python ends; its exit code."
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


@pytest.fixture
def path(upstream: Upstream, settings: Callable[..., Path]) -> Path:
    """Settings of a model that answers at once and one that never does."""
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    upstream.says("acme/one", "yes")
    upstream.hangs("acme/slow")
    limits = {"first_token": "60s", "idle": "60s", "progress": "60s"}
    return settings(["acme/one"], fallback=["acme/slow"], llm={"timeout": "60s", "timeouts": limits})


def test_o06_a_forked_child_is_served_and_so_is_its_parent(path: Path, upstream: Upstream) -> None:
    program = BEGIN + """
assert ask() == "yes"
def work():
    assert ask() == "yes"
    assert asyncio.run(manager.generate_response("Hi")).content == "yes"
    assert "".join(map(str, manager.stream_response_sync("Hi"))) == "yes"
    assert manager.get_fastest_model() is not None
    in_grandchild = in_child(lambda: ask() == "yes" or 1 / 0)
    assert in_grandchild == 0
print(in_child(work), ask())
"""
    assert run(program, path).check().split() == ["0", "yes"]
    assert [call.outcome for call in upstream.calls()] == ["answered"] * 6


def test_o06_a_child_forked_before_first_use_is_served(path: Path) -> None:
    program = BEGIN + 'print(in_child(lambda: ask() == "yes" or 1 / 0), ask())'
    assert run(program, path).check().split() == ["0", "yes"]


def test_o06_a_child_forked_while_calls_are_in_flight_is_served_a_hundred_times(
    path: Path, upstream: Upstream
) -> None:
    program = BEGIN + """
stop = threading.Event()
def keep_calling():
    while not stop.is_set():
        assert ask() == "yes"
threads = [threading.Thread(target=keep_calling) for _ in range(2)]
ask()
for thread in threads:
    thread.start()
codes = [in_child(lambda: ask("Hi") == "yes" or 1 / 0) for _ in range(100)]
stop.set()
for thread in threads:
    thread.join(10)
print(set(codes), ask())
"""
    assert run(program, path, seconds=60).check().strip() == "{0} yes"


def test_o06_a_stream_opened_before_the_fork_is_a_clear_error_in_the_child(
    path: Path, upstream: Upstream
) -> None:
    upstream.model("acme/one", words=50, pace_ms=5)
    program = BEGIN + """
from llm_crewai import LLMError
stream = manager.stream_response_sync("Hi")
next(stream)
def work():
    try:
        list(stream)
    except LLMError as problem:
        print("child:", type(problem).__name__, problem)
print(in_child(work))
list(stream)
print("parent:", stream.response.success)
"""
    output = run(program, path).check()
    assert "child: " in output and "process" in output
    assert "\n0\n" in output and "parent: True" in output


def test_o06_a_child_that_ends_as_programs_do_writes_its_statistics_and_ends(path: Path) -> None:
    program = BEGIN + """
ask()
child = os.fork()
if child == 0:
    ask()
    sys.exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
manager.close()
"""
    assert run(program, path).check().strip() == "5"


def test_o06_a_child_may_close_its_manager_without_closing_its_parent_s(path: Path) -> None:
    program = BEGIN + """
ask()
print(in_child(manager.close), manager.closed, ask())
"""
    assert run(program, path).check().split() == ["0", "False", "yes"]


def test_o06_a_child_of_a_thread_that_waits_in_a_call_leaves_that_call_alone(
    path: Path, upstream: Upstream
) -> None:
    program = BEGIN + """
ask()
slow = lambda: manager.generate_response_sync("Hi", model_name="acme/slow")
threading.Thread(target=slow, daemon=True).start()
input()
print(in_child(lambda: ask() == "yes" or 1 / 0))
input()
"""
    with Child(program, path) as child:
        upstream.wait_for_calls(2)
        child.go_on()
        assert child.line() == "0"
        [slow] = upstream.calls("acme/slow")
        assert slow.outcome is None, "the parent still waits"
        child.go_on()
        child.end().check()


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("pool", ["pool", "executor"])
def test_o06_pools_of_processes_are_served(
    tmp_path: Path, path: Path, way: str, pool: str
) -> None:
    # A spawned child imports the program again: it must be a file.
    program = tmp_path / "program.py"
    program.write_text(
        """
import multiprocessing, sys, warnings
from concurrent.futures import ProcessPoolExecutor
from llm_crewai import LLMManager
warnings.simplefilter("ignore", DeprecationWarning)
manager = LLMManager(sys.argv[1])

def ask(prompt):
    return manager.generate_response_sync(prompt).content

if __name__ == "__main__":
    ask("Hi")
    context = multiprocessing.get_context(sys.argv[2])
    if sys.argv[3] == "pool":
        with context.Pool(2) as pool:
            said = pool.map(ask, ["Hi"] * 8)
    else:
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            said = list(pool.map(ask, ["Hi"] * 8))
    print(set(said), len(said))
""",
        encoding="utf-8",
    )
    assert run(program, path, way, pool, seconds=40).check().strip() == "{'yes'} 8"


def test_o06_results_travel_between_processes(path: Path) -> None:
    program = BEGIN + """
import pickle
response = manager.generate_response_sync("Hi")
assert pickle.loads(pickle.dumps(response)) == response
for shared in (manager, manager.stream_response_sync("Hi")):
    try:
        pickle.dumps(shared)
    except TypeError as problem:
        print("refused")
"""
    assert run(program, path).check().split() == ["refused", "refused"]


FORK = """
import gc, os, signal, socket, sys, warnings
from llm_crewai import LLMManager
manager = LLMManager(sys.argv[1])
{before}
child = os.fork()
if child == 0:
    gc.collect()
    {inside}
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_child_closes_what_its_parent_watches_ctrl_c_with(path: Path) -> None:
    before = "warnings.simplefilter('error', ResourceWarning)"
    assert run(FORK.format(before=before, inside="print('quiet')"), path).check() == "quiet\n"


def test_a_child_leaves_signals_to_whoever_took_them_after_the_package(path: Path) -> None:
    before = """reader, writer = socket.socketpair()
writer.setblocking(False)
signal.set_wakeup_fd(writer.fileno())"""
    inside = "print(signal.set_wakeup_fd(-1) == writer.fileno())"
    assert run(FORK.format(before=before, inside=inside), path).check() == "True\n"
