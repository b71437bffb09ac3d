"""Many calls at once: threads, event loops, and managers that close under them."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from llm_crewai import LLMManager, LLMResponse, ManagerClosedError
from upstream import Call, Upstream

PATIENT = {"timeout": "60s", "timeouts": {"first_token": "60s", "idle": "60s", "progress": "60s"}}


def most_at_once(calls: list[Call]) -> int:
    """How many calls were open upstream at the same moment."""
    ends = [(call.started_ms, 1) for call in calls]
    ends += [(call.ended_ms, -1) for call in calls if call.ended_ms is not None]
    now = most = 0
    for _, change in sorted(ends):
        now += change
        most = max(most, now)
    return most


@contextmanager
def waiting(
    manager: LLMManager, upstream: Upstream, count: int
) -> Iterator[list[LLMResponse | BaseException]]:
    """Threads that wait in a call each; joined at the end, when their results are there."""
    results: list[LLMResponse | BaseException] = []

    def work() -> None:
        try:
            results.append(manager.generate_response_sync("Hi"))
        except BaseException as problem:
            results.append(problem)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    upstream.wait_for_calls(count)
    yield results
    for thread in threads:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_other_threads_run_while_a_call_waits(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")
    limits = {"first_token": "8s", "idle": "8s", "progress": "8s"}
    with LLMManager(settings(llm={"timeout": "8s", "timeouts": limits})) as manager:
        with waiting(manager, upstream, 1) as results:
            # Each of these gives the interpreter away and wants it back; a call that had it in its
            # waits would give it back so seldom that its deadline came first.
            for _ in range(400):
                upstream.connections()
            assert results == [], "the call still waits"
            manager.close()


def test_threads_call_at_once(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.model("acme/one", answer="yes", latency_ms=1000)
    with LLMManager(settings()) as manager, ThreadPoolExecutor(32) as pool:
        responses = list(pool.map(lambda _: manager.generate_response_sync("Hi"), range(32)))
    assert all(response.success for response in responses)
    assert most_at_once(upstream.calls()) == 32


def test_tasks_call_at_once(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.model("acme/one", answer="yes", latency_ms=1000)

    async def ask(manager: LLMManager) -> list[LLMResponse]:
        return await asyncio.gather(*(manager.generate_response("Hi") for _ in range(50)))

    with LLMManager(settings()) as manager:
        responses = asyncio.run(ask(manager))
    assert all(response.success for response in responses)
    assert most_at_once(upstream.calls()) == 50


def test_a_thousand_calls_of_sixty_four_threads_are_all_served(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", echo=True)
    prompts = [f"Call {number}" for number in range(1000)]
    with LLMManager(settings()) as manager, ThreadPoolExecutor(64) as pool:
        responses = list(pool.map(manager.generate_response_sync, prompts))
        stats = manager.get_performance_stats()
    assert [response.content for response in responses] == prompts
    assert stats["acme/one"]["success_count"] == len(upstream.calls()) == 1000


def test_o05_calls_of_eight_threads_end_while_callbacks_take_the_interpreter(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", words=50)
    taken = threading.Lock()
    pieces: list[int] = []

    def work(manager: LLMManager) -> None:
        for _ in range(10):
            for chunk in manager.stream_response_sync("Hi"):
                # The thread holds the interpreter, and waits for others that want it too.
                with taken:
                    pieces.append(len(str(chunk)))
                    gc.collect(0)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with LLMManager(settings()) as manager:
            threads = [
                threading.Thread(target=work, args=(manager,), daemon=True) for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=20)
                assert not thread.is_alive(), "a deadlock"
    finally:
        sys.setswitchinterval(interval)
    assert len(upstream.calls()) == 80 and len(pieces) > 80


def test_a_task_that_is_cancelled_ends_its_call_upstream(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")

    async def leave(manager: LLMManager) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(manager.generate_response("Hi"), 0.2)
        task = asyncio.create_task(manager.generate_response("Hi"))
        await asyncio.to_thread(upstream.wait_for_calls, 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(upstream.wait_for_ended, 2)

    with LLMManager(settings(llm=PATIENT)) as manager:
        asyncio.run(leave(manager))
        stats = manager.get_performance_stats()
    assert [call.outcome for call in upstream.calls()] == ["client_left"] * 2
    assert stats["acme/one"]["obstacle"] is None, "the caller who leaves says nothing of a model"


def test_a_loop_that_ends_takes_its_calls_with_it(
    upstream: Upstream, settings: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    upstream.hangs("acme/one")
    left: list[asyncio.Task[LLMResponse]] = []

    async def leave(manager: LLMManager) -> None:
        left.append(asyncio.create_task(manager.generate_response("Hi")))
        await asyncio.to_thread(upstream.wait_for_calls, 1)

    with LLMManager(settings(llm=PATIENT)) as manager, caplog.at_level(logging.ERROR, "asyncio"):
        asyncio.run(leave(manager))
        assert left[0].cancelled()
        assert upstream.wait_for_ended(1)[0].outcome == "client_left"
    assert caplog.text == ""


def test_one_manager_serves_one_loop_after_another_and_several_at_once(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", answer="yes", latency_ms=20)

    async def ask(manager: LLMManager) -> str:
        first = await manager.generate_response("Hi")
        return first.content + "".join([str(c) async for c in manager.stream_response("Hi")])

    with LLMManager(settings()) as manager, ThreadPoolExecutor(8) as pool:
        assert [asyncio.run(ask(manager)) for _ in range(2)] == ["yesyes"] * 2
        loops = [pool.submit(lambda: asyncio.run(ask(manager))) for _ in range(8)]
        assert [loop.result(timeout=15) for loop in loops] == ["yesyes"] * 8


def test_a_blocking_call_may_be_made_where_a_loop_runs(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.says("acme/one", "yes")

    async def ask(manager: LLMManager) -> str:
        here = manager.generate_response_sync("Hi").content
        there = await asyncio.to_thread(manager.generate_response_sync, "Hi")
        return here + there.content

    with LLMManager(settings()) as manager:
        assert asyncio.run(ask(manager)) == "yesyes"


def test_awaiting_without_a_loop_and_outside_of_its_loop_is_an_error_not_a_crash(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one")
    with LLMManager(settings()) as manager:
        waits = manager.generate_response("Hi")
        with pytest.raises(RuntimeError, match="event loop"):
            waits.send(None)
        waits.close()
    assert upstream.calls() == []


def test_closing_ends_calls_in_flight_and_refuses_later_ones(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")
    manager = LLMManager(settings(llm=PATIENT))
    assert not manager.closed
    with waiting(manager, upstream, 8) as results:
        manager.close()
    assert [type(result) for result in results] == [ManagerClosedError] * 8
    assert [call.outcome for call in upstream.wait_for_ended(8)] == ["client_left"] * 8
    manager.close()
    assert manager.closed and "closed" in repr(manager)
    with pytest.raises(ManagerClosedError):
        manager.generate_response_sync("Hi")
    with pytest.raises(ManagerClosedError):
        asyncio.run(manager.generate_response("Hi"))
    with pytest.raises(ManagerClosedError):
        list(manager.stream_response_sync("Hi"))
    with pytest.raises(ManagerClosedError):
        manager.models()


def test_closing_ends_awaited_calls(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.hangs("acme/one")

    async def ask() -> None:
        async with LLMManager(settings(llm=PATIENT)) as manager:
            task = asyncio.create_task(manager.generate_response("Hi"))
            await asyncio.to_thread(upstream.wait_for_calls, 1)
        with pytest.raises(ManagerClosedError):
            await asyncio.wait_for(task, 10)

    asyncio.run(ask())
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


def test_a_block_that_raises_closes_and_passes_the_error_on(settings: Callable[..., Path]) -> None:
    with pytest.raises(KeyError):
        with LLMManager(settings()) as manager:
            raise KeyError("mine")
    assert manager.closed


def test_a_manager_that_is_forgotten_writes_what_it_learned(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.says("acme/two", "two")
    path = settings(["acme/one", "acme/two"])
    manager = LLMManager(path)
    manager.generate_response_sync("Hi", model_name="acme/two")
    del manager
    gc.collect()
    with LLMManager(path) as manager:
        assert manager.get_performance_stats()["acme/two"]["success_count"] == 1


def held() -> tuple[int, int]:
    """How many threads and file descriptors this process has."""
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


def test_managers_that_were_closed_leave_no_threads_and_no_descriptors(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this system does not say what a process holds")
    upstream.says("acme/one", "yes")
    path = settings()

    def open_and_close(times: int) -> None:
        for number in range(times):
            manager = LLMManager(path)
            if number % 5 == 0:
                assert manager.generate_response_sync("Hi").success
            if number % 2:
                manager.close()
        gc.collect()

    open_and_close(20)
    threads, descriptors = held()
    open_and_close(200)
    now = held()
    assert now[0] <= threads + 2, "threads are left"
    assert now[1] <= descriptors + 10, "descriptors are left"
