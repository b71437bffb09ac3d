"""Answers as they arrive, for `for` and for `async for`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from llm_crewai import GenerationError, LLMManager, ManagerClosedError, StreamChunk, UsageError
from upstream import Upstream

LONG = {"words": 2000, "pace_ms": 20}
"""An answer that takes far longer than any test."""

PATIENT = {"timeout": "60s", "timeouts": {"first_token": "60s", "idle": "60s", "progress": "60s"}}


def text_of(chunks: list[StreamChunk]) -> str:
    """What the pieces say together."""
    return "".join(str(chunk) for chunk in chunks if chunk.kind == "text")


def test_the_pieces_are_the_answer(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.says("acme/one", "one two three four")
    with LLMManager(settings()) as manager:
        stream = manager.stream_response_sync("Count")
        assert stream.response is None
        chunks = list(stream)
        assert next(stream, None) is None, "nothing follows the end"
    response = stream.response
    assert response is not None and response.success
    assert text_of(chunks) == response.content == "one two three four"
    assert len(chunks) > 2
    assert response.time_to_first_token is not None
    assert response.model_name == "acme/one"
    assert response.total_usage is not None
    assert response.total_usage.output_tokens == upstream.usage().total.completion_tokens


def test_the_pieces_are_the_answer_in_async_code_too(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.says("acme/one", "one two three four")

    async def read() -> None:
        async with LLMManager(settings()) as manager:
            async with manager.stream_response("Count") as stream:
                chunks = [chunk async for chunk in stream]
                again = [chunk async for chunk in stream]
        assert again == [], "nothing follows the end"
        assert stream.response is not None
        assert text_of(chunks) == stream.response.content == "one two three four"

    asyncio.run(read())


def test_the_pieces_of_a_tool_call_are_its_arguments(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.calls_tool("acme/one", "adder", '{"a": 2, "b": 3}')
    tools = [{"type": "function", "function": {"name": "adder", "parameters": {}}}]
    with LLMManager(settings()) as manager:
        stream = manager.stream_response_sync("2 + 3?", tools=tools)
        chunks = list(stream)
    assert {chunk.kind for chunk in chunks} == {"tool_call"}
    assert chunks[0].name == "adder" and chunks[0].id and chunks[0].index == 0
    assert "".join(chunk.text for chunk in chunks) == '{"a": 2, "b": 3}'
    assert stream.response is not None
    assert stream.response.tool_calls[0]["function"]["arguments"] == '{"a": 2, "b": 3}'


def test_a_failure_before_the_first_piece_falls_back_unseen(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.fails("acme/one", 503)
    upstream.says("acme/two", "two speaks")
    with LLMManager(settings(["acme/one"], fallback=["acme/two"])) as manager:
        stream = manager.stream_response_sync("Hi")
        assert text_of(list(stream)) == "two speaks"
    assert stream.response is not None
    assert [a.model for a in stream.response.attempts][-1] == "acme/two"
    assert stream.response.attempts[0].outcome != "ok"


def test_a_failure_of_all_is_an_error_with_the_response(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.fails("acme/one", 503)
    upstream.fails("acme/two", 503)
    path = settings(["acme/one"], fallback=["acme/two"], llm={"retry_attempts": 0})
    with LLMManager(path) as manager:
        stream = manager.stream_response_sync("Hi")
        with pytest.raises(GenerationError) as failure:
            next(stream)
        assert next(stream, None) is None, "the error is told once"
    response = failure.value.response
    assert response is stream.response
    assert not response.success and not response.partial and response.content == ""
    assert {attempt.model for attempt in response.attempts} == {"acme/one", "acme/two"}
    assert str(failure.value) == response.error


@pytest.mark.parametrize("awaited", [False, True])
def test_a_failure_after_the_first_piece_is_an_error_with_what_had_arrived(
    upstream: Upstream, settings: Callable[..., Path], awaited: bool
) -> None:
    upstream.replies("acme/one", then={"text": "one two three four", "cut_after": 2})
    upstream.says("acme/two", "never asked")
    chunks: list[StreamChunk] = []

    async def read(manager: LLMManager) -> None:
        async for chunk in manager.stream_response("Count"):
            chunks.append(chunk)

    with LLMManager(settings(["acme/one"], fallback=["acme/two"])) as manager:
        with pytest.raises(GenerationError) as failure:
            if awaited:
                asyncio.run(read(manager))
            else:
                for chunk in manager.stream_response_sync("Count"):
                    chunks.append(chunk)
    response = failure.value.response
    assert response.partial and not response.success
    assert response.content == text_of(chunks)
    assert response.content.startswith("one two")
    assert upstream.calls("acme/two") == []


def test_nothing_is_sent_for_a_stream_that_is_not_read(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one")
    with LLMManager(settings()) as manager:
        stream = manager.stream_response_sync("Hi")
        stream.close()
        del stream
        manager.stream_response("Hi")
        manager.generate_response_sync("Hello")
    assert [call.messages[-1]["content"] for call in upstream.calls()] == ["Hello"]


def test_a_mistake_is_told_before_the_first_piece(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    with LLMManager(settings()) as manager:
        with pytest.raises(UsageError, match="empty"):
            manager.stream_response_sync("")
        with pytest.raises(UsageError, match="nobody"):
            list(manager.stream_response_sync("Hi", model_name="acme/nobody"))
    assert upstream.calls() == []


@pytest.mark.parametrize("leave", ["close", "with", "break and forget"])
def test_a_reader_who_leaves_ends_the_call_upstream(
    upstream: Upstream, settings: Callable[..., Path], leave: str
) -> None:
    upstream.model("acme/one", **LONG)
    with LLMManager(settings(llm=PATIENT)) as manager:
        if leave == "close":
            stream = manager.stream_response_sync("Count")
            next(stream)
            stream.close()
            assert next(stream, None) is None, "what has not arrived never will"
            stream.close()
        elif leave == "with":
            with manager.stream_response_sync("Count") as stream:
                next(stream)
        else:
            for _ in manager.stream_response_sync("Count"):
                break
        assert upstream.wait_for_ended(1)[0].outcome == "client_left"


@pytest.mark.parametrize("leave", ["aclose", "with", "cancel"])
def test_an_async_reader_who_leaves_ends_the_call_upstream(
    upstream: Upstream, settings: Callable[..., Path], leave: str
) -> None:
    upstream.model("acme/one", **LONG)

    async def read(manager: LLMManager) -> None:
        stream = manager.stream_response("Count")
        if leave == "aclose":
            await anext(stream)
            await stream.aclose()
            assert [chunk async for chunk in stream] == []
        elif leave == "with":
            async with stream:
                await anext(stream)
        else:
            arrived = asyncio.Event()

            async def all_of_it() -> None:
                async for _ in stream:
                    arrived.set()

            task = asyncio.create_task(all_of_it())
            await asyncio.wait_for(arrived.wait(), 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await stream.aclose()
        ended = await asyncio.to_thread(upstream.wait_for_ended, 1)
        assert ended[0].outcome == "client_left"

    with LLMManager(settings(llm=PATIENT)) as manager:
        asyncio.run(read(manager))


def test_a_wait_for_a_piece_that_is_cancelled_ends_the_stream_rather_than_losing_a_piece(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.replies("acme/one", then={"text": "one two three", "stall_after": 1})

    async def read(manager: LLMManager) -> None:
        stream = manager.stream_response("Count")
        await anext(stream)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(stream), 0.1)
        # The stream is still there, and its connection is not.
        [call] = await asyncio.to_thread(upstream.wait_for_ended, 1)
        assert call.outcome == "client_left"
        assert [chunk async for chunk in stream] == []
        assert stream.response is None

    with LLMManager(settings(llm=PATIENT)) as manager:
        asyncio.run(read(manager))


def test_two_readers_share_the_pieces(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.model("acme/one", words=200, pace_ms=1)
    read: list[list[StreamChunk]] = [[], []]
    problems: list[BaseException] = []
    with LLMManager(settings()) as manager:
        stream = manager.stream_response_sync("Count")

        def take(into: list[StreamChunk]) -> None:
            try:
                into.extend(stream)
            except BaseException as problem:
                problems.append(problem)

        readers = [threading.Thread(target=take, args=(into,)) for into in read]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout=15)
            assert not reader.is_alive()
    assert problems == []
    assert stream.response is not None
    told = len(text_of(read[0])) + len(text_of(read[1]))
    assert told == len(stream.response.content), "each piece goes to one reader"


def test_closing_from_another_thread_wakes_a_reader(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.replies("acme/one", then={"stall_after": 1})
    with LLMManager(settings(llm=PATIENT)) as manager:
        stream = manager.stream_response_sync("Count")
        next(stream)
        rest: list[object] = []

        def read() -> None:
            try:
                rest.extend(stream)
                rest.append("end")
            except ManagerClosedError as closed:
                rest.append(closed)

        reader = threading.Thread(target=read)
        reader.start()
        stream.close()
        reader.join(timeout=10)
        assert not reader.is_alive()
        assert rest == ["end"]
        assert upstream.wait_for_ended(1)[0].outcome == "client_left"


def test_a_closed_manager_ends_its_streams(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", **LONG)
    manager = LLMManager(settings(llm=PATIENT))
    stream = manager.stream_response_sync("Count")
    next(stream)
    manager.close()
    with pytest.raises(ManagerClosedError, match="closed"):
        list(stream)
    assert list(stream) == []
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


def test_a_stream_keeps_its_manager(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.says("acme/one", "one two three")
    chunks = list(LLMManager(settings()).stream_response_sync("Count"))
    assert text_of(chunks) == "one two three"
