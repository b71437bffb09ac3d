"""Many language models behind one call, for Python programs and CrewAI agents.

Importing this package imports neither CrewAI nor pydantic: what needs them says so when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from .executor import create_executor_agent
from .factory import create_llm_for_crewai
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

if TYPE_CHECKING:
    from .crewai_layer.model import ManagerLLM as ManagerLLM
    from .crewai_layer.route import LLMRouteEvent as LLMRouteEvent

    CrewAILLMWrapper = ManagerLLM

# What needs CrewAI is not among them: `import *` asks for every one.
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
    "create_executor_agent",
    "create_llm_for_crewai",
]


def __getattr__(name: str) -> Any:
    """What needs CrewAI is imported when it is asked for."""
    if name in ("ManagerLLM", "CrewAILLMWrapper"):
        from .factory import model_class

        return model_class()
    if name == "LLMRouteEvent":
        from .factory import require_crewai

        require_crewai()
        from .crewai_layer.route import LLMRouteEvent

        return LLMRouteEvent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
