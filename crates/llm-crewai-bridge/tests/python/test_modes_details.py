"""What a way to run agents costs and tells: calls upstream, chunks, frames, conversions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from crewai.events import LLMStreamChunkEvent
from crewai.lite_agent_output import LiteAgentOutput
from crewai.types.streaming import CrewStreamingOutput, StreamChunk
from pydantic import BaseModel

from crews import FINAL, adder, agent, crew, kickoff, listening, task
from llm_crewai import ManagerLLM
from upstream import Upstream

Make = Callable[..., ManagerLLM]

CALL = {"tool_calls": [{"name": "adder", "arguments": {"a": 2, "b": 3}}]}
ACTION = {"text": 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'}
FITS = '{"total": 5, "why": "2 and 3"}'


class Sum(BaseModel):
    """What is asked for."""

    total: int
    why: str


def adds(upstream: Upstream, native: bool) -> None:
    """The model calls the tool once and tells its result; nothing more is answered."""
    last = {"text": "It is 5." if native else FINAL + "It is 5."}
    upstream.replies("acme/one", CALL if native else ACTION, last, then={"status": 400})


def schemas(upstream: Upstream) -> list[bool]:
    """For each call whether it asks for a JSON schema."""
    formats = [call.body.get("response_format") for call in upstream.calls()]
    return [bool(asked and asked["type"] == "json_schema") for asked in formats]


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_a_crew_with_a_tool_that_streams_tells_its_last_answer(
    upstream: Upstream, make_llm: Make, native: bool
) -> None:
    adds(upstream, native)
    worker = agent(make_llm(native_tools=native), tools=[adder()])
    streaming = crew(worker, tasks=[task(worker, "Add 2 and 3.")], stream=True).kickoff()
    assert isinstance(streaming, CrewStreamingOutput)
    chunks = [chunk for chunk in streaming if isinstance(chunk, StreamChunk)]
    text = "".join(chunk.content for chunk in chunks if chunk.chunk_type.value == "text")
    assert str(streaming.result) == "It is 5."
    assert text.endswith("It is 5.")
    assert len(upstream.calls()) == 2


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
@pytest.mark.parametrize("how", ["kickoff", "kickoff_async"])
def test_an_agent_alone_uses_its_tool_and_answers(
    upstream: Upstream, make_llm: Make, how: str, native: bool
) -> None:
    adds(upstream, native)
    used: list[tuple[int, int]] = []
    alone = agent(make_llm(native_tools=native), tools=[adder(used)])
    asked = "Add 2 and 3."
    result = alone.kickoff(asked) if how == "kickoff" else asyncio.run(alone.kickoff_async(asked))
    assert isinstance(result, LiteAgentOutput)
    assert (result.raw, used) == ("It is 5.", [(2, 3)])
    assert len(upstream.calls()) == 2


def test_the_frames_of_a_call_begin_and_end_and_hold_its_text(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", "one two three four")
    llm = make_llm()
    session = llm.stream_events("Count.")
    frames = list(session)
    assert (frames[0].type, frames[-1].type) == ("llm_call_started", "llm_call_completed")
    chunks = [frame.content for frame in frames if frame.type == "llm_stream_chunk"]
    assert len(chunks) > 1
    assert session.result == "".join(chunks) == "one two three four"
    # The object itself streams no more than before.
    with listening() as heard:
        assert llm.call("Count.") == "one two three four"
        assert not heard.of(LLMStreamChunkEvent)


@pytest.mark.parametrize("kind", ["output_pydantic", "output_json", "response_model"])
def test_an_object_without_tools_is_one_call_that_asks_for_its_schema(
    upstream: Upstream, make_llm: Make, kind: str
) -> None:
    upstream.says("acme/one", FITS)
    worker = agent(make_llm())
    fields: dict[str, Any] = {kind: Sum}
    kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.", **fields)]))
    assert schemas(upstream) == [True]


def test_with_tools_a_final_text_in_prose_is_converted_by_one_call_more(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.replies("acme/one", CALL, {"text": "The sum is 5."}, then={"text": FITS})
    worker = agent(make_llm(), tools=[adder()])
    asked = task(worker, "Add 2 and 3.", output_pydantic=Sum)
    assert kickoff(crew(worker, tasks=[asked])).pydantic == Sum(total=5, why="2 and 3")
    assert schemas(upstream) == [False, False, True]


def test_an_agent_alone_answers_with_an_object(upstream: Upstream, make_llm: Make) -> None:
    upstream.says("acme/one", FITS)
    result = agent(make_llm()).kickoff("Add 2 and 3.", response_format=Sum)
    assert isinstance(result, LiteAgentOutput)
    assert result.pydantic == Sum(total=5, why="2 and 3")
    assert len(upstream.calls()) == 1


def test_a_crew_that_streams_tells_an_object_whole(upstream: Upstream, make_llm: Make) -> None:
    upstream.says("acme/one", FITS)
    worker = agent(make_llm())
    asked = task(worker, "Add 2 and 3.", output_pydantic=Sum)
    streaming = crew(worker, tasks=[asked], stream=True).kickoff()
    assert isinstance(streaming, CrewStreamingOutput)
    assert list(streaming) == []
    assert streaming.result.pydantic == Sum(total=5, why="2 and 3")
