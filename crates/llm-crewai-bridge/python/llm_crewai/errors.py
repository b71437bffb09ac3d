"""The exceptions of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .responses import LLMResponse


class LLMError(Exception):
    """What every exception of this package is."""


class ConfigError(LLMError, ValueError):
    """The settings cannot be used. The message has every problem, a line each, with its place."""


class UsageError(LLMError, ValueError):
    """The call asked for what cannot be; nothing was sent."""


class UnknownKeywordError(UsageError, TypeError):
    """A keyword argument that nothing here has."""


class ManagerClosedError(LLMError, RuntimeError):
    """The manager was closed, before the call or during it."""


class InternalError(LLMError, RuntimeError):
    """A defect of this package ended the call. Other calls are not affected."""


class GenerationError(LLMError, RuntimeError):
    """No model answered. The whole story is in :attr:`response`."""

    def __init__(self, message: str, response: LLMResponse) -> None:
        super().__init__(message)
        self.response = response

    def __reduce__(self) -> tuple[type[GenerationError], tuple[str, LLMResponse]]:
        return type(self), (str(self), self.response)
