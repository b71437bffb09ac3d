"""Keys: nothing shows them, whatever goes wrong."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llm_crewai import GenerationError, LLMManager
from settings import KEY
from upstream import Reply, Upstream

SECRET = "sk-test-000-nobody-may-see-me"


@pytest.mark.parametrize(
    "reply",
    [
        {"text": "yes"},
        {"status": 401, "message": f"the key {SECRET} is wrong"},
        {"status": 400, "message": f"bearer {SECRET}"},
        {"status": 500, "message": f"authorization: Bearer {SECRET}"},
        {"error_after": {"tokens": 0, "code": 401, "message": f"wrong key {SECRET}"}},
        {"html": 502},
    ],
    ids=lambda reply: next(iter(reply)) + str(reply.get("status", "")),
)
def test_a_key_is_in_nothing_that_is_shown(
    upstream: Upstream,
    settings: Callable[..., Path],
    capfd: pytest.CaptureFixture[str],
    reply: Reply,
) -> None:
    upstream.replies("acme/one", then=reply)
    path = settings(provider={"api_key": SECRET}, llm={"retry_attempts": 0, "timeout": "3s"})
    shown: list[Any] = []
    with LLMManager(path) as manager:
        response = manager.generate_response_sync("Hi")
        shown += [response, response.raw, response.route(), manager, manager.models()]
        shown += [manager.get_performance_stats(), manager.default_connection()]
        stream = manager.stream_response_sync("Hi")
        try:
            shown += list(stream)
        except GenerationError as failure:
            shown += [failure, failure.response, pickle.dumps(failure)]
        shown += [stream, vars(stream), vars(manager), manager._native]
    shown += capfd.readouterr()
    for each in shown:
        assert SECRET not in repr(each) and SECRET not in str(each)
    state = list((path.parent / "state").rglob("*"))
    assert state, "what was learned is kept"
    for file in state:
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()


@pytest.mark.parametrize("level", ["trace", "llm=trace,hyper=trace,reqwest=trace,h2=trace"])
def test_a_wrong_key_is_in_no_log_at_any_level(
    upstream: Upstream, settings: Callable[..., Path], level: str
) -> None:
    upstream.fails("acme/one", 401)
    path = settings(provider={"api_key": SECRET})
    code = """
        import logging, sys
        logging.basicConfig(level=1)
        from llm_crewai import LLMManager
        with LLMManager(sys.argv[1]) as manager:
            print(manager.generate_response_sync("Hi"))
            list(manager.stream_response_sync("Hi"))
    """
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(code), str(path)],
        env={**os.environ, "LLM_LOG": level, "RUST_LOG": level, "RUST_BACKTRACE": "full"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert "GenerationError" in done.stderr and "success=False" in done.stdout
    assert SECRET not in done.stdout and SECRET not in done.stderr


def test_a_settings_file_with_a_mistake_shows_no_key(
    settings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_TEST_KEY", SECRET)
    for provider in ({"api_key": SECRET, "kindd": 5}, {"api_key": "${LLM_TEST_KEY}", "kindd": 5}):
        with pytest.raises(ValueError, match="kindd") as problem:
            LLMManager(settings(provider=provider))
        assert SECRET not in str(problem.value)


def test_the_key_is_sent_and_a_wrong_one_is_a_failure_of_the_credential(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    upstream.fails("acme/one", 401)
    with LLMManager(settings(["acme/one"], fallback=["acme/two"])) as manager:
        response = manager.generate_response_sync("Hi")
    assert all(call.authorized for call in upstream.calls())
    assert response.failure is not None and response.failure.kind == "upstream_auth"
    assert KEY not in str(response)
    assert [call.model for call in upstream.calls()] == ["acme/one"], "the key is the same"
