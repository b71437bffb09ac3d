"""Unknown keyword arguments are mistakes, not silent extras."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .errors import UnknownKeywordError


def refuse_unknown(function: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raises :class:`UnknownKeywordError` for the first of ``given`` that is not ``known``."""
    names = sorted(known)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it takes {', '.join(names)}"
            raise UnknownKeywordError(f"{function}: unknown keyword argument `{name}`; {hint}")
