"""What a user or a model gets wrong: a clear exception, or a request that is served."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crewai.tools import BaseTool, tool

from crews import FINAL, adder, agent, crew, kickoff, task
from llm_crewai import ConfigError, GenerationError, LLMError, UnknownKeywordError, UsageError
from llm_crewai import create_llm_for_crewai
from llm_crewai.crewai_layer.model import ManagerLLM
from settings import KEY
from upstream import Upstream

Make = Callable[..., ManagerLLM]

ADDER = {
    "type": "function",
    "function": {"name": "adder", "description": "Adds.", "parameters": {"type": "object"}},
}


def broken() -> BaseTool:
    """A tool that raises."""

    @tool("Broken")
    def fail(what: str) -> str:
        """Fails."""
        raise RuntimeError("the disk is full")

    made: BaseTool = fail
    return made


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        create_llm_for_crewai(tmp_path / "nowhere.yaml")


def test_a_key_of_the_settings_that_is_misspelt_is_named(make_llm: Make) -> None:
    with pytest.raises(ConfigError, match="did you mean `timeout`"):
        make_llm({"llm": {"timeuot": "3s"}})


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_a_missing_key_is_told_by_the_name_of_its_variable(
    upstream: Upstream, make_llm: Make, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.delenv("ACME_API_KEY", raising=False)
    llm = make_llm({"provider": {"api_key": "${ACME_API_KEY}"}}, native_tools=native)
    with pytest.raises(GenerationError, match="ACME_API_KEY"):
        crew(agent(llm, tools=[adder()])).kickoff()
    assert upstream.calls() == []


def test_an_unknown_keyword_is_refused_with_the_nearest_name(
    upstream: Upstream, make_llm: Make
) -> None:
    with pytest.raises(UnknownKeywordError, match="did you mean `use_fastest`"):
        make_llm(use_fastst=True)
    with pytest.raises(TypeError, match="did you mean `temperature`"):
        make_llm(temprature=0.2)
    with pytest.raises(UnknownKeywordError, match="did you mean `timeout`"):
        make_llm().copy(timeuot=3)


@pytest.mark.parametrize("messages", ["", "  ", [], [{"role": "user", "content": ""}]])
def test_messages_without_text_are_refused_before_anybody_is_asked(
    upstream: Upstream, make_llm: Make, messages: Any
) -> None:
    with pytest.raises(ValueError):
        make_llm().call(messages)
    assert upstream.calls() == []


@pytest.mark.parametrize(
    "message", [{"content": "no role"}, {"role": "user"}, {"role": 3, "content": "x"}, 7, None]
)
def test_a_message_without_form_is_refused_before_anybody_is_asked(
    upstream: Upstream, make_llm: Make, message: Any
) -> None:
    with pytest.raises((ValueError, TypeError)):
        make_llm().call([{"role": "user", "content": "Hi"}, message])
    assert upstream.calls() == []


def test_private_keys_of_messages_do_not_go_upstream(upstream: Upstream, make_llm: Make) -> None:
    upstream.says("acme/one", "Hello.")
    messages = [
        {"role": "system", "content": "Be brief.", "cache_breakpoint": True},
        {"role": "user", "content": "Hi", "cache_breakpoint": True, "_private": {"a": 1}},
    ]
    before = copy.deepcopy(messages)
    assert make_llm().call(messages) == "Hello."
    assert messages == before
    [call] = upstream.calls()
    assert "cache_breakpoint" not in str(call.body) and "_private" not in str(call.body)
    assert [message["content"] for message in call.messages] == ["Be brief.", "Hi"]


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_a_tool_that_raises_is_told_to_the_model_which_goes_on(
    upstream: Upstream, make_llm: Make, native: bool
) -> None:
    if native:
        upstream.calls_tool("acme/one", "broken", {"what": "it"}, then="It is full.")
    else:
        action = 'Thought: I try\nAction: broken\nAction Input: {"what": "it"}'
        upstream.says("acme/one", action, FINAL + "It is full.")
    worker = agent(make_llm(native_tools=native), tools=[broken()])
    assert kickoff(crew(worker, tasks=[task(worker, "Try.")])).raw == "It is full."
    calls = upstream.calls()
    assert len(calls) == 2
    assert "the disk is full" in str(calls[1].messages)


@pytest.mark.parametrize("native", [True, False], ids=["native", "react"])
def test_a_tool_that_nobody_has_is_told_to_the_model_which_goes_on(
    upstream: Upstream, make_llm: Make, native: bool
) -> None:
    if native:
        upstream.calls_tool("acme/one", "multiplier", {"a": 2}, then="I cannot.")
    else:
        action = 'Thought: I try\nAction: multiplier\nAction Input: {"a": 2}'
        upstream.says("acme/one", action, FINAL + "I cannot.")
    worker = agent(make_llm(native_tools=native), tools=[adder()])
    assert kickoff(crew(worker, tasks=[task(worker, "Multiply.")])).raw == "I cannot."
    calls = upstream.calls()
    assert len(calls) == 2
    assert "multiplier" in str(calls[1].messages)


def test_a_tool_that_nobody_has_is_an_error_where_the_object_runs_the_tools(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.calls_tool("acme/one", "multiplier", {"a": 2})
    with pytest.raises(LLMError, match="multiplier.*adder"):
        make_llm().call("Multiply.", tools=[ADDER], available_functions={"adder": lambda: 5})
    assert len(upstream.calls()) == 1


@pytest.mark.parametrize(
    "arguments", ['{"a": 2', "[1, 2]", "5", '"two"', "null", '{"a": "two", "b": null}', '{"c": 1}']
)
def test_arguments_that_are_wrong_are_told_to_the_model_which_goes_on(
    upstream: Upstream, make_llm: Make, arguments: str
) -> None:
    upstream.calls_tool("acme/one", "adder", arguments, then="I cannot.")
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(), tools=[adder(used)])
    assert kickoff(crew(worker, tasks=[task(worker, "Add.")])).raw == "I cannot."
    assert used == []
    calls = upstream.calls()
    assert len(calls) == 2
    told = [message["content"] for message in calls[1].messages if message["role"] == "tool"]
    assert len(told) == 1 and "rror" in told[0]


@pytest.mark.parametrize("arguments", ['{"a": 2', "[1, 2]", "5", '"two"'])
def test_arguments_that_are_no_object_are_an_error_where_the_object_runs_the_tools(
    upstream: Upstream, make_llm: Make, arguments: str
) -> None:
    upstream.calls_tool("acme/one", "adder", arguments)
    with pytest.raises(LLMError, match="`adder` with arguments that are no JSON"):
        make_llm().call("Add.", tools=[ADDER], available_functions={"adder": lambda: 5})


def test_arguments_that_are_null_are_none(upstream: Upstream, make_llm: Make) -> None:
    upstream.calls_tool("acme/one", "adder", "null")
    functions = {"adder": lambda: "5"}
    assert make_llm().call("Add.", tools=[ADDER], available_functions=functions) == "5"


def test_an_error_of_a_crew_holds_no_key(upstream: Upstream, make_llm: Make) -> None:
    upstream.replies("acme/one", then={"status": 401, "message": f"bad key {KEY}"})
    with pytest.raises(GenerationError) as raised:
        crew(agent(make_llm())).kickoff()
    assert KEY not in str(raised.value) and KEY not in repr(raised.value)


def test_fields_that_would_be_lost_in_silence_are_refused(
    upstream: Upstream, make_llm: Make
) -> None:
    for field in ({"api_key": "sk-test-111"}, {"base_url": "http://127.0.0.1"}, {"n": 2}):
        with pytest.raises(UsageError, match="has no effect"):
            make_llm(**field)
