"""What the tests of the package share: a simulated upstream, and files of settings for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llm_crewai import create_llm_for_crewai
from settings import write_settings
from upstream import PROGRAM_VARIABLE, Upstream

if TYPE_CHECKING:
    from llm_crewai.crewai_layer.model import ManagerLLM


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A simulated upstream without models; its connections end with the test."""
    if not os.environ.get(PROGRAM_VARIABLE):
        pytest.skip(f"{PROGRAM_VARIABLE} names no program `simulated-upstream`")
    with Upstream() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, upstream: Upstream) -> Callable[..., Path]:
    """Writes settings for models of ``upstream``, with what ``write_settings`` takes after it."""
    return partial(write_settings, tmp_path, upstream)


@pytest.fixture
def make_llm(settings: Callable[..., Path]) -> Iterator[Callable[..., ManagerLLM]]:
    """Makes model objects of CrewAI from settings; their managers are closed with the test.

    ``roles`` are the keywords of ``settings``, without any its default; the rest goes to the
    factory.
    """
    made: list[ManagerLLM] = []

    def make(roles: dict[str, Any] | None = None, **keywords: Any) -> ManagerLLM:
        made.append(create_llm_for_crewai(settings(**(roles or {})), **keywords))
        return made[-1]

    yield make
    for llm in made:
        llm.manager.close()
