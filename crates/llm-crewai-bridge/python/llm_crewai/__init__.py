"""Many language models behind one call, for Python programs and CrewAI agents.

Importing this package imports neither CrewAI nor pydantic: what needs them says so when it is used.
"""

from __future__ import annotations

from ._native import __version__
from .errors import (
    ConfigError,
    GenerationError,
    InternalError,
    LLMError,
    ManagerClosedError,
    UnknownKeywordError,
    UsageError,
)
from .manager import LLMManager
from .responses import (
    Attempt,
    Exclusion,
    Failure,
    Judgement,
    LLMResponse,
    ModelInfo,
    StreamChunk,
    Usage,
)
from .streaming import AsyncResponseStream, ResponseStream
from .testing import LLMTestRunner

__all__ = [
    "AsyncResponseStream",
    "Attempt",
    "ConfigError",
    "Exclusion",
    "Failure",
    "GenerationError",
    "InternalError",
    "Judgement",
    "LLMError",
    "LLMManager",
    "LLMResponse",
    "LLMTestRunner",
    "ManagerClosedError",
    "ModelInfo",
    "ResponseStream",
    "StreamChunk",
    "UnknownKeywordError",
    "Usage",
    "UsageError",
    "__version__",
]
