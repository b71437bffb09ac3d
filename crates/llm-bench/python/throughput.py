"""A client process: many callers at once, and how much of the ideal throughput they reach.

The ideal is what as many callers would reach if a call took as long as the upstream, and nothing
more. Prints the share of it, from 0 to 1.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import threading
import time
from pathlib import Path

from llm_crewai import LLMManager
from request import Message, read, write_settings


def main() -> None:
    """Opens the connections, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["threads", "tasks"])
    parser.add_argument("base_url")
    parser.add_argument("request", type=Path)
    parser.add_argument("callers", type=int)
    parser.add_argument("calls", type=int, help="of each caller")
    parser.add_argument("latency", type=float, help="of the upstream, in seconds")
    options = parser.parse_args()
    request = read(options.request)
    with tempfile.TemporaryDirectory() as folder:
        settings = write_settings(Path(folder), options.base_url, request["model"])
        with LLMManager(settings) as manager:
            if options.kind == "threads":
                seconds = _threads(manager, request["messages"], options.callers, options.calls)
            else:
                seconds = asyncio.run(
                    _tasks(manager, request["messages"], options.callers, options.calls)
                )
    print(options.calls * options.latency / seconds)


def _threads(manager: LLMManager, messages: list[Message], callers: int, calls: int) -> float:
    """Seconds from the moment every thread has made one call until all have made the others."""
    started = threading.Barrier(callers + 1)
    failures: list[str] = []

    def call() -> None:
        response = manager.generate_response_sync(messages)
        if not response.success:
            failures.append(response.error or "no reason")

    def caller() -> None:
        call()
        started.wait()
        for _ in range(calls):
            call()

    threads = [threading.Thread(target=caller) for _ in range(callers)]
    for thread in threads:
        thread.start()
    started.wait()
    before = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - before
    assert not failures, failures[0]
    return seconds


async def _tasks(manager: LLMManager, messages: list[Message], callers: int, calls: int) -> float:
    """As :func:`_threads`, with tasks of one loop."""

    async def caller(calls: int) -> None:
        for _ in range(calls):
            response = await manager.generate_response(messages)
            assert response.success, response.error

    await asyncio.gather(*(caller(1) for _ in range(callers)))
    before = time.perf_counter()
    await asyncio.gather(*(caller(calls) for _ in range(callers)))
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
