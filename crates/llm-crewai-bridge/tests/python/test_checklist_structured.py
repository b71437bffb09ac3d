"""The checklist's lines on objects as answers: an instance, or the next model's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, field_validator

from crews import agent, crew, kickoff, listening, task
from llm_crewai.crewai_layer.model import ManagerLLM
from upstream import Upstream


class City(BaseModel):
    """What is asked for."""

    name: str
    people: int


PARIS = City(name="Paris", people=2_100_000)
CHAIN: dict[str, Any] = {"primary": ["acme/one"], "fallback": ["acme/two", "acme/three"]}


@pytest.mark.parametrize("stream", [False, True])
def test_response_model_returns_an_instance_and_its_schema_is_sent(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], stream: bool
) -> None:
    upstream.says("acme/one", PARIS.model_dump_json())
    assert make_llm(stream=stream).call("Which?", response_model=City) == PARIS
    sent = upstream.calls()[0].body["response_format"]
    assert sent["type"] == "json_schema"
    assert set(sent["json_schema"]["schema"]["properties"]) == {"name", "people"}


def test_response_model_is_found_among_words(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", f"Here it is:\n```json\n{PARIS.model_dump_json()}\n```\nDone.")
    assert make_llm({"fallback": ["acme/two"]}).call("Which?", response_model=City) == PARIS
    assert len(upstream.calls()) == 1


def test_response_model_returns_an_instance_from_acall_too(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", '{"name": "Paris"}')
    upstream.says("acme/two", PARIS.model_dump_json())
    llm = make_llm({"fallback": ["acme/two"]})
    assert asyncio.run(llm.acall("Which?", response_model=City)) == PARIS


def test_a_field_that_may_be_null_may_be_null(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    class Verdict(BaseModel):
        valid: bool
        feedback: str | None = None

    upstream.says("acme/one", '{"valid": true, "feedback": null}')
    assert make_llm().call("Is it?", response_model=Verdict) == Verdict(valid=True)
    assert len(upstream.calls()) == 1


def test_a_field_left_out_that_may_be_is_the_models_default(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    class Verdict(BaseModel):
        valid: bool
        feedback: str | None = None

    # Strict schemas, as providers want them, require every field; models leave some out.
    upstream.says("acme/one", '{"valid": true}')
    llm = make_llm({"fallback": ["acme/two"]})
    assert llm.call("Is it?", response_model=Verdict) == Verdict(valid=True)
    assert len(upstream.calls()) == 1


def test_an_answer_the_schema_allows_and_the_model_refuses_is_asked_of_the_next_model(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    class Even(BaseModel):
        number: int

        @field_validator("number")
        @classmethod
        def _even(cls, number: int) -> int:
            if number % 2:
                raise ValueError("odd")
            return number

    upstream.says("acme/one", '{"number": 1}')
    upstream.says("acme/two", '{"number": 3}')
    upstream.says("acme/three", '{"number": 4}')
    assert make_llm(CHAIN).call("Which?", response_model=Even) == Even(number=4)
    assert [call.model for call in upstream.calls()] == ["acme/one", "acme/two", "acme/three"]


@pytest.mark.parametrize("strategy", ["single", "fallback", "best_of_two"])
def test_an_answer_that_does_not_fit_is_asked_of_the_next_model(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], strategy: str
) -> None:
    upstream.says("acme/one", '{"name": "Paris", "people": "many"}')
    upstream.says("acme/two", "I do not know.")
    upstream.says("acme/three", PARIS.model_dump_json())
    llm = make_llm(CHAIN, strategy=strategy)
    assert llm.call("Which?", response_model=City) == PARIS
    asked = [call.model for call in upstream.calls()]
    assert asked[-1] == "acme/three"
    assert asked.count("acme/one") == 1


def test_a_named_model_whose_answer_does_not_fit_is_followed_by_the_chain(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", PARIS.model_dump_json())
    upstream.says("acme/three", "no JSON")
    assert make_llm(CHAIN, model="acme/three").call("Which?", response_model=City) == PARIS
    assert [call.model for call in upstream.calls()] == ["acme/three", "acme/one"]


def test_models_whose_names_have_colons_are_told_apart(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one:free", '{"name": 5}')
    upstream.says("acme/one", PARIS.model_dump_json())
    llm = make_llm({"primary": ["acme/one:free"], "fallback": ["acme/one"]})
    assert llm.call("Which?", response_model=City) == PARIS
    assert [call.model for call in upstream.calls()] == ["acme/one:free", "acme/one"]


@pytest.mark.parametrize("said", ['{"name": 5}', "Paris, I think."])
def test_when_no_answer_fits_every_model_was_asked_once_and_the_error_says_so(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], said: str
) -> None:
    for model in ("acme/one", "acme/two", "acme/three"):
        upstream.says(model, said)
    with listening() as heard:
        with pytest.raises(ValueError, match="no answer fits City") as raised:
            make_llm(CHAIN).call("Which?", response_model=City)
        assert len(heard.terminal()) == 1
    asked = [call.model for call in upstream.calls()]
    assert asked == ["acme/one", "acme/two", "acme/three"]
    for model in ("acme/one", "acme/two", "acme/three"):
        assert model in str(raised.value)


def test_a_task_with_an_object_as_output_gets_the_next_models(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", "Paris, I think.")
    upstream.says("acme/two", PARIS.model_dump_json())
    worker = agent(make_llm({"fallback": ["acme/two"]}))
    result = kickoff(crew(worker, tasks=[task(worker, "Which?", output_pydantic=City)]))
    assert result.pydantic == PARIS
    assert [call.model for call in upstream.calls()] == ["acme/one", "acme/two"]
