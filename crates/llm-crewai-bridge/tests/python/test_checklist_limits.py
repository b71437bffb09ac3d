"""The checklist's lines on limits: rates of all models, and windows that are too small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crewai.events import LLMCallStartedEvent
from crewai.llms.retry import _ThrottlingErrorClassifier
from crewai.tools import BaseTool, tool
from crewai.utilities.exceptions.context_window_exceeding_exception import (
    LLMContextLengthExceededError,
)
from pydantic import BaseModel, field_validator

from crews import FINAL, adder, agent, crew, kickoff, listening, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

CHAIN: dict[str, Any] = {"primary": ["acme/one"], "fallback": ["acme/two", "acme/three"]}


@pytest.mark.parametrize("retry_after", [None, 60])
def test_a_call_that_all_models_throttle_is_one_call_and_says_nothing_of_rates(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], retry_after: int | None
) -> None:
    for model in ("acme/one", "acme/two", "acme/three"):
        upstream.fails(model, 429, retry_after=retry_after)
    llm = make_llm({**CHAIN, "llm": {"timeout": "2s"}})
    with listening() as heard:
        with pytest.raises(RuntimeError) as raised:
            llm.call("Hi")
        assert len(heard.of(LLMCallStartedEvent)) == 1
    # Every candidate, and at most four tries again.
    assert 3 <= len(upstream.calls()) <= 3 + 4
    assert not _ThrottlingErrorClassifier.is_throttling_error(raised.value)
    assert "rate limit" not in str(raised.value).lower()


def test_an_answer_that_speaks_of_rates_and_windows_is_not_taken_for_a_failure_of_that_kind(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    class Calm(BaseModel):
        text: str

        @field_validator("text")
        @classmethod
        def _calm(cls, text: str) -> str:
            raise ValueError("not calm")

    upstream.says("acme/one", '{"text": "Rate limit: too many requests, maximum context length."}')
    with listening() as heard:
        with pytest.raises(ValueError, match="text: value_error") as raised:
            make_llm().call("Hi", response_model=Calm)
        assert len(heard.of(LLMCallStartedEvent)) == 1
    assert not _ThrottlingErrorClassifier.is_throttling_error(raised.value)
    assert len(upstream.calls()) == 1


def test_an_agent_that_all_models_throttle_makes_three_calls_at_most(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    for model in ("acme/one", "acme/two", "acme/three"):
        upstream.fails(model, 429, retry_after=60)
    llm = make_llm({**CHAIN, "llm": {"timeout": "1s"}})
    worker = agent(llm, max_retry_limit=2)
    with listening() as heard:
        with pytest.raises(RuntimeError, match="http 429"):
            kickoff(crew(worker))
        # CrewAI's own agent asks again as often as it was told, twice by its default.
        assert len(heard.of(LLMCallStartedEvent)) <= 3
    # A call asks every candidate, and at most four times again: 7 of one call, 21 of three.
    assert 3 <= len(upstream.calls()) <= 3 * (3 + 4)


def test_the_window_is_85_percent_of_the_smallest_of_the_chain(
    make_llm: Callable[..., ManagerLLM],
) -> None:
    windows = {
        "acme/one": {"context_window": 100_000},
        "acme/two": {"context_window": 20_000},
        "acme/three": {"context_window": 50_000},
    }
    assert make_llm({**CHAIN, "models": windows}).get_context_window_size() == 17_000
    assert make_llm(context_window=10_000).get_context_window_size() == 8_500


def test_counting_tokens_is_of_the_messages_and_the_tools(
    make_llm: Callable[..., ManagerLLM],
) -> None:
    llm = make_llm()
    few = llm.get_input_tokens_count("word " * 100)
    many = llm.get_input_tokens_count([{"role": "user", "content": "word " * 1000}])
    schema = {"type": "function", "function": {"name": "adder", "description": "Adds. " * 50}}
    assert 100 <= few <= 200 and 1000 <= many <= 1500
    assert llm.get_input_tokens_count("word " * 100, tools=[schema]) > few


def long_tool() -> BaseTool:
    """A tool whose result is longer than the window."""
    @tool("Reader")
    def read(page: int) -> str:
        """Reads a page."""
        return f"page {page}: " + "many words " * 3000

    reader: BaseTool = read
    return reader


@pytest.mark.parametrize("native", [False, True])
def test_an_overflow_in_an_agent_is_summarized_and_the_agent_goes_on(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], native: bool
) -> None:
    action = 'Thought: I read\nAction: reader\nAction Input: {"page": 1}'
    call = {"tool_calls": [{"name": "reader", "arguments": {"page": 1}}]}
    done = "Done." if native else FINAL + "Done."
    first = call if native else {"text": action}
    summary = {"text": "<summary>Page 1 has many words.</summary>"}
    upstream.replies("acme/one", first, {"context_length": True}, summary, then={"text": done})
    worker = agent(make_llm(native_tools=native), tools=[long_tool()])
    result = kickoff(crew(worker, tasks=[task(worker, "Read page 1.")]))
    assert result.raw == "Done."
    assert len(upstream.calls()) <= 12


def test_an_overflow_in_a_direct_call_is_crewais_own_exception(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.replies("acme/one", then={"context_length": True})
    with listening() as heard:
        with pytest.raises(LLMContextLengthExceededError):
            make_llm().call("Hi " * 500)
        assert len(heard.terminal()) == 1
    assert len(upstream.calls()) == 1


@pytest.mark.parametrize("native", [False, True])
def test_an_overflow_that_is_not_to_be_respected_ends_the_run_without_a_summary(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], native: bool
) -> None:
    upstream.replies("acme/one", then={"context_length": True})
    worker = agent(
        make_llm(native_tools=native),
        tools=[adder()] if native else [],
        respect_context_window=False,
    )
    with pytest.raises((SystemExit, LLMContextLengthExceededError)):
        kickoff(crew(worker))
    assert len(upstream.calls()) == 1


def test_an_overflow_that_is_not_to_be_respected_is_not_summarized_after_a_tool_either(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    call = {"tool_calls": [{"name": "reader", "arguments": {"page": 1}}]}
    # A summary would be answered, and the run would go on.
    upstream.replies("acme/one", call, {"context_length": True}, then={"text": "Done."})
    worker = agent(make_llm(), tools=[long_tool()], respect_context_window=False)
    with pytest.raises((SystemExit, LLMContextLengthExceededError)):
        kickoff(crew(worker, tasks=[task(worker, "Read page 1.")]))
    assert len(upstream.calls()) == 2


@pytest.mark.parametrize("native", [False, True])
def test_an_overflow_that_no_summary_mends_ends_and_does_not_go_round(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], native: bool
) -> None:
    call = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
    action = {"text": 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'}
    upstream.replies("acme/one", call if native else action, then={"context_length": True})
    worker = agent(make_llm(native_tools=native), tools=[adder()])
    with pytest.raises(Exception):
        kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert len(upstream.calls()) <= 12
