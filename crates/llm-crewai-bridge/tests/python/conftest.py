"""What the tests of the package share: a simulated upstream, and files of settings for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from settings import write_settings
from upstream import PROGRAM_VARIABLE, Upstream


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
