"""The checklist's lines on what is told of a call: one beginning, one end, chunks, tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from crewai.events import (
    LLMCallCompletedEvent,
    LLMCallFailedEvent,
    LLMCallStartedEvent,
    LLMStreamChunkEvent,
)
from crewai.hooks import (
    register_after_llm_call_hook,
    register_before_llm_call_hook,
    unregister_after_llm_call_hook,
    unregister_before_llm_call_hook,
)
from crewai.hooks.dispatch import HookAborted
from pydantic import BaseModel

from crews import listening
from llm_crewai.crewai_layer.model import ManagerLLM
from llm_crewai.crewai_layer.route import LLMRouteEvent
from upstream import Upstream


class Word(BaseModel):
    """What is asked for."""

    word: str


def call_once(llm: ManagerLLM, way: str) -> Any:
    """A call in one of the two ways CrewAI knows."""
    return llm.call("Hi") if way == "call" else asyncio.run(llm.acall("Hi"))


@pytest.mark.parametrize("way", ["call", "acall"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answered_call_is_told_once_at_its_beginning_and_once_at_its_end(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], way: str, stream: bool
) -> None:
    upstream.says("acme/one", "Hello you there.")
    llm = make_llm(stream=stream)
    with listening() as heard:
        call_once(llm, way)
        [started], [ended] = heard.of(LLMCallStartedEvent), heard.terminal()
        [route] = heard.of(LLMRouteEvent)
        chunks = heard.of(LLMStreamChunkEvent)
    assert isinstance(ended, LLMCallCompletedEvent)
    assert ended.response == "Hello you there."
    assert {event.call_id for event in (ended, route, *chunks)} == {started.call_id}
    assert bool(chunks) == stream


@pytest.mark.parametrize("way", ["call", "acall"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_failed_call_is_told_once_at_its_beginning_and_once_at_its_end(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], way: str, stream: bool
) -> None:
    upstream.fails("acme/one", 404)
    llm = make_llm(stream=stream)
    with listening() as heard:
        with pytest.raises(RuntimeError, match="no model answered"):
            call_once(llm, way)
        [started], [ended] = heard.of(LLMCallStartedEvent), heard.terminal()
        [route] = heard.of(LLMRouteEvent)
    assert isinstance(ended, LLMCallFailedEvent)
    assert ended.call_id == started.call_id == route.call_id
    assert (route.success, route.model_name) == (False, None)


def test_calls_have_ids_of_their_own(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.model("acme/one")
    llm = make_llm()
    with listening() as heard:
        llm.call("Hi")
        llm.call("Hi")
        assert len({event.call_id for event in heard.of(LLMCallStartedEvent)}) == 2
        assert len({event.call_id for event in heard.terminal()}) == 2


def test_a_call_that_a_hook_refuses_ends_too_and_goes_nowhere(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    llm = make_llm()

    def refuse(_: Any) -> bool:
        return False

    register_before_llm_call_hook(refuse)
    try:
        with listening() as heard:
            with pytest.raises(Exception, match="(?i)block|hook"):
                llm.call("Hi")
            [started], [ended] = heard.of(LLMCallStartedEvent), heard.terminal()
    finally:
        unregister_before_llm_call_hook(refuse)
    assert ended.call_id == started.call_id
    assert not upstream.calls()


def test_an_answer_that_a_hook_refuses_is_told_and_counted_once(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.model("acme/one")
    llm = make_llm()

    def refuse(_: Any) -> str:
        raise HookAborted("not this answer")

    register_after_llm_call_hook(refuse)
    try:
        with listening() as heard:
            with pytest.raises(HookAborted):
                llm.call("Hi")
            [started], [ended] = heard.of(LLMCallStartedEvent), heard.terminal()
    finally:
        unregister_after_llm_call_hook(refuse)
    assert ended.call_id == started.call_id
    summary = llm.get_token_usage_summary()
    assert summary.prompt_tokens == upstream.usage().total.prompt_tokens > 0


def test_messages_without_a_form_are_told_and_go_nowhere(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    with listening() as heard:
        with pytest.raises(ValueError):
            make_llm().call([{"content": "nobody says this"}])
        assert len(heard.of(LLMCallStartedEvent)) == len(heard.terminal()) == 1
    assert not upstream.calls()


@pytest.mark.parametrize("way", ["call", "acall"])
@pytest.mark.parametrize(
    "strategy, replies",
    [
        ("single", [{"answer": True}]),
        ("single", [{"status": 503}, {"answer": True}]),
        ("best_of_two", [{"answer": True}]),
    ],
)
def test_chunks_are_the_final_text(
    upstream: Upstream,
    make_llm: Callable[..., ManagerLLM],
    way: str,
    strategy: str,
    replies: list[dict[str, Any]],
) -> None:
    roles = {"primary": ["acme/one", "acme/two"], "duplicate": ["acme/judge"]}
    for model in ("acme/one", "acme/two"):
        upstream.replies(model, *replies, words=40)
    upstream.model("acme/judge", verdict="first")
    llm = make_llm(roles, strategy=strategy, stream=True)
    with listening() as heard:
        answer = call_once(llm, way)
        chunks = [event.chunk for event in heard.of(LLMStreamChunkEvent)]
        [ended] = heard.of(LLMCallCompletedEvent)
    # The better of two answers is known when both are whole, and is then one piece.
    assert len(chunks) > (0 if strategy == "best_of_two" else 1)
    assert "".join(chunks) == answer == ended.response


def test_chunks_of_a_tool_call_end_with_its_arguments(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3})
    tool = {"type": "function", "function": {"name": "adder", "description": "Adds."}}
    with listening() as heard:
        calls = make_llm(stream=True).call("Add.", tools=[tool])
        told = [event.tool_call for event in heard.of(LLMStreamChunkEvent) if event.tool_call]
    assert isinstance(calls, list)
    [call] = calls
    assert told[-1].function.name == "adder"
    assert told[-1].function.arguments == call["function"]["arguments"]
    assert told[-1].id == call["id"]


SCENES: dict[str, dict[str, Any]] = {
    "one answer": {},
    "after failures": {"failing": [{"status": 503}, {"status": 503}]},
    "best of two with a judge": {"strategy": "best_of_two"},
    "an object after one that does not fit": {"response_model": Word},
    "an object after several requests": {"response_model": Word, "accepting": True},
    "an object by best of two": {"response_model": Word, "strategy": "best_of_two"},
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("scene", SCENES)
def test_usage_of_the_event_is_that_of_the_summary_and_the_sum_of_all_attempts(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], scene: str, stream: bool
) -> None:
    what = SCENES[scene]
    failing = what.get("failing", [])
    first = {"text": '{"word": 5}'} if "response_model" in what else {"answer": True}
    last = {"text": '{"word": "five"}'} if "response_model" in what else {"answer": True}
    upstream.replies("acme/one", *failing, then=first)
    upstream.replies("acme/two", *failing, then=first)
    upstream.replies("acme/judge", then=None, verdict="first")
    upstream.replies("acme/last", then=last)
    roles = {
        "primary": ["acme/one", "acme/two"],
        "fallback": ["acme/last"],
        "models": {"acme/judge": {}},
        "llm": {
            "parallel": {"evaluator_model": "acme/judge"},
            # What does not fit is then refused by the object, which asks again itself.
            "soft_failures": {"all": {"invalid_json": "accept"}} if "accepting" in what else {},
        },
    }
    llm = make_llm(roles, strategy=what.get("strategy"), stream=stream)
    with listening() as heard:
        llm.call("Hi", response_model=what.get("response_model"))
        [ended] = heard.of(LLMCallCompletedEvent)
    counted = upstream.usage().total
    summary = llm.get_token_usage_summary()
    if scene != "one answer":
        assert len(upstream.calls()) > 1
    assert ended.usage is not None
    for told in (ended.usage, summary.model_dump()):
        assert told["prompt_tokens"] == counted.prompt_tokens
        assert told["completion_tokens"] == counted.completion_tokens
    assert summary.total_tokens == counted.prompt_tokens + counted.completion_tokens
    assert summary.successful_requests == 1


def test_usage_of_a_call_whose_answers_never_fit_is_counted_and_no_success(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", '{"word": 5}')
    llm = make_llm()
    with pytest.raises(ValueError):
        llm.call("Hi", response_model=Word)
    counted = upstream.usage().total
    summary = llm.get_token_usage_summary()
    assert counted.calls > 0
    assert summary.prompt_tokens == counted.prompt_tokens
    assert summary.completion_tokens == counted.completion_tokens
    assert summary.successful_requests == 0
