"""The checklist's line on stop sequences: honoured by all, sent to those who take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crewai.events import LLMStreamChunkEvent
from crewai.llms.base_llm import call_stop_override

from crews import FINAL, agent, crew, kickoff, listening
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

LONG = "Thought: I look\nObservation: invented"
#: All a model can do, of which the one is left out.
ALL = ["tools", "images", "json_object", "json_schema", "reasoning", "stop"]
WITHOUT_STOP: dict[str, Any] = {"acme/one": {"capabilities": [c for c in ALL if c != "stop"]}}
WITH_STOP: dict[str, Any] = {"acme/one": {"capabilities": ALL}}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("models", "sent"), [(WITHOUT_STOP, False), (WITH_STOP, True)])
def test_stop_is_honoured_whoever_answers_and_sent_only_to_a_model_that_takes_it(
    upstream: Upstream,
    make_llm: Callable[..., ManagerLLM],
    models: dict[str, Any],
    sent: bool,
    stream: bool,
) -> None:
    upstream.says("acme/one", LONG)
    llm = make_llm({"models": models}, stop=["\nObservation:"], stream=stream)
    with listening() as heard:
        assert llm.call("Hi") == "Thought: I look"
        chunks = "".join(event.chunk for event in heard.of(LLMStreamChunkEvent))
    assert chunks.rstrip() == ("Thought: I look" if stream else "")
    body = upstream.calls()[0].body
    assert body.get("stop") == (["\nObservation:"] if sent else None)


def test_stop_sequences_of_the_moment_are_those_that_count(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", "one STOP two HALT three")
    llm = make_llm(stop=["HALT"])
    with call_stop_override(llm, ["STOP"]):
        assert llm.call("Hi").rstrip() == "one"
    assert llm.call("Hi").rstrip() == "one STOP two"
    assert [call.body["stop"] for call in upstream.calls()] == [["STOP"], ["HALT"]]
    assert llm.supports_stop_words()


def test_an_agent_without_native_tools_sends_its_stop_sequence(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", FINAL + "Hello.\nObservation: invented")
    assert kickoff(crew(agent(make_llm(native_tools=False)))).raw == "Hello."
    assert upstream.calls()[0].body["stop"] == ["\nObservation:"]
