"""Calls that no model answers: a response with the whole story, never an exception."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from llm_crewai import LLMManager, LLMResponse
from upstream import Reply, Upstream

LABELS = {"Timeout", "ApiError", "RateLimit", "ModelUnavailable"}


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        ({"status": 429}, {"rate_limited"}),
        ({"status": 503}, {"overloaded", "upstream_server", "bad_gateway"}),
        ({"hang": True}, {"first_token_timeout", "deadline"}),
        ({"garbage": True}, {"malformed_response"}),
        ({"empty": 200}, {"empty_body", "empty_stream", "empty_response", "empty_content"}),
        ({"cut_after": 2}, {"stream_cut", "truncated"}),
        ({"close": True}, {"reset_after_send", "stale_connection"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_when_every_model_fails_the_response_says_so_with_the_whole_story(
    upstream: Upstream, settings: Callable[..., Path], reply: Reply, kinds: set[str]
) -> None:
    upstream.replies("acme/one", then=reply)
    upstream.replies("acme/two", then=reply)
    limits = {"first_token": "0.2s", "idle": "0.2s"}
    short = {"retry_attempts": 0, "timeout": "1s", "timeouts": limits}
    with LLMManager(settings(["acme/one"], fallback=["acme/two"], llm=short)) as manager:
        blocking = manager.generate_response_sync("Hi")
    tell_the_story(blocking, kinds)
    assert len(blocking.attempts) == len(upstream.calls())


def test_nobody_listens_and_the_response_says_so(
    upstream: Upstream, settings: Callable[..., Path]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound and not listening: refused.
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        path = settings(["acme/one"], fallback=["acme/two"], provider={"base_url": address})
        with LLMManager(path) as manager:
            response = asyncio.run(manager.generate_response("Hi", timeout=2))
    tell_the_story(response, {"connect_refused"})
    assert address not in str(response)


def tell_the_story(response: LLMResponse, kinds: set[str]) -> None:
    """Checks a response that no model gave."""
    assert not response.success and not response.partial
    assert response.content == "" and response.model_name is None
    assert response.response_time > 0
    assert response.error and response.failure
    assert response.failure.label in LABELS
    assert {attempt.model for attempt in response.attempts} == {"acme/one", "acme/two"}
    assert {attempt.outcome for attempt in response.attempts} <= kinds, response
    assert "acme/one" in response.error and "acme/two" in response.error


def test_a_key_that_is_not_there_is_named_by_its_variable(
    upstream: Upstream, settings: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLM_TEST_KEY", raising=False)
    upstream.model("acme/one")
    path = settings(provider={"api_key": "${LLM_TEST_KEY}"})
    with LLMManager(path) as manager:
        response = manager.generate_response_sync("Hi")
        [model] = manager.models()
    assert not response.success and response.attempts == ()
    assert "LLM_TEST_KEY" in f"{response.error}"
    assert "missing_key" in response.excluded[0].reason
    assert model.obstacle is not None
    assert upstream.calls() == []
    monkeypatch.setenv("LLM_TEST_KEY", "sk-test-000")
    with LLMManager(path) as manager:
        assert manager.generate_response_sync("Hi").success


def test_the_call_s_own_timeout_ends_it(upstream: Upstream, settings: Callable[..., Path]) -> None:
    upstream.hangs("acme/one")
    patient = {"timeout": "60s", "timeouts": {"first_token": "60s"}}
    with LLMManager(settings(llm=patient)) as manager:
        response = manager.generate_response_sync("Hi", timeout=0.2)
    assert response.failure is not None and response.failure.label == "Timeout"
    assert upstream.wait_for_ended(1)[0].outcome == "client_left"
