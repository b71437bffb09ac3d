"""Mistakes in settings and in calls: typed exceptions that name the place and the remedy."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import llm_crewai
from llm_crewai import (
    ConfigError,
    GenerationError,
    InternalError,
    LLMError,
    LLMManager,
    ManagerClosedError,
    UnknownKeywordError,
    UsageError,
)
from upstream import Upstream


@pytest.fixture
def manager(upstream: Upstream, settings: Callable[..., Path]) -> Any:
    """A manager of one model."""
    upstream.says("acme/one", "yes")
    with LLMManager(settings()) as opened:
        yield opened


def test_every_exception_is_one_of_the_package_and_of_python_s_own() -> None:
    for kind, own in (
        (ConfigError, ValueError),
        (UsageError, ValueError),
        (UnknownKeywordError, TypeError),
        (ManagerClosedError, RuntimeError),
        (InternalError, RuntimeError),
        (GenerationError, RuntimeError),
    ):
        assert issubclass(kind, LLMError) and issubclass(kind, own)
        assert kind.__module__.startswith("llm_crewai") and "_native" not in kind.__module__


def test_a_settings_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere.yaml"):
        LLMManager(tmp_path / "nowhere.yaml")


def test_the_default_settings_file_is_named_when_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="config/llm_settings.yaml"):
        LLMManager()


def test_all_problems_of_a_settings_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "llm_settings.yaml"
    path.write_text(
        """
llm:
  default_provider: openrouter
  strategy: best_of_too
  timeot: 20
  model_roles: { primary: [acme/one, acme/unlisted] }
providers:
  openrouter: { base_url: not-a-url, api_key: sk-test-000, models: [{ name: acme/one }] }
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as problem:
        LLMManager(path)
    for words in ("best_of_too", "timeot", "timeout", "acme/unlisted", "base_url"):
        assert words in str(problem.value)
    assert "sk-test-000" not in str(problem.value)


@pytest.mark.parametrize("text", ["", "just words", "[1, 2]", "llm: {", "a: &a [*a]", "\x00\x01"])
def test_a_file_that_is_no_settings_is_an_error_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="odd.yaml|llm|providers"):
        LLMManager(path)


def test_a_folder_and_bytes_that_are_no_text_are_errors_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        LLMManager(tmp_path)
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"llm: \xff\xfe")
    with pytest.raises(ConfigError):
        LLMManager(path)
    for wrong in (None, 5, object()):
        with pytest.raises(TypeError):
            LLMManager(wrong)  # type: ignore[arg-type]


METHODS = (
    "generate_response",
    "generate_response_sync",
    "stream_response",
    "stream_response_sync",
)


def call(manager: LLMManager, method: str, prompt: Any, **arguments: Any) -> None:
    """Calls a method of the four, and reads what it gives to its end."""
    given = getattr(manager, method)(prompt, **arguments)
    if inspect.isawaitable(given):

        async def wait() -> None:
            await given

        asyncio.run(wait())
    elif method == "stream_response":

        async def read() -> None:
            async for _ in given:
                pass

        asyncio.run(read())
    elif method == "stream_response_sync":
        list(given)


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_keyword_is_refused_with_the_nearest_one(
    manager: LLMManager, upstream: Upstream, method: str
) -> None:
    with pytest.raises(UnknownKeywordError) as problem:
        call(manager, method, "Hi", temprature=0.5)
    assert method in str(problem.value)
    assert "`temprature`" in str(problem.value)
    assert "did you mean `temperature`" in str(problem.value)
    with pytest.raises(UnknownKeywordError, match="max_tokens"):
        call(manager, method, "Hi", zzz=1)
    assert upstream.calls() == []


@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_an_empty_prompt(
    manager: LLMManager, upstream: Upstream, method: str
) -> None:
    for prompt in ("", "  \n", [], [{"role": "user", "content": ""}], [{"role": "user"}]):
        with pytest.raises(UsageError, match="empty"):
            call(manager, method, prompt)
    assert upstream.calls() == []


@pytest.mark.parametrize("method", METHODS)
def test_every_method_names_a_model_nobody_serves_and_the_nearest(
    manager: LLMManager, upstream: Upstream, method: str
) -> None:
    with pytest.raises(UsageError, match="`acme/onne`.*acme/one"):
        call(manager, method, "Hi", model_name="acme/onne")
    with pytest.raises(UsageError, match="`acme/onne`.*acme/one"):
        call(manager, method, "Hi", avoid=["acme/onne"])
    assert upstream.calls() == []


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (None, "messages"),
        (5, "messages"),
        ({"role": "user", "content": "Hi"}, "messages"),
        (b"Hi", "messages"),
        (["Hi"], r"messages\[0\]"),
        ([{"role": "user", "content": "Hi"}, {"content": "Hi"}], r"messages\[1\].*role"),
        ([{"role": "robot", "content": "Hi"}], r"messages\[0\].*robot.*assistant"),
        ([{"role": "user", "content": 5}], r"messages\[0\].*content"),
        ([{"role": "user", "content": [{"text": "Hi"}]}], r"messages\[0\].*type"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], r"messages\[0\].*image_url"),
        ([{"role": "tool", "content": "5"}], r"messages\[0\].*tool_call_id"),
        ([{"role": "assistant", "tool_calls": [{}]}], r"messages\[0\].*function"),
        ([{"role": "user", "content": {1, 2}}], "messages.*set"),
        ([{"role": "user", "content": "Hi", "when": object()}], "messages.*object"),
        ([{"role": "user", "content": float("nan")}], "messages.*JSON"),
        ("half of a pair: \ud83d", "messages.*ud83d"),
    ],
)
def test_messages_that_are_none_are_named_by_their_place(
    manager: LLMManager, upstream: Upstream, prompt: Any, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        manager.generate_response_sync(prompt)
    assert upstream.calls() == []


FUNCTION = {"type": "function", "function": {"name": "adder"}}


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("timeout", 0, "0 is not a number of seconds above 0"),
        ("timeout", -1.5, "-1.5"),
        ("timeout", float("nan"), "JSON"),
        ("timeout", float("inf"), "JSON"),
        ("timeout", "soon", "soon"),
        ("timeout", 1e300, "seconds"),
        ("strategy", "best_of_too", "best_of_too.*best_of_two"),
        ("strategy", 2, ""),
        ("use_fastest", "yes", "yes"),
        ("use_parallel", 1, ""),
        ("fallback", "no", "no"),
        ("model_name", 5, ""),
        ("avoid", "acme/one", ""),
        ("temperature", "hot", "hot"),
        ("temperature", float("nan"), "JSON"),
        ("temperature", object(), "object"),
        ("max_tokens", -1, "-1"),
        ("max_tokens", 1.5, "1.5"),
        ("seed", "x", "x"),
        ("stop", 5, ""),
        ("stop", ["end", 5], ""),
        ("tools", {"adder": 1}, ""),
        ("tools", [5], "0"),
        ("tools", [FUNCTION, {"type": "function"}], "1.*name"),
        ("tools", [{"type": "function", "function": {"name": "adder", "parameters": 5}}], "adder"),
        ("tool_choice", 7, "auto"),
        ("tool_choice", "perhaps", "auto"),
        ("response_format", 5, "json_object"),
        ("response_format", "json", "json_object"),
        ("response_format", int, "pydantic"),
        ("response_format", {"type": "xml"}, "json_schema"),
        ("response_format", {"type": "json_schema"}, "schema"),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": 5}}, "schema"),
    ],
    ids=repr,
)
def test_an_argument_that_cannot_be_is_named_with_what_is_wrong(
    manager: LLMManager, upstream: Upstream, argument: str, value: Any, words: str
) -> None:
    with pytest.raises(UsageError, match=f"(?s){argument}.*{words}|{words}.*{argument}") as problem:
        manager.generate_response_sync("Hi", **{argument: value})
    assert " at line " not in str(problem.value), "the caller wrote no JSON"
    assert upstream.calls() == []


def test_several_values_without_json_are_told_at_once(manager: LLMManager) -> None:
    with pytest.raises(UsageError) as problem:
        wrong: dict[str, Any] = {"seed": object(), "tools": [{"name": {1}}]}
        manager.generate_response_sync("\ud800", **wrong)
    for name in ("messages", "seed", "tools"):
        assert name in str(problem.value)


def test_a_conversation_that_contains_itself_is_a_mistake(manager: LLMManager) -> None:
    endless: list[Any] = []
    endless.append({"role": "user", "content": endless})
    with pytest.raises(UsageError, match="messages"):
        manager.generate_response_sync(endless)


def test_a_wrong_call_leaves_the_manager_as_it_was(manager: LLMManager) -> None:
    with pytest.raises(UsageError):
        manager.generate_response_sync("")
    assert manager.generate_response_sync("Hi").content == "yes"
    assert manager.get_performance_stats()["acme/one"]["error_count"] == 0


def test_mistakes_in_what_is_asked_of_the_manager_itself(manager: LLMManager) -> None:
    with pytest.raises(TypeError):
        manager.generate_response_sync()  # type: ignore[call-arg]
    assert manager.get_model_by_name("") is None
    with pytest.raises(UsageError, match="messages"):
        manager.count_tokens(5)  # type: ignore[arg-type]
    assert manager.count_tokens("x" * 400) == 100


def test_errors_travel_between_processes(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.fails("acme/one", 503)
    with LLMManager(settings(llm={"retry_attempts": 0})) as manager:
        with pytest.raises(GenerationError) as failure:
            list(manager.stream_response_sync("Hi"))
    back = pickle.loads(pickle.dumps(failure.value))
    assert str(back) == str(failure.value)
    assert back.response == failure.value.response
    unknown = pickle.loads(pickle.dumps(UnknownKeywordError("no such keyword")))
    assert isinstance(unknown, UnknownKeywordError)


def test_the_public_names_are_there() -> None:
    for name in llm_crewai.__all__:
        assert hasattr(llm_crewai, name)
    with pytest.raises(AttributeError, match="LLMManger"):
        getattr(llm_crewai, "LLMManger")
