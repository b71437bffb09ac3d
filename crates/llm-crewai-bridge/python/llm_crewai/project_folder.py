"""A folder that nothing leads out of: how an agent reads, lists, searches and writes in a project."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from .errors import UsageError

#: Bytes of one file that are read; what is larger is shown in part.
LONGEST_READ = 100_000
#: Characters that are written at once.
LONGEST_WRITE = 2_000_000
LONGEST_LISTING = 500
MOST_MATCHES = 100
LONGEST_LINE = 300
#: Folders below the one asked for.
DEEPEST = 20
#: Files and folders that are looked at for one answer.
MOST_VISITED = 20_000
#: A tool's own files, where a written file may be a command to run.
VERSION_CONTROL = frozenset({".git", ".hg", ".svn"})

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
#: Not following a link, and not waiting for whoever writes into a pipe.
_FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: Without this a folder could be swapped for a link between the look at it and its use.
_STEPWISE = os.open in os.supports_dir_fd and os.name == "posix"


class Refused(Exception):
    """What an agent asked for is not done; the text tells it what it may ask instead."""


class ProjectFolder:
    """Reads, lists, searches and writes below ``root``, and nowhere else.

    Paths are relative to ``root``; absolute ones, ``..`` and links are refused, also a link inside
    that leads inside. On Linux and macOS every folder on the way is opened by itself, so that
    nobody can swap one for a link meanwhile; elsewhere the path is resolved and compared.

    Raises:
        UsageError: ``root`` is no folder.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        path = Path(root)
        if not path.is_dir():
            reason = "it is a file" if path.exists() else "it does not exist"
            raise UsageError(f"`{path}` is no folder: {reason}; create it, or name another")
        self.root = path.resolve()

    def read(self, path: str, first_line: int = 1, last_line: int | None = None) -> str:
        """Lines of a text file, counted from 1."""
        text, is_whole = self._text(path)
        lines = text.splitlines()
        first = max(first_line, 1)
        last = len(lines) if last_line is None else min(last_line, len(lines))
        shown = "\n".join(lines[first - 1 : last])
        notes = []
        if (first, last) != (1, len(lines)):
            notes.append(f"lines {first} to {last} of {len(lines)}")
        if not is_whole:
            notes.append(f"only the first {LONGEST_READ} bytes are shown")
        return f"[{'; '.join(notes)}]\n{shown}" if notes else shown or "[the file is empty]"

    def entries(self, path: str = ".") -> str:
        """What is in a folder and below, a path a line; folders end with a slash."""
        found: list[str] = []
        for name, is_folder in self._walk(path):
            if len(found) == LONGEST_LISTING:
                found.append(f"[more than {LONGEST_LISTING} entries; list a folder below]")
                break
            found.append(f"{name}/" if is_folder else name)
        return "\n".join(found) or "[the folder is empty]"

    def search(self, text: str, path: str = ".") -> str:
        """Every line with ``text`` in it, as ``path:line: text``."""
        if not text:
            raise Refused("the text to search for is empty")
        matches: list[str] = []
        for name, is_folder in self._walk(path):
            if is_folder:
                continue
            try:
                content, _ = self._text(name)
            except Refused:
                continue
            for number, line in enumerate(content.splitlines(), 1):
                if text in line:
                    matches.append(f"{name}:{number}: {line.strip()[:LONGEST_LINE]}")
                if len(matches) == MOST_MATCHES:
                    return "\n".join([*matches, f"[stopped after {MOST_MATCHES} matches]"])
        return "\n".join(matches) or "[no match]"

    def write(self, path: str, content: str) -> str:
        """Writes a text file, in place of what was there; folders on the way are made."""
        if len(content) > LONGEST_WRITE:
            raise Refused(f"more than {LONGEST_WRITE} characters; write several files")
        folders, name = self._file(path)
        if VERSION_CONTROL & {part.lower() for part in (*folders, name)}:
            raise Refused("files of version control are not written")
        with self._folder(folders, make=True) as folder:
            mode = self._mode_of(folder, name)
            temporary = f".{secrets.token_hex(8)}.tmp"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
            try:
                with open(folder.open(temporary, flags, mode), "w", encoding="utf-8") as file:
                    file.write(content)
                folder.rename(temporary, name)
            except BaseException:
                folder.remove(temporary)
                raise
        return f"written: {'/'.join([*folders, name])}, {len(content)} characters"

    @staticmethod
    def _mode_of(folder: _Folder, name: str) -> int:
        """The permissions of the file that is replaced, or those of a new one."""
        try:
            found = folder.stat(name).st_mode
        except FileNotFoundError:
            return 0o644
        if stat.S_ISREG(found):
            return stat.S_IMODE(found)
        raise Refused(f"`{name}` is there and is no plain file; choose another name")

    def _text(self, path: str) -> tuple[str, bool]:
        folders, name = self._file(path)
        with self._folder(folders) as folder:
            descriptor = folder.open(name, os.O_RDONLY | _FILE)
            try:
                kind = os.fstat(descriptor).st_mode
                if not stat.S_ISREG(kind):
                    what = "is a folder; list it" if stat.S_ISDIR(kind) else "is no plain file"
                    raise Refused(f"`{path}` {what}")
                with open(descriptor, "rb", closefd=False) as file:
                    content = file.read(LONGEST_READ + 1)
            finally:
                os.close(descriptor)
        if b"\0" in content:
            raise Refused(f"`{path}` is no text")
        whole = len(content) <= LONGEST_READ
        return content[:LONGEST_READ].decode("utf-8", errors="replace"), whole

    def _walk(self, path: str) -> Iterator[tuple[str, bool]]:
        """Every file and folder below, in order, with whether it is a folder. Links are left out."""
        start = self._parts(path)
        pending = [start]
        visited = 0
        while pending and visited < MOST_VISITED:
            parts = pending.pop()
            try:
                kinds = self._kinds(parts)
            except Refused:
                if parts == start:
                    raise
                continue
            visited += len(kinds)
            below = []
            for name, kind in kinds:
                if stat.S_ISDIR(kind) and name not in VERSION_CONTROL:
                    yield "/".join([*parts, name]), True
                    if len(parts) - len(start) < DEEPEST:
                        below.append([*parts, name])
                elif stat.S_ISREG(kind):
                    yield "/".join([*parts, name]), False
            pending.extend(reversed(below))

    def _kinds(self, parts: list[str]) -> list[tuple[str, int]]:
        """The names in a folder with their modes; one that vanishes meanwhile is left out."""
        kinds = []
        with self._folder(parts) as folder:
            for name in sorted(folder.names()):
                with suppress(FileNotFoundError):
                    kinds.append((name, folder.stat(name).st_mode))
        return kinds

    @staticmethod
    def _parts(path: str) -> list[str]:
        """The names on the way; none for the folder itself."""
        plain = path.replace("\\", "/") if os.name == "nt" else path
        pure = PurePosixPath(plain)
        if "\0" in plain or pure.is_absolute() or ".." in pure.parts or ":" in plain[:2]:
            raise Refused(f"`{path}` leads out of the project; paths are relative to its folder")
        return list(pure.parts)

    @classmethod
    def _file(cls, path: str) -> tuple[list[str], str]:
        """The folders of a file, and its name."""
        parts = cls._parts(path)
        if not parts:
            raise Refused("a path of a file is needed, such as `src/main.py`")
        return parts[:-1], parts[-1]

    @contextmanager
    def _folder(self, parts: list[str], make: bool = False) -> Iterator[_Folder]:
        """The folder of a path. What the system says no to is told in its words, without paths."""
        shown = "/".join(parts) or "."
        folder = _Stepwise(self.root) if _STEPWISE else _Resolved(self.root)
        try:
            for part in parts:
                folder.enter(part, make)
            yield folder
        except UnicodeError:
            raise Refused("the path or the content is no text that can be written") from None
        except NotADirectoryError:
            raise Refused(f"`{shown}` is no folder, or a link; links are not followed") from None
        except FileNotFoundError:
            raise Refused(f"there is no such file or folder below `{shown}`") from None
        except OSError as problem:
            if problem.errno == errno.ELOOP:
                raise Refused(f"a link below `{shown}`; links are not followed") from None
            reason = problem.strerror or "no reason"
            raise Refused(f"not possible below `{shown}`: {reason}") from None
        finally:
            folder.close()


class _Stepwise:
    """A folder that is open: what is done in it is done in this one, whatever its path becomes."""

    def __init__(self, root: Path) -> None:
        self._descriptor = os.open(root, _FOLDER)

    def enter(self, name: str, make: bool) -> None:
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._descriptor)
        below = os.open(name, _FOLDER, dir_fd=self._descriptor)
        os.close(self._descriptor)
        self._descriptor = below

    def open(self, name: str, flags: int, mode: int = 0o644) -> int:
        return os.open(name, flags, mode, dir_fd=self._descriptor)

    def stat(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def names(self) -> list[str]:
        return os.listdir(self._descriptor)

    def rename(self, old: str, new: str) -> None:
        os.replace(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


class _Resolved:
    """The same where folders cannot be opened: each path is resolved and compared first."""

    def __init__(self, root: Path) -> None:
        self._root = self._path = root

    def _checked(self, name: str) -> Path:
        path = self._path / name
        if path.is_symlink() or not path.resolve().is_relative_to(self._root):
            raise NotADirectoryError(name)
        return path

    def enter(self, name: str, make: bool) -> None:
        path = self._checked(name)
        if make:
            path.mkdir(exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(name) if path.exists() else FileNotFoundError(name)
        self._path = path

    def open(self, name: str, flags: int, mode: int = 0o644) -> int:
        return os.open(self._checked(name), flags, mode)

    def stat(self, name: str) -> os.stat_result:
        return os.lstat(self._path / name)

    def names(self) -> list[str]:
        return os.listdir(self._path)

    def rename(self, old: str, new: str) -> None:
        os.replace(self._checked(old), self._checked(new))

    def remove(self, name: str) -> None:
        self._checked(name).unlink(missing_ok=True)

    def close(self) -> None:
        pass


_Folder = _Stepwise | _Resolved
