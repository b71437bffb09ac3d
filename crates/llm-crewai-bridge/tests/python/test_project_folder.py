"""Tests of the folder an agent works in: what it serves and what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llm_crewai.project_folder import ProjectFolder, Refused


def test_what_is_written_is_read_listed_and_found(tmp_path: Path) -> None:
    folder = ProjectFolder(tmp_path)
    folder.write("a/b.txt", "one\ntwo\n")
    assert folder.read("a/b.txt", first_line=2).endswith("two")
    assert folder.entries() == "a/\na/b.txt"
    assert folder.search("two") == "a/b.txt:2: two"
    assert os.listdir(tmp_path / "a") == ["b.txt"]


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "x\0y", "link/x", "file"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "x").write_text("secret")
    (tmp_path / "x").write_text("secret")
    (inside / "link").symlink_to(outside)
    (inside / "file").symlink_to(outside / "x")
    folder = ProjectFolder(inside)
    with pytest.raises(Refused) as reading:
        folder.read(path)
    with pytest.raises(Refused) as writing:
        folder.write(path, "new")
    assert str(tmp_path) not in f"{reading.value} {writing.value}"
    assert (outside / "x").read_text() == "secret" == (tmp_path / "x").read_text()
    assert "secret" not in folder.search("secret")


def test_a_pipe_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"a\0b")
    folder = ProjectFolder(tmp_path)
    for path in ("pipe", "binary"):
        with pytest.raises(Refused):
            folder.read(path)
    with pytest.raises(Refused):
        folder.write("pipe", "x")


@pytest.mark.parametrize("path", ["folder", ".git/config", "sub/.GIT/hooks/x", "."])
def test_a_folder_and_files_of_version_control_are_not_written(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(Refused):
        ProjectFolder(tmp_path).write(path, "x")
    assert os.listdir(tmp_path) == ["folder"]
