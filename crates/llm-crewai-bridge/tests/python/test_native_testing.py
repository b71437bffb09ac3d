"""Tests of the configured models, in the spelling of the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from llm_crewai import LLMManager, LLMTestRunner, ManagerClosedError, UsageError
from settings import write_settings
from upstream import Upstream

PARTS = {"available", "availability_message", "simple_test", "model_config", "report"}


@pytest.fixture
def path(upstream: Upstream, settings: Callable[..., Path]) -> Path:
    """Settings of three models: one quick, one slow, one that fails."""
    upstream.says("acme/slow", "hello", latency_ms=300)
    upstream.says("acme/quick", "hello")
    upstream.fails("acme/broken", 503)
    return settings(["acme/slow", "acme/quick"], fallback=["acme/broken"])


def test_all_models_are_tested_and_the_results_say_who_works(
    path: Path, upstream: Upstream
) -> None:
    with LLMManager(path) as manager:
        runner = LLMTestRunner(manager)
        results = asyncio.run(runner.test_all_models())
        assert runner.get_working_models() == ["acme/slow", "acme/quick"]
        fastest = runner.get_fastest_models()
    assert set(results) == {"acme/slow", "acme/quick", "acme/broken"}
    assert all(set(result) == PARTS for result in results.values())
    assert {call.model for call in upstream.calls()} == set(results)

    good = results["acme/quick"]
    assert good["available"] is True
    assert good["simple_test"]["success"] is True
    assert good["simple_test"]["response_time"] > 0
    assert good["simple_test"]["output_tokens"] > 0
    assert good["simple_test"]["error"] is None
    assert good["model_config"]["role"] == "primary"
    assert good["model_config"]["success_count"] > 0

    bad = results["acme/broken"]
    assert bad["available"] is False
    assert bad["simple_test"]["success"] is False
    assert bad["simple_test"]["error"] and bad["availability_message"]
    assert "overloaded" in bad["availability_message"] + bad["simple_test"]["error"]
    assert bad["model_config"]["role"] == "fallback"
    assert bad["model_config"]["error_count"] > 0

    assert [name for name, _ in fastest] == ["acme/quick", "acme/slow"]
    assert all(isinstance(entry, tuple) and entry[1] > 0 for entry in fastest)
    assert fastest[0][1] < fastest[1][1]


def test_the_blocking_twin_finds_the_same(path: Path) -> None:
    with LLMManager(path) as manager:
        runner = LLMTestRunner(manager, profile="smoke")
        results = runner.test_all_models_sync()
        working = {name for name, result in results.items() if result["available"]}
        assert working == set(runner.get_working_models()) == {"acme/slow", "acme/quick"}


def test_the_report_is_markdown_and_has_what_the_seed_promises(tmp_path: Path, path: Path) -> None:
    with LLMManager(path) as manager:
        runner = LLMTestRunner(manager, profile="smoke")
        runner.test_all_models_sync()
        wanted = tmp_path / "new" / "folder" / "report.md"
        written = runner.export_results_markdown(wanted)
    assert written == wanted
    text = written.read_text(encoding="utf-8")
    assert text.startswith("# ")
    for words in ("acme/slow", "acme/quick", "acme/broken", "| "):
        assert words in text
    assert "recommend" in text.lower()
    assert "sk-test-000" not in text


def test_a_report_without_a_path_is_a_new_file_where_the_program_runs(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with LLMManager(path) as manager:
        runner = LLMTestRunner(manager, profile="smoke", models=["acme/quick"])
        runner.test_all_models_sync()
        written = runner.export_results_markdown()
    assert written.suffix == ".md" and written.is_file()
    assert (tmp_path / "here") in written.resolve().parents


def test_before_a_run_nothing_is_known_and_nothing_is_written(tmp_path: Path, path: Path) -> None:
    with LLMManager(path) as manager:
        runner = LLMTestRunner(manager)
        assert runner.get_working_models() == []
        assert runner.get_fastest_models() == []
        with pytest.raises(UsageError, match="test the models first"):
            runner.export_results_markdown(tmp_path / "report.md")
    assert not (tmp_path / "report.md").exists()


def test_a_report_that_cannot_be_written_says_where(tmp_path: Path, path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with LLMManager(path) as manager:
        runner = LLMTestRunner(manager, profile="smoke", models=["acme/quick"])
        runner.test_all_models_sync()
        with pytest.raises(UsageError, match="taken"):
            runner.export_results_markdown(tmp_path / "taken" / "report.md")
        with pytest.raises(UsageError):
            runner.export_results_markdown(tmp_path)


def test_options_that_are_none_are_mistakes(path: Path, upstream: Upstream) -> None:
    with LLMManager(path) as manager:
        with pytest.raises(UsageError, match="thorough.*smoke"):
            LLMTestRunner(manager, profile="thorough")
        with pytest.raises(UsageError, match="acme/quik.*acme/quick"):
            LLMTestRunner(manager, models=["acme/quik"]).test_all_models_sync()
        for timeout in (0, -1, float("nan")):
            with pytest.raises(UsageError, match="timeout"):
                LLMTestRunner(manager, timeout=timeout).test_all_models_sync()
        with pytest.raises(TypeError, match="manger"):
            LLMTestRunner(manger=manager)  # type: ignore[call-arg]
    assert upstream.calls() == []


def test_a_model_that_hangs_is_a_result_not_a_wait(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.hangs("acme/one")
    with LLMManager(settings()) as manager:
        runner = LLMTestRunner(manager, profile="smoke", timeout=0.3)
        results = runner.test_all_models_sync()
        assert runner.get_working_models() == [] and runner.get_fastest_models() == []
    assert results["acme/one"]["available"] is False
    assert results["acme/one"]["simple_test"]["success"] is False


def test_a_model_without_a_key_is_skipped_and_says_so(
    upstream: Upstream, settings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLM_TEST_KEY", raising=False)
    with LLMManager(settings(provider={"api_key": "${LLM_TEST_KEY}"})) as manager:
        results = LLMTestRunner(manager).test_all_models_sync()
    assert results["acme/one"]["available"] is False
    assert "missing_key" in results["acme/one"]["availability_message"]
    assert upstream.calls() == []


def test_closing_ends_a_run(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.hangs("acme/one")
    manager = LLMManager(settings())

    async def run() -> None:
        task = asyncio.create_task(LLMTestRunner(manager).test_all_models())
        await asyncio.to_thread(upstream.wait_for_calls, 1)
        manager.close()
        with pytest.raises(ManagerClosedError):
            await asyncio.wait_for(task, 10)

    asyncio.run(run())
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"


def test_without_a_manager_the_default_settings_are_tested(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.says("acme/one", "hello")
    (tmp_path / "config").mkdir()
    write_settings(tmp_path / "config", upstream)
    monkeypatch.chdir(tmp_path)
    runner = LLMTestRunner(profile="smoke")
    assert set(runner.test_all_models_sync()) == {"acme/one"}
    runner.manager.close()
