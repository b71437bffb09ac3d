"""What broke the model object of CrewAI once."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crewai.tools import tool
from pydantic import BaseModel, ValidationError

from crews import FINAL, agent, crew, kickoff
from llm_crewai import LLMManager, UsageError, create_executor_agent, create_llm_for_crewai
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream

Make = Callable[..., ManagerLLM]


class Stock(BaseModel):
    """With keys that only the answer knows."""

    counts: dict[str, int]
    rows: list[dict[str, Any]] = []


def test_an_object_with_a_mapping_in_it_is_answered_and_its_keys_are_allowed(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", json.dumps({"counts": {"a": 1}, "rows": [{"b": 2}]}))
    answer = make_llm().call("Count.", response_model=Stock)
    assert answer == Stock(counts={"a": 1}, rows=[{"b": 2}])
    (call,) = upstream.calls()
    schema = call.body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["counts"]["additionalProperties"] == {"type": "integer"}


def test_a_tool_with_a_name_in_another_script_is_used_by_way_of_the_prompt(
    upstream: Upstream, make_llm: Make
) -> None:
    ran: list[str] = []

    @tool("Погода")
    def weather(place: str) -> str:
        """Погода в городе."""
        ran.append(place)
        return "Солнечно."

    action = 'Thought: look\nAction: Погода\nAction Input: {"place": "Омск"}'
    upstream.says("acme/one", action, f"{FINAL}Солнечно.")
    team = crew(agent(make_llm(), tools=[weather]))
    assert kickoff(team).raw == "Солнечно."
    assert ran == ["Омск"]
    assert len(upstream.calls()) == 2


def test_tools_that_crewai_cannot_tell_apart_are_a_mistake_and_none_is_run(
    upstream: Upstream, make_llm: Make
) -> None:
    ran: list[str] = []

    @tool("Погода")
    def weather(place: str) -> str:
        """Погода в городе."""
        ran.append(place)
        return "Солнечно."

    @tool("Удалить")
    def remove(place: str) -> str:
        """Удаляет город."""
        ran.append(place)
        return "Удалено."

    action = 'Thought: look\nAction: Погода\nAction Input: {"place": "Омск"}'
    upstream.says("acme/one", action, f"{FINAL}Солнечно.")
    with pytest.raises(UsageError, match="2 of them cannot be told apart"):
        kickoff(crew(agent(make_llm(), tools=[remove, weather])))
    assert ran == []
    assert upstream.calls() == []


def test_a_schema_that_contains_itself_is_a_mistake(make_llm: Make) -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["again"] = schema
    function = {"name": "look", "description": "Looks.", "parameters": schema}
    with pytest.raises(UsageError, match="tools: a schema contains itself"):
        make_llm().call("Hi", tools=[{"type": "function", "function": function}])


@pytest.mark.parametrize("stop", ["", [""]])
def test_a_stop_sequence_without_characters_stops_nothing(
    upstream: Upstream, make_llm: Make, stop: object
) -> None:
    upstream.says("acme/one", "all of it")
    assert make_llm(stop=stop).call("Hi") == "all of it"
    assert "stop" not in upstream.calls()[0].body


@pytest.mark.parametrize("tokens", [float("nan"), float("inf"), 1.5])
def test_tokens_that_are_no_whole_number_are_a_mistake(make_llm: Make, tokens: float) -> None:
    with pytest.raises(UsageError, match="max_tokens"):
        make_llm(max_tokens=tokens).call("Hi")


@pytest.mark.parametrize("window", [0, -1])
def test_a_window_without_room_is_a_mistake(make_llm: Make, window: int) -> None:
    with pytest.raises(ValidationError, match="context_window"):
        make_llm(context_window=window)


def test_a_manager_that_is_none_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="manager: expected an LLMManager, not 'config.yaml'"):
        create_llm_for_crewai(manager="config.yaml")  # type: ignore[arg-type]


def test_the_settings_of_a_manager_are_found_from_another_folder(
    upstream: Upstream,
    settings: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream.says("acme/one", "yes")
    path = settings()
    monkeypatch.chdir(path.parent)
    with LLMManager(path.name) as manager:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        llm = create_llm_for_crewai(manager=manager)
        assert llm.config_path == str(path)
        assert pickle.loads(pickle.dumps(llm)).call("Hi") == "yes"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("config_path", "other.yaml"),
        ("api_key", "sk-test-000"),
        ("base_url", "http://127.0.0.1:9"),
        ("n", 2),
        ("additional_params", {"top_k": 5}),
    ],
)
def test_what_would_change_nothing_cannot_be_set_afterwards(
    make_llm: Make, field: str, value: object
) -> None:
    llm = make_llm()
    before = getattr(llm, field)
    with pytest.raises(UsageError, match=field):
        setattr(llm, field, value)
    assert getattr(llm, field) == before


def test_what_is_set_afterwards_is_what_the_next_call_has(
    upstream: Upstream, make_llm: Make
) -> None:
    upstream.says("acme/one", "yes")
    llm = make_llm()
    llm.temperature = 0.25
    llm.stop = "END"  # type: ignore[assignment]
    llm.call("Hi")
    body = upstream.calls()[0].body
    assert (body["temperature"], body["stop"]) == (0.25, ["END"])


def test_an_executor_agent_is_given_a_folder_and_not_nothing(settings: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="project_dir"):
        create_executor_agent("", llm_config_path=settings())
