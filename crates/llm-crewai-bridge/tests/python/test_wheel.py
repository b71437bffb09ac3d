"""What the installed wheel says of itself, and carries for its users."""

from __future__ import annotations

from importlib.metadata import metadata, requires
from importlib.resources import files

NAME = "llm-crewai"


def test_crewai_is_an_extra_and_nothing_else_is_needed() -> None:
    [needed] = requires(NAME) or []
    requirement, _, marker = needed.partition(";")
    assert requirement.strip() == "crewai>=1.15,<2" or requirement.strip() == "crewai<2,>=1.15"
    assert marker.strip().replace("'", '"') == 'extra == "crewai"'
    assert metadata(NAME)["Requires-Python"] == ">=3.10"


def test_both_licences_are_in_it() -> None:
    assert metadata(NAME)["License-Expression"] == "MIT OR Apache-2.0"
    assert sorted(metadata(NAME).get_all("License-File") or []) == ["LICENSE-APACHE", "LICENSE-MIT"]


def test_it_says_that_it_is_typed() -> None:
    assert files("llm_crewai").joinpath("py.typed").is_file()
