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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

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
    previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    if previous != -1:
        signal.set_wakeup_fd(previous)
        reader.close()
        writer.close()
        return
    _reader, _writer = reader, writer


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
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        return True
    function = getattr(handler, "func", None)
    return getattr(function, "__qualname__", "") == "Runner._on_sigint"


def _begin_again() -> None:
    """In a forked child: the descriptor is still the parent's."""
    global _lock, _reader, _writer
    _lock = threading.Lock()
    watched, _reader, _writer = _reader is not None, None, None
    if watched:
        signal.set_wakeup_fd(-1)
        watch()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)
