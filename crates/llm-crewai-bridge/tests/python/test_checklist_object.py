"""The checklist's first lines: what the object is, and what it leaves as it was."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crewai import BaseLLM

from crews import FINAL, adder, agent, crew, kickoff, task
from llm_crewai import create_llm_for_crewai
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

pytestmark = pytest.mark.usefixtures("without_key")


@pytest.fixture
def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of OpenAI's, which CrewAI asks for where it would use a model of its own."""
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(variable, raising=False)


def test_the_object_is_a_base_llm_that_an_agent_takes_as_it_is(
    make_llm: Callable[..., ManagerLLM],
) -> None:
    llm = make_llm()
    assert isinstance(llm, BaseLLM)
    assert agent(llm).llm is llm


def test_the_factory_takes_the_three_keywords_of_the_seed_by_name_and_by_place(
    settings: Callable[..., Path],
) -> None:
    path = settings()
    named = create_llm_for_crewai(config_path=str(path), use_fastest=False, use_parallel=True)
    placed = create_llm_for_crewai(path, False, True)
    for llm in (named, placed):
        assert (llm.config_path, llm.use_fastest, llm.use_parallel) == (str(path), False, True)
        llm.manager.close()


def test_use_parallel_asks_two_and_use_fastest_off_asks_the_default(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", "one")
    upstream.says("acme/two", "the longer two")
    roles = {"primary": ["acme/one", "acme/two"], "llm": {"default_model": "acme/two"}}
    assert make_llm(roles, use_fastest=False).call("Hi") == "the longer two"
    assert [call.model for call in upstream.calls()] == ["acme/two"]
    make_llm(roles, use_parallel=True).call("Hi")
    asked = {call.model for call in upstream.calls(since=1)}
    assert {"acme/one", "acme/two"} <= asked


def test_a_text_is_answered_and_stays_as_it_was(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", "Hello.")
    assert make_llm().call("Hi") == "Hello."
    assert upstream.calls()[0].messages == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize("stream", [False, True])
def test_a_list_of_messages_is_answered_and_stays_as_it_was(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], stream: bool
) -> None:
    upstream.says("acme/one", "Hello.")
    parts = [{"type": "text", "text": "Hi"}]
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be short.", "cache_breakpoint": True},
        {"role": "user", "content": parts, "cache_breakpoint": True},
    ]
    before = copy.deepcopy(messages)
    kept = [id(message) for message in messages]
    assert make_llm(stream=stream).call(messages) == "Hello."
    assert messages == before
    assert [id(message) for message in messages] == kept


def test_messages_that_do_not_fit_anywhere_stay_as_they_were(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.replies("acme/one", {"context_length": True}, then={"text": "Hello."})
    llm = make_llm()
    messages: list[Any] = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hi " * 8000},
        {"role": "assistant", "content": "Yes? " * 8000},
        {"role": "user", "content": "Go on."},
    ]
    before = copy.deepcopy(messages)
    assert llm.call(messages, from_agent=agent(llm)) == "Hello."
    assert len(upstream.calls()) > 1
    assert messages == before


def test_cache_breakpoint_never_goes_upstream(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3}, then="5")
    llm = make_llm()
    llm.call([{"role": "user", "content": "Hi", "cache_breakpoint": True}], tools=None)
    worker = agent(llm, tools=[adder()])
    kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert len(upstream.calls()) >= 2
    for call in upstream.calls():
        assert "cache_breakpoint" not in str(call.body)


def test_a_crew_needs_no_network_and_no_key_of_openai(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    # The run refuses every socket that is not loopback's.
    upstream.says("acme/one", FINAL + "Hello.")
    assert kickoff(crew(agent(make_llm(native_tools=False)))).raw == "Hello."
    assert len(upstream.calls()) == 1
