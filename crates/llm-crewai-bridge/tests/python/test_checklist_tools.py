"""The checklist's lines on tools: in the prompt, native, several at once, run by the object."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from crewai.events import ToolUsageErrorEvent, ToolUsageFinishedEvent, crewai_event_bus

from crews import FINAL, adder, agent, crew, kickoff, listening, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

ADDER = {
    "type": "function",
    "function": {
        "name": "adder",
        "description": "Adds two integers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}
ACTION = 'Thought: I add\nAction: adder\nAction Input: {"a": 2, "b": 3}'


def test_react_tools_stand_in_the_prompt_and_their_results_come_back(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", ACTION, FINAL + "The sum is 5.")
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(native_tools=False), tools=[adder(used)])
    result = kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert (result.raw, used) == ("The sum is 5.", [(2, 3)])
    first, second = upstream.calls()
    assert "tools" not in first.body and "tools" not in second.body
    assert "adder" in first.messages[0]["content"]
    assert "Observation: 5" in str(second.messages)


def test_react_what_a_model_invents_after_its_action_is_cut_away(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    invented = ACTION + "\nObservation: 999\n" + FINAL + "The sum is 999."
    upstream.says("acme/one", invented, FINAL + "The sum is 5.")
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(native_tools=False), tools=[adder(used)])
    result = kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert (result.raw, used) == ("The sum is 5.", [(2, 3)])
    assert "999" not in str(upstream.calls()[1].body)


def test_native_tools_are_sent_called_and_answered(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3}, then="The sum is 5.")
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(), tools=[adder(used)])
    result = kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert (result.raw, used) == ("The sum is 5.", [(2, 3)])
    first, second = upstream.calls()
    assert [tool["function"]["name"] for tool in first.body["tools"]] == ["adder"]
    called = next(message for message in second.messages if message.get("tool_calls"))
    answer = next(message for message in second.messages if message["role"] == "tool")
    assert called["tool_calls"][0]["id"] == answer["tool_call_id"]
    assert answer["content"] == "5"


@pytest.mark.parametrize("stream", [False, True])
def test_native_tool_calls_come_back_as_openai_writes_them(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], stream: bool
) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3})
    calls = make_llm(stream=stream).call("Add 2 and 3.", tools=[ADDER])
    assert isinstance(calls, list)
    [call] = calls
    assert call["type"] == "function" and call["id"]
    assert call["function"]["name"] == "adder"
    assert json.loads(call["function"]["arguments"]) == {"a": 2, "b": 3}


def test_parallel_tool_calls_have_ids_of_their_own_and_all_are_run(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    both = [
        {"name": "adder", "arguments": {"a": 2, "b": 3}},
        {"name": "adder", "arguments": {"a": 4, "b": 5}},
    ]
    upstream.replies("acme/one", {"tool_calls": both}, then={"text": "5 and 9."})
    used: list[tuple[int, int]] = []
    worker = agent(make_llm(), tools=[adder(used)])
    result = kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3, and 4 and 5.")]))
    assert result.raw == "5 and 9."
    assert sorted(used) == [(2, 3), (4, 5)]
    messages = upstream.calls()[1].messages
    called = [call for message in messages for call in message.get("tool_calls") or []]
    answers = {m["tool_call_id"]: m["content"] for m in messages if m["role"] == "tool"}
    assert len({call["id"] for call in called}) == 2
    assert [answers[call["id"]] for call in called] == ["5", "9"]


def test_where_no_model_calls_tools_the_downgrade_phrase_makes_the_agent_use_the_prompt(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.replies("acme/one", {"no_tools": True}, {"text": ACTION}, then={"text": FINAL + "5"})
    used: list[tuple[int, int]] = []
    llm = make_llm(native_tools=True)
    worker = agent(llm, tools=[adder(used)])
    result = kickoff(crew(worker, tasks=[task(worker, "Add 2 and 3.")]))
    assert (result.raw, used) == ("5", [(2, 3)])
    sent = ["tools" in call.body for call in upstream.calls()]
    assert sent == [True, False, False]


def test_the_downgrade_phrase_is_one_that_crewai_knows(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.replies("acme/one", then={"no_tools": True})
    with pytest.raises(Exception, match="does not support tools"):
        make_llm().call("Add 2 and 3.", tools=[ADDER])


def test_a_model_known_to_call_no_tools_is_passed_over_and_none_is_left_for_react(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", "one")
    upstream.calls_tool("acme/two", "adder", {"a": 2, "b": 3})
    plain: dict[str, Any] = {"acme/one": {"capabilities": []}}
    llm = make_llm({"fallback": ["acme/two"], "models": plain})
    assert llm.supports_function_calling()
    calls = llm.call("Add.", tools=[ADDER])
    assert isinstance(calls, list) and calls[0]["function"]["name"] == "adder"
    assert [call.model for call in upstream.calls()] == ["acme/two"]
    assert not make_llm({"models": plain}).supports_function_calling()


@pytest.mark.parametrize("stream", [False, True])
def test_available_functions_are_run_by_the_object_which_returns_their_text(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], stream: bool
) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3})
    finished: list[ToolUsageFinishedEvent] = []
    with listening() as heard:
        crewai_event_bus.register_handler(
            ToolUsageFinishedEvent, lambda _, event: finished.append(event)
        )
        result = make_llm(stream=stream).call(
            "Add 2 and 3.", tools=[ADDER], available_functions={"adder": lambda a, b: a + b}
        )
        assert len(heard.terminal()) == 1
    assert result == "5"
    assert [event.tool_name for event in finished] == ["adder"]
    assert len(upstream.calls()) == 1


@pytest.mark.parametrize("words", ["the adder is broken", "rate limit: too many requests"])
def test_available_functions_that_raise_end_the_call_with_what_they_raised(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], words: str
) -> None:
    def fails(a: int, b: int) -> str:
        raise ArithmeticError(words)

    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3})
    failed: list[ToolUsageErrorEvent] = []
    with listening():
        crewai_event_bus.register_handler(ToolUsageErrorEvent, lambda _, e: failed.append(e))
        with pytest.raises(RuntimeError, match=words):
            make_llm().call("Add.", tools=[ADDER], available_functions={"adder": fails})
    assert len(failed) == 1
    assert len(upstream.calls()) == 1
