"""The simulated upstream and the settings that name it, asked by a client that knows only HTTP."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from settings import KEY, merged
from upstream import Upstream, UpstreamError


def ask(upstream: Upstream, model: str = "acme/one", **fields: Any) -> dict[str, Any]:
    """The body of the answer to a chat; raises what urllib raises, after 10 s at the latest."""
    body: dict[str, Any] = json.loads(read(upstream, model, **fields))
    return body


def read(upstream: Upstream, model: str = "acme/one", seconds: float = 10, **fields: Any) -> str:
    """The answer to a chat as text."""
    messages = [{"role": "user", "content": "Add 2 and 3."}]
    request = urllib.request.Request(
        f"{upstream.base_url}/chat/completions",
        data=json.dumps({"model": model, "messages": messages, **fields}).encode(),
        headers={"authorization": f"Bearer {KEY}", "content-type": "application/json"},
    )
    # No proxy of the environment stands between a test and 127.0.0.1.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=seconds) as response:
        text: str = response.read().decode()
    return text


def content(body: dict[str, Any]) -> Any:
    return body["choices"][0]["message"]["content"]


def deltas(text: str) -> list[dict[str, Any]]:
    """The deltas of a streamed answer."""
    lines = [line.removeprefix("data: ") for line in text.splitlines()]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [choice["delta"] for event in events for choice in event["choices"]]


def test_texts_are_said_in_turn_and_the_last_one_stays(upstream: Upstream) -> None:
    upstream.says("acme/one", "first", "second")
    assert [content(ask(upstream)) for _ in range(3)] == ["first", "second", "second"]


def test_a_text_is_streamed_to_whoever_asks_for_a_stream(upstream: Upstream) -> None:
    upstream.says("acme/one", "one two three")
    said = [delta["content"] for delta in deltas(read(upstream, stream=True))]
    assert "".join(said) == "one two three"
    assert len(said) > 2


def test_a_tool_is_called_once(upstream: Upstream) -> None:
    upstream.calls_tool("acme/one", "adder", {"a": 2, "b": 3}, then="The sum is 5.")
    [call] = ask(upstream)["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "adder", "arguments": '{"a":2,"b":3}'}
    assert content(ask(upstream)) == "The sum is 5."


def test_arguments_that_are_text_are_sent_as_they_are(upstream: Upstream) -> None:
    upstream.calls_tool("acme/one", "adder", "{broken")
    pieces = [delta.get("tool_calls") for delta in deltas(read(upstream, stream=True))]
    arguments = [piece[0]["function"]["arguments"] for piece in pieces if piece]
    assert "".join(arguments) == "{broken"


def test_the_first_calls_fail_and_later_ones_are_answered(upstream: Upstream) -> None:
    upstream.fails("acme/one", 429, times=1, retry_after=2, answer="here")
    with pytest.raises(urllib.error.HTTPError) as failure:
        ask(upstream)
    with failure.value as response:
        assert (response.code, response.headers["retry-after"]) == (429, "2")
    assert content(ask(upstream)) == "here"


def test_an_answer_can_break_off(upstream: Upstream) -> None:
    upstream.replies("acme/one", {"text": "one two three four", "cut_after": 2})
    with pytest.raises(http.client.IncompleteRead) as failure:
        read(upstream, stream=True)
    assert b"two" in failure.value.partial and b"three" not in failure.value.partial
    assert upstream.wait_for_ended(1)[0].outcome == "cut"


def test_a_client_that_leaves_is_seen(upstream: Upstream) -> None:
    upstream.hangs("acme/one")
    with pytest.raises(TimeoutError):
        read(upstream, seconds=0.2)
    [call] = upstream.wait_for_ended(1)
    assert call.outcome == "client_left"
    assert call.left_after_ms is not None and call.ended_ms is not None
    assert call.usage is None


def test_a_call_is_known_with_its_body_and_without_its_key(upstream: Upstream) -> None:
    upstream.model("acme/one", echo=True)
    upstream.model("acme/two")
    assert content(ask(upstream, temperature=0.5)) == "Add 2 and 3."
    ask(upstream, "acme/two")
    [call] = upstream.calls("acme/one")
    assert (call.outcome, call.status, call.stream) == ("answered", 200, False)
    assert call.path == "/api/v1/chat/completions"
    assert call.body["temperature"] == 0.5
    assert call.messages == [{"role": "user", "content": "Add 2 and 3."}]
    assert call.authorized and KEY not in str(call)
    assert [call.model for call in upstream.calls(since=1)] == ["acme/two"]
    assert upstream.connections() == 2


def test_usage_is_what_clients_were_told(upstream: Upstream) -> None:
    used = {"prompt_tokens": 100, "completion_tokens": 20}
    upstream.replies("acme/one", {"text": "Yes.", "usage": used}, {"status": 500})
    told = [ask(upstream)["usage"]]
    with pytest.raises(urllib.error.HTTPError) as failure:
        ask(upstream)
    failure.value.close()
    told.append(ask(upstream)["usage"])
    usage = upstream.usage()
    assert usage.total.calls == 2
    assert usage.total == usage.models["acme/one"]
    assert usage.total.prompt_tokens == sum(each["prompt_tokens"] for each in told)
    assert usage.total.completion_tokens == sum(each["completion_tokens"] for each in told)
    assert told[0]["total_tokens"] == 120
    assert usage.total.cost == pytest.approx(sum(each["cost"] for each in told))


def test_a_wait_in_vain_says_how_far_it_came(upstream: Upstream) -> None:
    with pytest.raises(TimeoutError, match="0 of 1"):
        upstream.wait_for_calls(1, seconds=0.01)


def test_a_mistake_in_a_script_is_named(upstream: Upstream) -> None:
    with pytest.raises(UpstreamError, match="anwser"):
        upstream.model("acme/one", anwser="x")
    with pytest.raises(UpstreamError, match="explode"):
        upstream.replies("acme/one", {"explode": True})
    with pytest.raises(UpstreamError, match="dance"):
        upstream.ask("dance")
    upstream.says("acme/one", "still here")
    assert content(ask(upstream)) == "still here"


def test_threads_may_share_one_upstream(upstream: Upstream) -> None:
    upstream.model("acme/one", answer="yes", latency_ms=50)
    said: list[Any] = []
    threads = [
        threading.Thread(target=lambda: said.append(content(ask(upstream)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    assert len(upstream.wait_for_ended(8)) == 8
    for thread in threads:
        thread.join(timeout=10)
    assert said == ["yes"] * 8


def test_the_program_ends_with_its_block() -> None:
    try:
        upstream = Upstream()
    except UpstreamError as error:
        pytest.skip(str(error))
    with upstream:
        upstream.model("acme/one")
    with pytest.raises(urllib.error.URLError):
        ask(upstream)
    with pytest.raises(UpstreamError, match="ended"):
        upstream.calls()


def test_settings_name_the_upstream_and_stay_in_their_folder(
    tmp_path: Path, upstream: Upstream, settings: Callable[..., Path]
) -> None:
    path = settings(
        primary=["acme/one", "acme/two"],
        fallback=["acme/two"],
        llm={"timeout": "3s", "timeouts": {"idle": "1s"}},
        models={"acme/two": {"context_window": 8192}, "acme/judge": {}},
    )
    written = json.loads(path.read_text())
    provider = written["providers"]["openrouter"]
    assert provider["base_url"] == upstream.base_url
    assert provider["models"] == [
        {"name": "acme/one"},
        {"name": "acme/two", "context_window": 8192},
        {"name": "acme/judge"},
    ]
    assert written["llm"]["timeout"] == "3s"
    assert written["llm"]["timeouts"]["idle"] == "1s"
    assert written["llm"]["timeouts"]["first_token"] == "2s", "what nobody named stays"
    assert written["llm"]["model_roles"] == {
        "primary": ["acme/one", "acme/two"],
        "fallback": ["acme/two"],
    }
    assert Path(written["state_dir"]).parent == path.parent == tmp_path


def test_settings_are_what_the_manager_reads(
    tmp_path: Path, upstream: Upstream, settings: Callable[..., Path]
) -> None:
    llm_crewai = pytest.importorskip("llm_crewai")
    upstream.fails("acme/one")
    upstream.says("acme/two", "two speaks")
    path = settings(primary=["acme/one"], fallback=["acme/two"])
    with llm_crewai.LLMManager(path) as manager:
        response = manager.generate_response_sync("Who is there?")
    assert (response.success, response.content) == (True, "two speaks")
    assert {call.model for call in upstream.calls()} == {"acme/one", "acme/two"}


def test_sections_are_merged_level_by_level() -> None:
    known = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}
    more = {"a": {"c": [3]}, "d": 4}
    assert merged(known, more) == {"a": {"b": 1, "c": [3]}, "d": 4}
    assert known == {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}
