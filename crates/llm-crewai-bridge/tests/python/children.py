"""Python programs that run beside a test, for what happens to a whole process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

PATIENCE = 20.0
"""Seconds a program may take to do what it should; far below the deadlines of its calls."""

PROMPTLY = 1.0
"""Seconds a program may take to notice Ctrl-C and end."""


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it wrote."""

    code: int
    output: str
    errors: str

    def check(self, code: int = 0) -> str:
        """The output of a program that ended with ``code`` and did not crash."""
        assert self.code == code, self
        for word in ("panicked", "Fatal Python error", "core dumped", "Exception ignored"):
            assert word not in self.errors, self
        return self.output


class Child:
    """A Python program. It is killed at the end of its ``with`` block if it still runs."""

    def __init__(self, program: str | Path, *arguments: str | Path) -> None:
        """Starts a program, given as its text or as its file, with arguments."""
        given = [str(program)] if isinstance(program, Path) else ["-c", textwrap.dedent(program)]
        command = [sys.executable, "-u", *given, *map(str, arguments)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8",
            start_new_session=True, preexec_fn=_heed_ctrl_c,
        )  # fmt: skip

    def send(self, number: int) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def go_on(self) -> None:
        """Ends its wait in ``input()``."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line it writes, without its end; waits for it, or for the end."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self, seconds: float = PATIENCE) -> Ended:
        """Waits until it ends; fails, with what it wrote, when it does not."""
        try:
            output, errors = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._kill()
            output, errors = self.process.communicate()
            raise AssertionError(
                f"still running after {seconds} s; it wrote {output!r} and {errors!r}"
            ) from None
        return Ended(self.process.returncode, output, errors)

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kill()
        self.process.communicate()

    def _kill(self) -> None:
        """Ends it and whatever it forked, which would keep its output open."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def _heed_ctrl_c() -> None:
    """What a shell runs in the background ignores Ctrl-C, and so does what that starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(program: str | Path, *arguments: str | Path, seconds: float = PATIENCE) -> Ended:
    """Runs a program to its end."""
    with Child(program, *arguments) as child:
        return child.end(seconds)
