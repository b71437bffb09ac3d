"""The ways to make the same call from Python, each as a user of it would write it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from request import KEY, Request, write_settings

#: Makes so many calls, one after the other.
Run = Callable[[int], None]


def llm_manager(base_url: str, request: Request, folder: Any) -> Run:
    """``LLMManager``, without an event loop."""
    from llm_crewai import LLMManager

    manager = LLMManager(write_settings(folder, base_url, request["model"]))
    messages, rest = request["messages"], _sampling(request)

    def run(calls: int) -> None:
        for _ in range(calls):
            response = manager.generate_response_sync(messages, **rest)
            assert response.success, response.error

    return run


def llm_manager_async(base_url: str, request: Request, folder: Any) -> Run:
    """``LLMManager`` on asyncio."""
    from llm_crewai import LLMManager

    manager = LLMManager(write_settings(folder, base_url, request["model"]))
    messages, rest = request["messages"], _sampling(request)

    async def call() -> None:
        response = await manager.generate_response(messages, **rest)
        assert response.success, response.error

    return _on_one_loop(call)


def openai(base_url: str, request: Request, folder: Any) -> Run:
    """OpenAI's own client, without an event loop."""
    from openai import OpenAI

    client = OpenAI(base_url=base_url, api_key=KEY, max_retries=0)

    def run(calls: int) -> None:
        for _ in range(calls):
            answer = client.chat.completions.create(
                model=request["model"],
                messages=request["messages"],  # type: ignore[arg-type]  # plain dictionaries
                **_sampling(request),
            )
            assert answer.choices[0].message.content

    return run


def litellm_router(base_url: str, request: Request, folder: Any) -> Run:
    """``litellm.Router`` with one model, on asyncio."""
    from litellm.router import Router

    parameters = {"model": f"openai/{request['model']}", "api_base": base_url, "api_key": KEY}
    router = Router(
        model_list=[{"model_name": request["model"], "litellm_params": parameters}], num_retries=0
    )

    async def call() -> None:
        answer = await router.acompletion(
            model=request["model"],
            messages=[dict(message) for message in request["messages"]],
            **_sampling(request),
        )
        assert answer.choices[0].message.content

    return _on_one_loop(call)


def crewai_object(base_url: str, request: Request, folder: Any) -> Run:
    """The manager as CrewAI's model object."""
    from llm_crewai import create_llm_for_crewai

    settings = write_settings(folder, base_url, request["model"])
    llm = create_llm_for_crewai(str(settings), **_sampling(request))
    messages: list[Any] = [dict(message) for message in request["messages"]]
    return _with_events(lambda: llm.call(messages))


def crewai_empty(base_url: str, request: Request, folder: Any) -> Run:
    """A model object of CrewAI that answers the same at once, with the events of CrewAI's own."""
    return _empty(base_url, request, folder, waits=False)


def crewai_waiting(base_url: str, request: Request, folder: Any) -> Run:
    """The same after it has waited for the upstream, over a bare socket."""
    return _empty(base_url, request, folder, waits=True)


SIDES: dict[str, Callable[[str, Request, Any], Run]] = {
    "llm-manager": llm_manager,
    "llm-manager-async": llm_manager_async,
    "openai": openai,
    "litellm-router": litellm_router,
    "crewai-object": crewai_object,
    "crewai-empty": crewai_empty,
    "crewai-waiting": crewai_waiting,
}


def _empty(base_url: str, request: Request, folder: Any, waits: bool) -> Run:
    from empty_llm import EmptyLLM, bare_wait
    from llm_crewai import LLMManager

    with LLMManager(write_settings(folder, base_url, request["model"])) as manager:
        response = manager.generate_response_sync(request["messages"], **_sampling(request))
    assert response.success, response.error
    llm = EmptyLLM(model=request["model"], provider="openai")
    llm.remember(response, bare_wait(base_url, request) if waits else None)
    messages: list[Any] = [dict(message) for message in request["messages"]]
    return _with_events(lambda: llm.call(messages))


def _sampling(request: Request) -> dict[str, Any]:
    return {"max_tokens": request["max_tokens"], "temperature": request["temperature"]}


def _on_one_loop(call: Callable[[], Awaitable[None]]) -> Run:
    loop = asyncio.new_event_loop()

    async def repeat(calls: int) -> None:
        for _ in range(calls):
            await call()

    return lambda calls: loop.run_until_complete(repeat(calls))


def _with_events(call: Callable[[], Any]) -> Run:
    from crewai.events.event_bus import crewai_event_bus

    def run(calls: int) -> None:
        for _ in range(calls):
            assert call()
        # Handlers run in threads of their own; what they cost is part of a call.
        crewai_event_bus.flush()

    return run
