"""No run goes on for ever: what it costs at most, by the upstream's own log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crewai.events import LLMCallStartedEvent
from pydantic import BaseModel, ConfigDict, field_validator

from crews import adder, agent, crew, listening, task
from llm_crewai import GenerationError
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

Make = Callable[..., ManagerLLM]

CHAIN: dict[str, Any] = {"primary": ["acme/one"], "fallback": ["acme/two", "acme/three"]}
MODELS = ("acme/one", "acme/two", "acme/three")
AGAIN = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
ACTION = 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'


class Sum(BaseModel):
    """What is asked for."""

    total: int


class Odd(BaseModel):
    """What no schema says: an odd number."""

    total: int

    @field_validator("total")
    @classmethod
    def _odd(cls, total: int) -> int:
        if total % 2 == 0:
            raise ValueError("it is even")
        return total


class Counts(BaseModel):
    """A mapping, whose keys are the answer's own."""

    counts: dict[str, int]


class Name(BaseModel):
    """A name that is never one, said with the answer's own words; further keys are refused."""

    model_config = ConfigDict(extra="forbid")

    name: str

    @field_validator("name")
    @classmethod
    def _refuse(cls, name: str) -> str:
        raise ValueError(f"{name} is no name")


@pytest.mark.parametrize(
    "reply",
    [{"status": 503}, {"status": 500}, {"status": 401}, {"status": 400}, {"empty": 200},
     {"garbage": True}, {"no_content": True}, {"close": True}],
    ids=lambda reply: next(iter(reply)) + str(next(iter(reply.values()))),
)  # fmt: skip
def test_one_call_asks_each_candidate_and_at_most_four_times_more(
    upstream: Upstream, make_llm: Make, reply: dict[str, Any]
) -> None:
    for model in MODELS:
        upstream.replies(model, then=reply)
    llm = make_llm({**CHAIN, "llm": {"retry": {"wait_inline": 0}}})
    with pytest.raises(GenerationError, match="no model answered"):
        llm.call("Hi")
    assert 1 <= len(upstream.calls()) <= len(MODELS) + 4
    assert llm.last_outcome is not None and not llm.last_outcome.success


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_an_agent_whose_models_are_down_begins_again_as_often_as_it_may(
    upstream: Upstream, make_llm: Make, limit: int
) -> None:
    for model in MODELS:
        upstream.fails(model, 503)
    worker = agent(make_llm(CHAIN), max_retry_limit=limit)
    with listening() as heard:
        with pytest.raises(GenerationError, match="no model answered"):
            crew(worker).kickoff()
        assert len(heard.of(LLMCallStartedEvent)) == 1 + limit
    assert len(upstream.calls()) <= (1 + limit) * (len(MODELS) + 4)


def test_answers_that_do_not_fit_are_one_of_each_candidate(
    upstream: Upstream, make_llm: Make
) -> None:
    for model in MODELS:
        upstream.says(model, '{"total": "many"}')
    with pytest.raises(ValueError, match="Sum"):
        make_llm(CHAIN).call("Add.", response_model=Sum)
    asked = [call.model for call in upstream.calls()]
    assert sorted(asked) == sorted(MODELS)


def test_an_agents_answers_that_its_object_refuses_are_one_of_each_candidate_a_run(
    upstream: Upstream, make_llm: Make
) -> None:
    for model in MODELS:
        upstream.says(model, '{"total": 4}')
    worker = agent(make_llm(CHAIN), max_retry_limit=1)
    with pytest.raises(ValueError, match="Odd"):
        crew(worker, tasks=[task(worker, "Add.", output_pydantic=Odd)]).kickoff()
    asked = [call.model for call in upstream.calls()]
    assert sorted(asked) == sorted(MODELS * 2)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Counts, '{"counts": {"throttled": "x"}}'),
        (Name, '{"name": "too many requests"}'),
        (Name, '{"name": "a", "rate limit": 1}'),
        (Name, '{"name": "too many tokens"}'),
    ],
    ids=["key", "value", "field", "overflow"],
)
def test_answers_that_do_not_fit_are_not_asked_again_for_the_words_in_them(
    upstream: Upstream, make_llm: Make, wanted: type[BaseModel], said: str
) -> None:
    upstream.says("acme/one", said)
    worker = agent(make_llm())
    with pytest.raises(ValueError, match=f"no answer fits {wanted.__name__}"):
        crew(worker, tasks=[task(worker, "Which?", output_pydantic=wanted)]).kickoff()
    assert len(upstream.calls()) == 1


def test_a_response_model_called_by_one_of_crewais_phrases_is_not_asked_for_again(
    upstream: Upstream, make_llm: Make
) -> None:
    class Throttled(BaseModel):
        throttled: int

    upstream.says("acme/one", '{"throttled": "x"}')
    with pytest.raises(ValueError, match="throttled: int_parsing"):
        make_llm().call("Which?", response_model=Throttled)
    assert len(upstream.calls()) == 1


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_an_answer_longer_than_every_window_is_said_so_at_once_and_changes_no_window(
    upstream: Upstream, make_llm: Make, native: bool
) -> None:
    window = {"models": {"acme/one": {"context_window": 8192}}}
    llm = make_llm(window, max_tokens=10_000, native_tools=native)
    usable = llm.get_context_window_size()
    with pytest.raises(GenerationError, match=r"needs about \d+ tokens, has 8192"):
        crew(agent(llm, tools=[adder()])).kickoff()
    assert upstream.calls() == []
    assert llm.get_context_window_size() == usable


def test_a_task_whose_answers_never_fit_ends(upstream: Upstream, make_llm: Make) -> None:
    for model in MODELS:
        upstream.says(model, "No object at all.")
    worker = agent(make_llm(CHAIN), max_retry_limit=1)
    with pytest.raises(ValueError, match="Sum"):
        crew(worker, tasks=[task(worker, "Add.", output_pydantic=Sum)]).kickoff()
    assert len(upstream.calls()) <= 2 * (len(MODELS) + 4)


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_a_model_that_calls_tools_for_ever_is_asked_once_more_than_its_iterations(
    upstream: Upstream, make_llm: Make, native: bool
) -> None:
    upstream.replies("acme/one", then=AGAIN if native else {"text": ACTION})
    worker = agent(make_llm(native_tools=native), tools=[adder()], max_iter=3)
    if native:
        # CrewAI asks for a final answer without tools, and takes no calls of them for one.
        with pytest.raises(ValueError, match="TaskOutput"):
            crew(worker, tasks=[task(worker, "Add 2 and 3.")]).kickoff()
    else:
        crew(worker, tasks=[task(worker, "Add 2 and 3.")]).kickoff()
    assert len(upstream.calls()) <= 3 + 1


def test_answers_without_the_format_of_the_prompt_end_with_the_iterations(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", "Thought: hm\nAction: \nAction Input: none of it")
    worker = agent(make_llm(native_tools=False), tools=[adder()], max_iter=3)
    crew(worker, tasks=[task(worker, "Add 2 and 3.")]).kickoff()
    assert len(upstream.calls()) <= 3 + 1


def test_a_guardrail_that_is_never_content_ends_with_its_retries(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", "No.")
    worker = agent(make_llm())
    asked = task(worker, guardrail=lambda output: (False, "say yes"), guardrail_max_retries=2)
    with pytest.raises(Exception, match="guardrail"):
        crew(worker, tasks=[asked]).kickoff()
    assert len(upstream.calls()) == 1 + 2


def test_two_answers_and_a_judge_are_bounded_too(upstream: Upstream, make_llm: Make) -> None:
    for model in (*MODELS, "acme/judge"):
        upstream.fails(model, 503)
    judged = {"parallel": {"evaluator_model": "acme/judge"}}
    roles = {**CHAIN, "models": {"acme/judge": {}}, "llm": judged}
    with pytest.raises(GenerationError, match="no model answered"):
        make_llm(roles, use_parallel=True).call("Hi")
    # No answer, so none to judge.
    assert len(upstream.calls()) <= len(MODELS) + 4
    assert not upstream.calls("acme/judge")
