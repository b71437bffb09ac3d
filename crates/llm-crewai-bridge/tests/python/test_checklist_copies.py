"""The checklist's lines on copies, shared counts, and checkpoints."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crewai import Crew, Process
from crewai.state.checkpoint_config import CheckpointConfig

from crews import FINAL, agent, crew, kickoff
from llm_crewai.crewai_layer.model import ManagerLLM
from settings import KEY
from upstream import Upstream

COPIES: dict[str, Callable[[ManagerLLM], Any]] = {
    "copy": lambda llm: llm.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda llm: pickle.loads(pickle.dumps(llm)),
    "model_copy": lambda llm: llm.model_copy(),
    "model_copy deep": lambda llm: llm.model_copy(deep=True),
    "Crew.copy": lambda llm: crew(agent(llm)).copy().agents[0].llm,
    "Agent.copy": lambda llm: agent(llm).copy().llm,
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_is_set_alike_and_counts_its_tokens_alone(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], way: str
) -> None:
    upstream.says("acme/one", "Hello.")
    llm = make_llm(use_fastest=False, stop=["END"], temperature=0.5, max_tokens=77)
    llm.call("Hi")
    before = llm.get_token_usage_summary()
    other = COPIES[way](llm)
    assert isinstance(other, ManagerLLM) and other is not llm
    assert other.to_config_dict() == llm.to_config_dict()
    assert other.get_token_usage_summary().total_tokens == 0
    assert other.call("Hi") == "Hello."
    assert llm.get_token_usage_summary() == before
    assert other.get_token_usage_summary().successful_requests == 1
    first, second = upstream.calls()
    assert first.body == second.body
    other.stop.append("MORE")
    assert llm.stop == ["END"]
    # In the same process it is the manager that is shared; a pickle finds it by its settings.
    if way != "pickle":
        assert other.manager is llm.manager
    other.manager.close()


def test_model_copy_with_an_update_is_a_copy_that_has_it(
    make_llm: Callable[..., ManagerLLM],
) -> None:
    llm = make_llm(temperature=0.5)
    other = llm.model_copy(update={"temperature": 0.1})
    assert (llm.temperature, other.temperature) == (0.5, 0.1)
    assert other.manager is llm.manager


def test_two_agents_with_copies_are_counted_exactly(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", FINAL + "Hello.")
    llm = make_llm()
    team = crew(agent(llm.copy(), "First"), agent(llm.copy(), "Second"))
    result = kickoff(team)
    counted = upstream.usage().total
    assert counted.calls == 2
    metrics = team.usage_metrics
    assert metrics is not None
    for told in (metrics, result.token_usage):
        assert told.prompt_tokens == counted.prompt_tokens
        assert told.completion_tokens == counted.completion_tokens
        assert told.total_tokens == counted.prompt_tokens + counted.completion_tokens
        assert told.successful_requests == 2


def test_a_manager_and_its_worker_with_copies_are_counted_exactly(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", FINAL + "Hello.")
    llm = make_llm(native_tools=False)
    worker = agent(llm.copy())
    team = crew(worker, process=Process.hierarchical, manager_llm=llm.copy())
    kickoff(team)
    counted = upstream.usage().total
    assert team.usage_metrics is not None
    assert team.usage_metrics.prompt_tokens == counted.prompt_tokens
    assert team.usage_metrics.completion_tokens == counted.completion_tokens


def test_a_checkpoint_holds_no_key_and_brings_the_object_back(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM], tmp_path: Path
) -> None:
    upstream.says("acme/one", FINAL + "Hello.")
    llm = make_llm(use_fastest=False, temperature=0.5, stop=["END"], native_tools=False)
    folder = tmp_path / "checkpoints"
    worker = agent(llm)
    kickoff(crew(worker, checkpoint=CheckpointConfig(location=str(folder))))
    [written] = [path for path in folder.rglob("*.json") if path.is_file()]
    text = written.read_text(encoding="utf-8")
    assert KEY not in text
    assert '"llm_manager"' in json.dumps(json.loads(text))
    restored = Crew.from_checkpoint(CheckpointConfig(restore_from=written))
    again = restored.agents[0].llm
    assert isinstance(again, ManagerLLM)
    assert again.model_dump() == llm.model_dump()
    assert again.call("Hi") == FINAL + "Hello."
    again.manager.close()


def test_the_fields_alone_make_the_object_again(
    upstream: Upstream, make_llm: Callable[..., ManagerLLM]
) -> None:
    upstream.says("acme/one", "Hello.")
    llm = make_llm(use_fastest=False, temperature=0.5, stop=["END"])
    dumped = json.loads(llm.model_dump_json())
    assert KEY not in str(dumped)
    for fields in (dumped, llm.model_dump(), llm.to_config_dict()):
        again = agent(fields).llm
        assert isinstance(again, ManagerLLM)
        assert again.model_dump() == llm.model_dump()
        assert again.call("Hi") == "Hello."
        again.manager.close()


class OfSomebody(ManagerLLM):
    """A subclass, as a program may have."""


def test_an_object_of_a_subclass_is_one_after_its_travel(settings: Callable[..., Path]) -> None:
    llm = OfSomebody(config_path=str(settings()))
    assert type(pickle.loads(pickle.dumps(llm))) is OfSomebody
