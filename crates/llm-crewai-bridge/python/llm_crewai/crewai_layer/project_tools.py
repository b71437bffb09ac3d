"""Tools of an agent that works in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable

from crewai.tools import BaseTool
from pydantic import BaseModel, Field

from ..errors import UsageError
from ..project_folder import ProjectFolder, Refused

_PATH = "Relative to the project's folder, such as `src/main.py`."


class ReadArguments(BaseModel):
    """What reading a file takes."""

    path: str = Field(description=_PATH)
    first_line: int = Field(default=1, description="The first line shown, counted from 1.")
    last_line: int | None = Field(default=None, description="The last line shown; the end if left out.")


class ListArguments(BaseModel):
    """What listing a folder takes."""

    path: str = Field(default=".", description="Relative to the project's folder; `.` is all of it.")


class SearchArguments(BaseModel):
    """What searching takes."""

    text: str = Field(description="The exact text to look for.")
    path: str = Field(default=".", description="The folder to search; `.` is all of the project.")


class WriteArguments(BaseModel):
    """What writing a file takes."""

    path: str = Field(description=_PATH)
    content: str = Field(description="The whole new content of the file.")


class FolderTool(BaseTool):
    """A tool that works in one folder. What it may not do is an answer, never an exception."""

    root: str

    def _answer(self, do: Callable[[ProjectFolder], str]) -> str:
        try:
            return do(ProjectFolder(self.root))
        except Refused as refusal:
            return f"Not done: {refusal}."
        except UsageError:
            # Its text names the folder for the caller; the model has no use for that.
            return "Not done: the folder is not there any more."


class ReadFileTool(FolderTool):
    """Reads a text file."""

    name: str = "read_file"
    description: str = "Reads a text file of the project, whole or some of its lines."
    args_schema: type[BaseModel] = ReadArguments

    def _run(self, path: str, first_line: int = 1, last_line: int | None = None) -> str:
        return self._answer(lambda folder: folder.read(path, first_line, last_line))


class ListFolderTool(FolderTool):
    """Lists a folder."""

    name: str = "list_folder"
    description: str = "Lists the files and folders of the project, also those further below."
    args_schema: type[BaseModel] = ListArguments

    def _run(self, path: str = ".") -> str:
        return self._answer(lambda folder: folder.entries(path))


class SearchTextTool(FolderTool):
    """Searches files."""

    name: str = "search_text"
    description: str = "Finds every line of the project's text files that contains a text."
    args_schema: type[BaseModel] = SearchArguments

    def _run(self, text: str, path: str = ".") -> str:
        return self._answer(lambda folder: folder.search(text, path))


class WriteFileTool(FolderTool):
    """Writes a text file."""

    name: str = "write_file"
    description: str = "Writes a text file of the project, in place of the one that is there."
    args_schema: type[BaseModel] = WriteArguments

    def _run(self, path: str, content: str) -> str:
        return self._answer(lambda folder: folder.write(path, content))


def project_tools(project_dir: str | os.PathLike[str]) -> list[BaseTool]:
    """Tools that read, list, search and write inside ``project_dir``.

    Raises:
        UsageError: It is no folder.
    """
    root = str(ProjectFolder(project_dir).root)
    kinds = (ReadFileTool, ListFolderTool, SearchTextTool, WriteFileTool)
    return [kind(root=root) for kind in kinds]


def docs_tools(docs_dir: str | os.PathLike[str]) -> list[BaseTool]:
    """Tools that read, list and search inside ``docs_dir``, and write nothing.

    Raises:
        UsageError: It is no folder.
    """
    root = str(ProjectFolder(docs_dir).root)
    return [
        ReadFileTool(root=root, name="read_docs", description="Reads a file of the documentation."),
        ListFolderTool(root=root, name="list_docs", description="Lists the documentation."),
        SearchTextTool(root=root, name="search_docs", description="Searches the documentation."),
    ]
