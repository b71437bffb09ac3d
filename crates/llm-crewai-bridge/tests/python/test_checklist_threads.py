"""The checklist's lines on calls at the same time, in threads and on event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from crewai import Crew
from crewai.events import LLMCallCompletedEvent, LLMCallStartedEvent

from crews import FINAL, adder, agent, crew, listening, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Call, Upstream

SLOW: dict[str, Any] = {"latency_ms": 300}


def most_at_once(calls: list[Call]) -> int:
    """How many calls ran at the same time, at most."""
    moments = sorted(
        [(call.started_ms, 1) for call in calls] + [(call.ended_ms or 0, -1) for call in calls]
    )
    running = most = 0
    for _, change in moments:
        running += change
        most = max(most, running)
    return most


@pytest.mark.parametrize("stream", [False, True])
def test_eight_threads_call_one_object_at_once_and_every_token_is_counted(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], stream: bool
) -> None:
    upstream.model("acme/one", echo=True, **SLOW)
    llm = make_llm(stream=stream)
    with listening() as heard:
        with ThreadPoolExecutor(8) as pool:
            texts = [f"number {number}" for number in range(8)]
            assert list(pool.map(llm.call, texts)) == texts
        started, ended = heard.of(LLMCallStartedEvent), heard.of(LLMCallCompletedEvent)
    assert {event.call_id for event in started} == {event.call_id for event in ended}
    assert len(ended) == 8
    calls = upstream.calls()
    assert most_at_once(calls) == 8
    counted, summary = upstream.usage().total, llm.get_token_usage_summary()
    assert summary.prompt_tokens == counted.prompt_tokens
    assert summary.completion_tokens == counted.completion_tokens
    assert summary.successful_requests == 8


@pytest.mark.parametrize("native", [False, True])
def test_akickoff_of_eight_crews_at_once(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], native: bool
) -> None:
    call = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
    action = {"text": 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'}
    upstream.replies(
        "acme/one", *[call if native else action] * 8, then={"text": FINAL + "5"}, **SLOW
    )
    llm = make_llm(native_tools=native)
    used: list[tuple[int, int]] = []

    def team() -> Crew:
        worker = agent(llm.copy(), tools=[adder(used)])
        return crew(worker, tasks=[task(worker, "Add 2 and 3.")])

    async def all_at_once() -> list[Any]:
        return list(await asyncio.gather(*(team().akickoff() for _ in range(8))))

    results = asyncio.run(all_at_once())
    assert all(result.raw.endswith("5") for result in results) and len(results) == 8
    assert used == [(2, 3)] * 8
    calls = upstream.calls()
    assert len(calls) == 16
    assert most_at_once(calls) >= 4
    told = sum(result.token_usage.total_tokens for result in results)
    counted = upstream.usage().total
    assert told == counted.prompt_tokens + counted.completion_tokens


def test_acall_works_on_loop_after_loop(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.model("acme/one", echo=True)
    llm = make_llm()
    for number in range(5):
        assert asyncio.run(llm.acall(f"number {number}")) == f"number {number}"


def test_acall_works_on_loops_of_several_threads_at_once(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.model("acme/one", echo=True, **SLOW)
    llm = make_llm()

    def on_its_own_loop(text: str) -> Any:
        return asyncio.run(llm.acall(text))

    texts = [f"number {number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(on_its_own_loop, texts)) == texts
    assert most_at_once(upstream.calls()) == 4


def test_acall_leaves_its_loop_free_for_others(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.model("acme/one", echo=True, **SLOW)
    llm = make_llm()

    async def eight() -> list[Any]:
        return list(await asyncio.gather(*(llm.acall(f"number {n}") for n in range(8))))

    assert asyncio.run(eight()) == [f"number {number}" for number in range(8)]
    assert most_at_once(upstream.calls()) == 8


def test_a_cancelled_acall_leaves_the_upstream_and_is_told_as_ended(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.hangs("acme/one")
    llm = make_llm({"llm": {"timeouts": {"first_token": "60s"}, "timeout": "60s"}})

    async def cancelled() -> None:
        waiting = asyncio.create_task(llm.acall("Hi"))
        await asyncio.to_thread(upstream.wait_for_calls, 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with listening() as heard:
        asyncio.run(cancelled())
        assert len(heard.terminal()) == len(heard.of(LLMCallStartedEvent)) == 1
    [call] = upstream.wait_for_ended(1)
    assert call.outcome == "client_left"
