"""The simulated upstream as tests use it: scripts in, calls and token counts out."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

PROGRAM_VARIABLE = "LLM_CREWAI_UPSTREAM"
"""Names the program ``simulated-upstream`` of the crate ``llm-testkit``."""

Reply = Mapping[str, Any]
"""What one call gets, in the words of the program: ``{"status": 429, "retry_after": 2}``."""


class UpstreamError(Exception):
    """The program did not understand a command, and says why, or it has ended."""


@dataclass(frozen=True)
class Usage:
    """Tokens of the prompt, of the answer with its reasoning, of the reasoning; US dollars.

    ``cost`` is ``None`` where a price is unknown; ``calls`` is how many answers are in the sum.
    """

    calls: int
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cost: float | None


@dataclass(frozen=True)
class Totals:
    """What all answered calls used, by the model asked for and together."""

    models: dict[str, Usage]
    total: Usage


@dataclass(frozen=True)
class Call:
    """A chat the upstream was asked for; times are milliseconds after it started.

    ``outcome`` is ``answered``, ``failed`` (then with ``status``), ``cut``, ``client_left`` (then
    with ``left_after_ms``), ``closed``, or ``None`` while the call runs. ``usage`` is what an
    answer was said to have used, and ``None`` where it did not come to that.
    """

    number: int
    model: str
    path: str
    stream: bool
    authorized: bool
    headers: dict[str, str]
    body: dict[str, Any]
    started_ms: int
    ended_ms: int | None
    outcome: str | None
    status: int | None
    left_after_ms: int | None
    usage: Usage | None

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages of the request."""
        messages: list[dict[str, Any]] = self.body["messages"]
        return messages


class Upstream:
    """A simulated OpenRouter on 127.0.0.1 that ends with its ``with`` block.

    It may be used from several threads; a command waits for the one before it, a wait included.
    Every method raises ``UpstreamError`` when the program refuses what it is told.
    """

    def __init__(self, program: str | None = None) -> None:
        """Starts ``program``, or the one the variable ``LLM_CREWAI_UPSTREAM`` names."""
        program = program or os.environ.get(PROGRAM_VARIABLE)
        if not program:
            raise UpstreamError(f"the variable {PROGRAM_VARIABLE} names no program")
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self.base_url: str = self._hear()["base_url"]

    def __enter__(self) -> Upstream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the program and every connection to it; a second time does nothing."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def model(self, model: str, **script: Any) -> None:
        """Adds a model or gives a known one a new script, whose replies begin with its next call.

        The fields are those of the command ``set_model``; without any it answers every call with a
        dozen words.
        """
        self.ask("set_model", id=model, **script)

    def replies(self, model: str, *first: Reply, then: Reply | None = None, **script: Any) -> None:
        """Replies to the first calls in turn, and like ``then`` (or with an answer) afterwards."""
        self.model(model, replies=list(first), reply=then or {"answer": True}, **script)

    def says(self, model: str, *texts: str, **script: Any) -> None:
        """Answers the calls with these texts in turn, and with the last one from then on."""
        *first, last = [{"text": text} for text in texts]
        self.replies(model, *first, then=last, **script)

    def calls_tool(
        self,
        model: str,
        name: str,
        arguments: Mapping[str, Any] | str,
        then: str = "done",
        **script: Any,
    ) -> None:
        """Calls a tool once, with arguments that are sent as they are if they are a text.

        After that it answers with ``then``.
        """
        call = {"name": name, "arguments": arguments}
        self.replies(model, {"tool_calls": [call]}, then={"text": then}, **script)

    def fails(
        self,
        model: str,
        status: int = 503,
        *,
        times: int | None = None,
        retry_after: int | None = None,
        **script: Any,
    ) -> None:
        """Refuses so many first calls, or all, with a status and a hint in seconds."""
        reply: dict[str, Any] = {"status": status}
        if retry_after is not None:
            reply["retry_after"] = retry_after
        self._goes_wrong(model, reply, times, script)

    def hangs(self, model: str, *, times: int | None = None, **script: Any) -> None:
        """Reads so many first calls, or all, and stays silent until the client leaves."""
        self._goes_wrong(model, {"hang": True}, times, script)

    def calls(self, model: str | None = None, *, since: int = 0) -> list[Call]:
        """The calls so far, oldest first, from number ``since`` on, of one model or of all."""
        calls = [_call(fields) for fields in self.ask("calls", since=since)["calls"]]
        return [call for call in calls if model in (None, call.model)]

    def wait_for_calls(self, count: int, *, seconds: float = 10) -> list[Call]:
        """Waits until so many calls have come, and returns all; ``TimeoutError`` after a limit."""
        return self._wait("wait_for_calls", "calls", count, seconds)

    def wait_for_ended(self, count: int, *, seconds: float = 10) -> list[Call]:
        """Waits until so many calls have ended, and returns all; ``TimeoutError`` after a limit."""
        return self._wait("wait_for_ended", "ended", count, seconds)

    def connections(self) -> int:
        """How many connections were opened so far."""
        count: int = self.ask("connections")["connections"]
        return count

    def usage(self) -> Totals:
        """What the answered calls used; an answer that broke off told nothing and is left out.

        A client may have read an answer a moment before the upstream has noted its end: calls that
        run are waited for, though no longer than a second.
        """
        self.ask("wait_for_ended", count=len(self.calls()), timeout_ms=1_000)
        told = self.ask("usage")
        models = {model: Usage(**usage) for model, usage in told["models"].items()}
        return Totals(models, Usage(**told["total"]))

    def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Sends one command as it is and returns the answer."""
        line = json.dumps({"command": command, **fields})
        with self._turn:
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()
            except (OSError, ValueError) as error:
                raise UpstreamError("the program has ended") from error
            answer = self._hear()
        if "error" in answer:
            raise UpstreamError(answer["error"])
        return answer

    def _goes_wrong(
        self, model: str, reply: Reply, times: int | None, script: Mapping[str, Any]
    ) -> None:
        if times is None:
            self.replies(model, then=reply, **script)
        else:
            self.replies(model, *[reply] * times, **script)

    def _wait(self, command: str, counted: str, count: int, seconds: float) -> list[Call]:
        answer = self.ask(command, count=count, timeout_ms=round(seconds * 1000))
        if not answer["reached"]:
            raise TimeoutError(
                f"{command}: {answer[counted]} of {count} after {seconds} s ({answer})"
            )
        return self.calls()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise UpstreamError("the program has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _call(fields: Mapping[str, Any]) -> Call:
    usage = fields["usage"]
    return Call(**{**fields, "usage": usage and Usage(calls=1, **usage)})
