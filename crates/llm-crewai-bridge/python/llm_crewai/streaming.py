"""Answers as they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from types import TracebackType

from . import _native
from .errors import GenerationError
from .responses import LLMResponse, StreamChunk


class _Stream:
    """What both kinds of stream have: the native handle, and the response at the end."""

    def __init__(self, native: _native.AnswerStream, manager: object = None) -> None:
        self._native = native
        # A manager nobody holds any more closes, and its streams with it.
        self._manager = manager
        self._response: LLMResponse | None = None

    @property
    def response(self) -> LLMResponse | None:
        """The whole answer and how it was got; ``None`` before the end."""
        return self._response

    def close(self) -> None:
        """Ends the stream and its connections. What has not arrived never will."""
        self._native.close()

    def _take(self, piece: tuple[bool, str] | None) -> StreamChunk | None:
        """The chunk of a piece; ``None`` at the end.

        Raises:
            GenerationError: it is the story of a failure.
        """
        if piece is None:
            return None
        is_reply, text = piece
        if not is_reply:
            return StreamChunk(**json.loads(text))
        self._response = response = LLMResponse.from_json(text)
        if not response.success:
            raise GenerationError(response.error or "no model answered", response)
        return None


class ResponseStream(_Stream, Iterator[StreamChunk]):
    """An answer as it arrives. Nothing is sent before the first piece is asked for.

    Ends with :class:`GenerationError` when no model answers, or when the answer breaks off.
    """

    def __next__(self) -> StreamChunk:
        try:
            piece = self._native.next()
        except BaseException:
            # The traceback of Ctrl-C keeps the stream, and nobody reads on.
            self.close()
            raise
        chunk = self._take(piece)
        if chunk is None:
            raise StopIteration
        return chunk

    def __enter__(self) -> ResponseStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncResponseStream(_Stream, AsyncIterator[StreamChunk]):
    """An answer as it arrives, for ``async for``. As :class:`ResponseStream`.

    A wait for a piece that is cancelled closes the stream, as it ends a generator.
    """

    async def __anext__(self) -> StreamChunk:
        try:
            piece = await self._native.next_async()
        except asyncio.CancelledError:
            # The piece may have arrived in this moment: going on would leave it out.
            self.close()
            raise
        chunk = self._take(piece)
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """As :meth:`close`."""
        self.close()

    async def __aenter__(self) -> AsyncResponseStream:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
