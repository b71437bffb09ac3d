"""Ctrl-C for threads that wait.

Python tells the main thread of a signal and no other. A crew calls its model in a worker thread
and joins that thread before it passes on KeyboardInterrupt, so an interrupted crew would wait for
its call's deadline. Python also writes the number of every signal to a descriptor, if it is given
one; that is read here, and changes no handler.
"""

from __future__ import annotations

import os
import signal
import threading
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

#: CrewAI puts a handler of its own before the program's as it is imported, unless told not to.
_TELEMETRY = "crewai.telemetry.telemetry"

_lock = threading.Lock()
_reader: socket.socket | None = None
_writer: socket.socket | None = None
_count = 0


def watch() -> None:
    """Begins to notice Ctrl-C, unless the program uses the descriptor itself.

    Only the main thread may ask for it; elsewhere this does nothing.
    """
    global _reader, _writer
    if _reader is not None or threading.current_thread() is not threading.main_thread():
        return
    # A tenth of what importing this package takes.
    import socket

    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    if _take_descriptor(writer):
        _reader, _writer = reader, writer
    else:
        reader.close()
        writer.close()


def _take_descriptor(writer: socket.socket) -> bool:
    """Has signals written to ``writer``, unless somebody else has them."""
    try:
        previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    except ValueError:
        # Where Python is embedded, its main thread may not be the one `threading` takes for it.
        return False
    if previous != -1:
        signal.set_wakeup_fd(previous)
    return previous == -1


def count() -> int:
    """How often Ctrl-C was pressed and meant KeyboardInterrupt, as far as it was noticed."""
    global _count
    if _reader is None:
        return _count
    with _lock:
        try:
            arrived = _reader.recv(4096)
        except BlockingIOError:
            return _count
        if _means_interrupt():
            _count += arrived.count(signal.SIGINT)
        return _count


def _means_interrupt() -> bool:
    """Whether the program leaves SIGINT to Python, or to asyncio, which raises it as well.

    One with a handler of its own, such as a server that ends what it has begun, decides by itself.
    """
    handler = _behind_crewai(signal.getsignal(signal.SIGINT))
    if handler is signal.default_int_handler:
        return True
    function = getattr(handler, "func", None)
    return getattr(function, "__qualname__", "") == "Runner._on_sigint"


def _behind_crewai(handler: object) -> object:
    """What was there before CrewAI's telemetry, whose handler passes signals on to it."""
    while isinstance(handler, FunctionType) and handler.__module__ == _TELEMETRY:
        cells = dict(zip(handler.__code__.co_freevars, handler.__closure__ or (), strict=True))
        if "original_handler" not in cells:
            break
        handler = cells["original_handler"].cell_contents
    return handler


def _begin_again() -> None:
    """In a forked child: the descriptor is still the parent's."""
    global _lock, _reader, _writer
    _lock = threading.Lock()
    reader, writer = _reader, _writer
    _reader, _writer = None, None
    if reader is None or writer is None:
        return
    taken = signal.set_wakeup_fd(-1)
    if taken != writer.fileno():
        # Somebody took it for himself after this package did.
        signal.set_wakeup_fd(taken)
    reader.close()
    writer.close()
    watch()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)
