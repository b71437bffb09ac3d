"""The examples print what their readers are promised, wherever the wheel is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from upstream import Upstream

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAM = "LLM_MANAGER"
SETTINGS = "llm_settings.sandbox.yaml"
SECONDS = 90
GONE = "boreal/owl-retired"
ANSWER = "A simulated answer of acme/swift-8b."


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """The address of a running ``llm-manager sandbox``."""
    program = os.environ.get(PROGRAM)
    if not program:
        pytest.skip(f"{PROGRAM} names no program `llm-manager`")
    with subprocess.Popen(
        [program, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the examples in a folder that knows nothing of this repository or earlier runs."""
    copy = tmp_path / "examples"
    copy.mkdir()
    for file in (*EXAMPLES.glob("*.py"), EXAMPLES / SETTINGS):
        shutil.copy(file, copy)
    return copy


def run(folder: Path, *arguments: str, environment: Mapping[str, str]) -> str:
    """What an example prints; it must end well."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def on_sandbox(folder: Path, example: str, sandbox: str) -> list[str]:
    """The lines an example prints when the sandbox serves its models."""
    printed = run(folder, example, "--config", SETTINGS, environment={"LLM_SANDBOX_URL": sandbox})
    return printed.splitlines()


def starts(lines: list[str], beginning: str) -> list[str]:
    """The lines that begin so."""
    return [line for line in lines if line.startswith(beginning)]


def test_one_agent_answers_though_its_first_model_is_gone(folder: Path, sandbox: str) -> None:
    lines = on_sandbox(folder, "one_agent.py", sandbox)

    assert starts(lines, ANSWER)
    assert starts(lines, "answered by acme/swift-8b in ")
    assert starts(lines, f"{GONE} [primary]: model_not_found (HTTP 404) after ")
    assert starts(lines, "acme/swift-8b [primary]: ok after ")


def test_a_crew_prints_the_route_of_every_call_and_what_it_used(
    folder: Path, sandbox: str
) -> None:
    lines = on_sandbox(folder, "crew_with_tools.py", sandbox)

    # A call of the tool, then the answer; what the observer learned of a model the writer knows.
    assert starts(lines, "[") == [
        f"[Observer] {GONE} model_not_found -> acme/swift-8b ok",
        "[Observer] acme/swift-8b ok",
        "[Writer] acme/swift-8b ok",
        "[Writer] acme/swift-8b ok",
    ]
    assert starts(lines, "4 calls, ")
    assert f"{GONE}: 0 good, 1 bad" in lines
    assert "acme/swift-8b: 4 good, 0 bad" in lines


def test_an_executor_agent_writes_in_its_folder_and_nowhere_else(
    folder: Path, upstream: Upstream, settings: Callable[..., Path]
) -> None:
    project = folder / "project"
    project.mkdir()
    outside = {"name": "write_file", "arguments": {"path": "../left.md", "content": "no"}}
    inside = {"name": "write_file", "arguments": {"path": "left.md", "content": "the tests\n"}}
    upstream.replies(
        "acme/one",
        {"tool_calls": [outside]},
        {"tool_calls": [inside]},
        then={"text": "The tests are left."},
    )

    printed = run(
        folder, "executor_agent.py", "project", "--config", str(settings()), environment={}
    )

    assert "The tests are left." in printed.splitlines()
    assert "the agent's tools: read_file, list_folder, search_text, write_file" in printed
    assert [path.name for path in project.iterdir()] == ["left.md"]
    assert (project / "left.md").read_text(encoding="utf-8") == "the tests\n"
    assert not (folder / "left.md").exists()


def test_the_manager_alone_answers_judges_streams_and_tests(folder: Path, sandbox: str) -> None:
    lines = on_sandbox(folder, "without_crewai.py", sandbox)

    assert starts(lines, f"Ответ: {ANSWER}")
    assert "Модель: acme/swift-8b" in lines
    assert starts(lines, f"{GONE} [primary]: model_not_found (HTTP 404) after ")
    assert starts(lines, "best of two: acme/")
    assert starts(lines, f"streamed: {ANSWER}")
    assert f"  {GONE}: 0 good, 1 bad" in lines
    (working,) = starts(lines, "working models: ")
    assert "acme/swift-8b" in working and GONE not in working
    (report,) = starts(lines, "report: ")
    text = (folder / report.removeprefix("report: ")).read_text(encoding="utf-8")
    assert "acme/swift-8b" in text
