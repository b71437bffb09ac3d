"""What docs/crewai.md and the package's README show runs, and what they quote is what is said."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import llm_crewai
from llm_crewai import LLMManager, LLMTestRunner, create_executor_agent, create_llm_for_crewai
from upstream import Upstream

REPOSITORY = Path(__file__).parents[4]
PAGE = REPOSITORY / "docs" / "crewai.md"
README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```python( no_run)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, bool, str]]:
    """The blocks of Python of a page: where each is, whether it runs, and its text."""
    text = page.read_text(encoding="utf-8")
    return [
        (f"{page.name}:{text.count(chr(10), 0, found.start()) + 1}", not found[1], found[2])
        for found in BLOCK.finditer(text)
    ]


ALL = [*blocks(PAGE), *blocks(README)]


@pytest.fixture
def project(
    tmp_path: Path,
    upstream: Upstream,
    settings: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder as the page's reader has it: settings in ``config``, models that answer."""
    for model in ("acme/one", "acme/two", "acme/three"):
        upstream.model(model)
    (tmp_path / "config").mkdir()
    settings(["acme/one", "acme/two"], ["acme/three"], name="config/llm_settings.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "text"), [pytest.param(place, text, id=place) for place, runs, text in ALL if runs]
)
def test_a_block_runs_as_it_stands(
    project: Path, upstream: Upstream, place: str, text: str
) -> None:
    from crewai.events.event_bus import crewai_event_bus

    with crewai_event_bus.scoped_handlers():
        exec(compile(text, place, "exec"), {"__name__": "__main__"})


def test_the_blocks_that_do_not_run_use_names_that_are_there() -> None:
    unknown = [
        f"{place}: {alias.name}"
        for place, _, text in ALL
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == "llm_crewai"
        for alias in node.names
        if not hasattr(llm_crewai, alias.name)
    ]
    assert unknown == []
    # Most run; a page of blocks that do not would prove nothing.
    assert sum(not runs for _, runs, _ in ALL) <= 2 < len(ALL)


def test_the_messages_of_the_page_are_those_that_are_raised(
    project: Path, upstream: Upstream
) -> None:
    manager = LLMManager()
    closed = LLMManager()
    closed.close()
    llm = create_llm_for_crewai(manager=manager)
    typo = project / "typo.yaml"
    typo.write_text("llm:\n  stratgy: single\n", encoding="utf-8")
    mistakes: list[Callable[[], Any]] = [
        lambda: LLMManager("nowhere.yaml"),
        lambda: LLMManager(typo),
        lambda: create_llm_for_crewai(manager=manager, use_fastst=True),
        lambda: llm.copy(base_url="http://127.0.0.1"),
        lambda: setattr(llm, "config_path", typo),
        lambda: create_llm_for_crewai(manager=typo),  # type: ignore[arg-type]
        lambda: llm.copy(model_name="acme/on").call("Hello"),
        lambda: llm.call([]),
        lambda: llm.copy(timeout=0).call("Hello"),
        lambda: manager.generate_response_sync("Hello", stop=[object()]),  # type: ignore[list-item]
        lambda: manager.generate_response_sync("Hello", response_format=int),
        lambda: create_executor_agent("x"),
        lambda: LLMTestRunner(manager).export_results_markdown(),
        lambda: closed.generate_response_sync("Hello"),
    ]
    quoted = [(name, message) for name, message in troubles() if name in llm_crewai.__all__]
    for mistake in mistakes:
        with pytest.raises(llm_crewai.LLMError) as raised:
            mistake()
        name, said = type(raised.value).__name__, str(raised.value)
        assert any(name == n and m in said for n, m in quoted), f"{name}: {said}"


def test_a_failure_of_all_models_reads_as_the_page_says(project: Path, upstream: Upstream) -> None:
    for model in ("acme/one", "acme/two", "acme/three"):
        upstream.fails(model, 503)

    with pytest.raises(llm_crewai.GenerationError) as raised:
        create_llm_for_crewai().call("Hello")

    (quoted,) = [message for _, message in troubles() if message.startswith("no model answered (o")]
    assert str(raised.value).startswith(quoted.removesuffix("; …"))


def troubles() -> list[tuple[str, str]]:
    """The exceptions of the page's last but one section, with what it says they say."""
    _, section = PAGE.read_text(encoding="utf-8").split("## When something goes wrong", 1)
    rows = re.findall(r"^\| `(\w+)`[^|]* \| ([^|]*) \|", section, re.MULTILINE)
    return [(name, message) for name, message in rows if message]
