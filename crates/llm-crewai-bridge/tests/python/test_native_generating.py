"""Answers of the manager, blocking and awaited, in the spelling of the seed."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llm_crewai import LLMManager
from settings import write_settings
from upstream import Upstream


def seed() -> str:
    """The document the package keeps to; skips where it is not."""
    folder = os.environ.get("LLM_REFERENCE_DATA")
    if not folder:
        pytest.skip("LLM_REFERENCE_DATA is not set: the seed document is there")
    [document] = (Path(folder) / "seed").glob("*.txt")
    return document.read_text(encoding="utf-8")


def samples(language: str) -> list[str]:
    """The blocks of code of the seed document."""
    return re.findall(rf"```{language}\n(.*?)```", seed(), flags=re.DOTALL)


async def run_sample(code: str, names: dict[str, Any]) -> None:
    """Runs a sample with only its imports changed; it may await as it is."""
    code = re.sub(r"from src\.\S+ import", "from llm_crewai import", code)
    compiled = compile(code, "seed", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(compiled, names)  # The document is ours.
    if inspect.isawaitable(done):
        await done


def test_the_samples_of_the_seed_run_with_only_their_imports_changed(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for model in ("acme/one", "acme/two", "acme/judge"):
        upstream.says(model, f"Привет от {model}")
    (tmp_path / "config").mkdir()
    write_settings(tmp_path / "config", upstream, ["acme/one", "acme/two"], ["acme/judge"])
    monkeypatch.chdir(tmp_path)
    # Samples that make agents belong to CrewAI's layer.
    native = [code for code in samples("python") if not re.search("crewai|executor", code)]
    assert len(native) >= 6

    async def run() -> None:
        names: dict[str, Any] = {}
        for code in native:
            await run_sample(code, names)

    asyncio.run(run())
    printed = capsys.readouterr().out
    for words in ("Fastest model: acme/", "Ответ: Привет от acme/", "Модель: acme/", "Время: ",
                  "Results saved to: ", "Working models: ['acme/"):  # fmt: skip
        assert words in printed


def test_the_settings_file_of_the_seed_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [text] = samples("yaml")
    path = tmp_path / "llm_settings.yaml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-test-000")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with LLMManager(path) as manager:
        assert [model.name for model in manager.get_primary_models()] == [
            "meta-llama/llama-3.2-1b-instruct",
            "microsoft/phi-3-mini-128k-instruct",
        ]
        assert [model.role for model in manager.models()] == [
            role for role in ("primary", "duplicate", "reserve", "fallback") for _ in range(2)
        ]


def test_an_answer_has_the_fields_of_the_seed_and_its_story(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.fails("acme/one", 503)
    upstream.says("acme/two", "Hello!")
    with LLMManager(settings(["acme/one"], fallback=["acme/two"])) as manager:
        response = manager.generate_response_sync("Hi")
    assert (response.success, response.content, response.error) == (True, "Hello!", None)
    assert response.model_name == "acme/two"
    assert response.response_time > 0
    assert response.failure is None
    assert response.attempts[-1].outcome == "ok" and response.attempts[-1].role == "fallback"
    assert {a.model for a in response.attempts[:-1]} == {"acme/one"}
    assert all(attempt.status == 503 for attempt in response.attempts[:-1])
    assert len(response.attempts) == len(upstream.calls())
    assert "acme/one" in response.route() and "acme/two" in response.route()
    usage = upstream.usage().total
    assert response.total_usage is not None and response.cost_usd == pytest.approx(usage.cost)
    assert response.total_usage.input_tokens == usage.prompt_tokens
    assert response.total_usage.output_tokens == usage.completion_tokens


def test_awaited_and_blocking_calls_answer_the_same(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.says("acme/one", "Hello!")
    with LLMManager(settings()) as manager:
        awaited = asyncio.run(manager.generate_response("Hi", temperature=0.5, stop="end"))
        blocking = manager.generate_response_sync("Hi", temperature=0.5, stop="end")
    assert (awaited.content, awaited.model_name) == (blocking.content, blocking.model_name)
    first, second = upstream.calls()
    assert first.body == second.body
    assert first.body["temperature"] == 0.5 and first.body["stop"] == ["end"]


def test_the_arguments_of_the_seed_may_be_given_by_place(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one", echo=True)
    upstream.model("acme/two", echo=True)
    with LLMManager(settings(["acme/one", "acme/two"])) as manager:
        response = manager.generate_response_sync("Hi", True, False, None, "acme/two", None)
    assert (response.content, response.model_name) == ("Hi", "acme/two")


def test_best_of_two_asks_two_and_a_judge(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.says("acme/one", "short")
    upstream.says("acme/two", "a much longer answer than the other one")
    upstream.model("acme/judge", verdict="longer")
    path = settings(["acme/one", "acme/two"], ["acme/judge"])
    with LLMManager(path) as manager:
        for choice in ({"use_parallel": True}, {"strategy": "best_of_two"}):
            response = manager.generate_response_sync("Hi", **choice)
            assert response.model_name == "acme/two"
            assert response.strategy == "best_of_two"
            assert response.judgement is not None
            assert response.judgement.judge == "acme/judge"
            assert "judged by acme/judge" in response.route()
        single = manager.generate_response_sync("Hi", use_parallel=False)
    assert single.judgement is None and single.strategy == "single"


def test_use_parallel_unset_follows_the_settings(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    for model in ("acme/one", "acme/two"):
        upstream.model(model)
    path = settings(["acme/one", "acme/two"], llm={"strategy": "best_of_two"})
    with LLMManager(path) as manager:
        assert manager.generate_response_sync("Hi").strategy == "best_of_two"
        assert manager.generate_response_sync("Hi", use_parallel=False).strategy == "single"
        named = manager.generate_response_sync("Hi", use_parallel=True, strategy="fallback")
    assert named.strategy == "fallback"


def test_json_mode_and_schemas_reach_the_model(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.model("acme/one")
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema}}
    with LLMManager(settings()) as manager:
        free = manager.generate_response_sync(
            "Answer in JSON", response_format={"type": "json_object"}
        )
        strict = manager.generate_response_sync("Who?", response_format=wanted)
    assert isinstance(json.loads(free.content), dict)
    assert set(json.loads(strict.content)) == {"name", "age"}
    first, second = [call.body["response_format"] for call in upstream.calls()]
    assert first == {"type": "json_object"}
    assert second["json_schema"]["schema"] == schema


def test_a_pydantic_model_is_a_response_format(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    pydantic = pytest.importorskip("pydantic")
    person = pydantic.create_model("Person", name=(str, ...), age=(int, ...))
    upstream.model("acme/one")
    with LLMManager(settings()) as manager:
        response = manager.generate_response_sync("Who?", response_format=person)
    assert person.model_validate_json(response.content)
    [call] = upstream.calls()
    assert call.body["response_format"]["json_schema"]["name"] == "Person"


def test_a_conversation_with_tools_goes_there_and_back(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3}, then="5")
    adder = {"name": "adder", "description": "Adds.", "parameters": {"type": "object"}}
    tools = [{"type": "function", "function": adder}]
    asked: list[dict[str, Any]] = [{"role": "user", "content": "2 + 3?", "cache_breakpoint": True}]
    with LLMManager(settings()) as manager:
        response = manager.generate_response_sync(asked, tools=tools, tool_choice="auto")
        [call] = response.tool_calls
        assert call["function"]["name"] == "adder"
        assert json.loads(call["function"]["arguments"]) == {"a": 2, "b": 3}
        asked += [
            {"role": "assistant", "content": None, "tool_calls": list(response.tool_calls)},
            {"role": "tool", "tool_call_id": call["id"], "name": "adder", "content": "5"},
        ]
        before = json.dumps(asked)
        assert manager.generate_response_sync(asked, tools=tools).content == "5"
    assert json.dumps(asked) == before, "what the caller gave stays as it was"
    sent = upstream.calls()[1].messages
    assert [message["role"] for message in sent] == ["user", "assistant", "tool"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"] == call["id"]
    assert "cache_breakpoint" not in json.dumps(upstream.calls()[0].body)


def test_models_to_avoid_and_models_without_fallback(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.fails("acme/one", 503)
    upstream.says("acme/two", "two")
    with LLMManager(settings(["acme/one"], fallback=["acme/two"])) as manager:
        avoiding = manager.generate_response_sync("Hi", avoid=["acme/one"])
        alone = manager.generate_response_sync("Hi", model_name="acme/one", fallback=False)
    assert avoiding.success and [a.model for a in avoiding.attempts] == ["acme/two"]
    assert not alone.success and {a.model for a in alone.attempts} == {"acme/one"}


def test_models_are_found_by_name_and_their_statistics_are_counted(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.fails("acme/one", 503, times=1)
    upstream.says("acme/two", "two")
    once = {"retry_attempts": 0}
    with LLMManager(settings(["acme/one", "acme/two"], ["acme/three"], llm=once)) as manager:
        first = manager.get_fastest_model()
        assert first is not None and first.name == "acme/one", "nothing is measured yet"
        assert [model.name for model in manager.get_primary_models()] == ["acme/one", "acme/two"]
        for name in ("acme/two", "openrouter:acme/two"):
            found = manager.get_model_by_name(name)
            assert found is not None and (found.name, found.role) == ("acme/two", "primary")
        assert manager.get_model_by_name("acme/nobody") is None
        assert manager.generate_response_sync("Hi").model_name == "acme/two"
        stats = manager.get_performance_stats()
        fastest = manager.get_fastest_model()
    assert set(stats) == {"acme/one", "acme/two", "acme/three"}
    assert (stats["acme/one"]["success_count"], stats["acme/one"]["error_count"]) == (0, 1)
    assert (stats["acme/two"]["success_count"], stats["acme/two"]["error_count"]) == (1, 0)
    assert stats["acme/one"]["last_response_time"] is None
    assert stats["acme/two"]["last_response_time"] > 0
    assert fastest is not None and fastest.name == "acme/two"


def test_statistics_outlive_the_manager(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.says("acme/two", "two")
    path = settings(["acme/one", "acme/two"])
    with LLMManager(path) as manager:
        manager.generate_response_sync("Hi", model_name="acme/two")
    with LLMManager(path) as manager:
        fastest = manager.get_fastest_model()
        known = manager.get_performance_stats()["acme/two"]
    assert fastest is not None and fastest.name == "acme/two"
    assert known["last_response_time"] > 0
