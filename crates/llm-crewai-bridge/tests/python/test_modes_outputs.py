"""Answers as objects, in every way CrewAI asks for them, with tools and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from crews import FINAL, adder, agent, crew, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream


class Sum(BaseModel):
    """What is asked for."""

    total: int
    why: str


Make = Callable[..., ManagerLLM]

FITS = '{"total": 5, "why": "2 and 3"}'
ACTION = 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'
KINDS = ("output_pydantic", "output_json", "response_model")


def schemas(upstream: Upstream) -> list[bool]:
    """For each call whether it asks for a JSON schema."""
    formats = [call.body.get("response_format") for call in upstream.calls()]
    return [bool(asked and asked["type"] == "json_schema") for asked in formats]


def object_of(result: Any, kind: str) -> Any:
    if kind == "output_json":
        return Sum.model_validate(result.json_dict)
    if kind == "response_model":
        # CrewAI asks the model for it, and leaves the answer to be read by its user.
        return Sum.model_validate_json(result.raw)
    return result.pydantic


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_without_tools_one_call_asks_for_the_schema(
    upstream: Upstream, make_llm: Make, kind: str, native: bool
) -> None:
    upstream.says("acme/one", FITS)
    worker = agent(make_llm(native_tools=native))
    result = crew(worker, tasks=[task(worker, "Add 2 and 3.", **{kind: Sum})]).kickoff()
    assert object_of(result, kind) == Sum(total=5, why="2 and 3")
    assert schemas(upstream) == [True]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_with_tools_the_final_text_becomes_the_object(
    upstream: Upstream, make_llm: Make, kind: str, native: bool
) -> None:
    first = (
        {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
        if native
        else {"text": ACTION}
    )
    last = {"text": FITS if native else FINAL + FITS}
    upstream.replies("acme/one", first, last, then={"text": FITS})
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(native_tools=native), tools=[adder(used)])
    result = crew(worker, tasks=[task(worker, "Add 2 and 3.", **{kind: Sum})]).kickoff()
    assert (object_of(result, kind), used) == (Sum(total=5, why="2 and 3"), [(2, 3)])
    # CrewAI converts a text that is no object yet by a call more, and this one is.
    assert 2 <= len(upstream.calls()) <= 3
    assert schemas(upstream)[:2] == [False, False]


def test_with_tools_a_final_text_in_prose_is_converted_by_one_call_more(
    upstream: Upstream, make_llm: Make
) -> None:
    call = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
    upstream.replies("acme/one", call, {"text": "The sum is 5."}, then={"text": FITS})
    worker = agent(make_llm(), tools=[adder()])
    asked = task(worker, "Add 2 and 3.", output_pydantic=Sum)
    assert crew(worker, tasks=[asked]).kickoff().pydantic == Sum(total=5, why="2 and 3")
    assert len(upstream.calls()) == 3
    assert schemas(upstream) == [False, False, True]


def test_an_agent_alone_answers_with_an_object(upstream: Upstream, make_llm: Make) -> None:
    upstream.says("acme/one", FITS)
    result = agent(make_llm()).kickoff("Add 2 and 3.", response_format=Sum)
    assert result.pydantic == Sum(total=5, why="2 and 3")
    assert len(upstream.calls()) == 1


def test_a_crew_that_streams_answers_with_an_object(upstream: Upstream, make_llm: Make) -> None:
    upstream.says("acme/one", FITS)
    worker = agent(make_llm())
    asked = task(worker, "Add 2 and 3.", output_pydantic=Sum)
    streaming = crew(worker, tasks=[asked], stream=True).kickoff()
    for _ in streaming:
        pass
    assert streaming.result.pydantic == Sum(total=5, why="2 and 3")
