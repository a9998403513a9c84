"""Which facts stand in a file, a folder or an archive?

Law: a file says what it is by its content, its name and its place, in this order; one in a folder that cannot be used
becomes a note, a path that the user gave and that cannot be used is an error. Size and number are bounded.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory import transcript
from vxlan_dissect.inventory.files import File, file_at, files_below, reason
from vxlan_dissect.inventory.layout import host_of, host_of_file, host_of_root
from vxlan_dissect.inventory.model import Fact, Host, Node, Note, Pod
from vxlan_dissect.inventory.sources import objects, parse_by_content, source_of
from vxlan_dissect.inventory.sources.base import Line, Parsed, command_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 256 << 20  # of one file: the pods of a large cluster as YAML
MOST_BYTES_IN_ALL = 2 << 30
MOST_LINES = 250_000  # of one file of text; a node with thousands of pods prints some ten thousand
MOST_FACTS = 2_000_000
_MOST_NOTES = 100  # on lines of one file; the rest is counted

# Files that lie beside inventories and say nothing that is read here, though lines of theirs may look as if they did.
_NOT_SOURCES = frozenset("readme license changelog scenario scenarios topology expectations sysctl".split())


class _Session(NamedTuple):
    """A file of several outputs, which waits until the others are read; `at` is its place among the parts."""

    at: int
    file: File
    host: Host
    lines: list[Line]


def load(paths: tuple[str | os.PathLike[str], ...]) -> tuple[list[Fact], list[Note]]:
    """Read files and folders in the order given. Raises InventoryError."""
    reading = _Reading()
    for path in paths:
        reading.add(os.fspath(path))
    return reading.finish()


class _Reading:
    """The files read so far. Sessions wait until all else is read, since they may speak of hosts that others name."""

    def __init__(self) -> None:
        self.parts: list[Parsed] = []
        self.notes: list[Note] = []
        self.sessions: list[_Session] = []
        self.alone: list[tuple[int, File]] = []  # files that the user named: each must say something
        self.nodes: set[str] = set()  # those that the layout named
        self.bytes = 0
        self.facts = 0

    def add(self, path: str) -> None:
        """Read what the user named."""
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            raise InventoryError(path, reason(error)) from None
        if not stat.S_ISDIR(mode):
            file = file_at(path, path.replace(os.sep, "/"))
            self.alone.append((len(self.parts), file))
            self._read(file, host_of_file(path))
            return
        files = files_below(path, self.notes)
        own = host_of_root(os.path.basename(os.path.abspath(path)), [(file.folders, file.base) for file in files])
        for file in files:
            self._read(file, host_of(file.folders, own))

    def finish(self) -> tuple[list[Fact], list[Note]]:
        """All facts and notes in the order of the files."""
        known = {fact.name for part in self.parts for fact in part.facts if isinstance(fact, Pod | Node)}
        known |= {fact.node for part in self.parts for fact in part.facts if isinstance(fact, Pod) and fact.node}
        for at, file, host, lines in self.sessions:
            parsed = transcript.parse(lines, host, file.name, known)
            if parsed.facts and parsed.rest:
                why = f"{len(parsed.rest)} lines were read as prose"
                parsed.notes.append(Note(file.name, None, why, "prose", len(parsed.rest)))
            self.parts[at] = parsed
            self._named_by_layout(parsed, host)
            if not parsed.facts and not parsed.notes:
                parsed.notes.append(Note(file.name, None, "not a source: no output of a known command", "not-a-source"))
        for at, file in self.alone:
            part = self.parts[at]
            if not part.facts:
                note = part.notes[0] if part.notes else Note(file.name, None, "nothing in it", "not-a-source")
                raise InventoryError(file.name, note.why, line=note.line)
        for part in self.parts:
            self.notes += part.notes[:_MOST_NOTES]
            left = part.notes[_MOST_NOTES:]
            if left:
                why = f"{len(left)} more notes on this file"
                self.notes.append(left[0]._replace(why=why, count=sum(note.count for note in left)))
        return [fact for part in self.parts for fact in part.facts], self.notes

    def _read(self, file: File, host: Host) -> None:
        at = len(self.parts)
        self.parts.append(Parsed([], [], []))
        self.parts[at] = self._parsed(file, host, at)
        self._named_by_layout(self.parts[at], host)

    def _parsed(self, file: File, host: Host, at: int) -> Parsed:
        if file.base.lower().replace(".", "-").partition("-")[0] in _NOT_SOURCES:
            return _not_read(file, "not a source, by its name", "not-a-source")
        if self.bytes > MOST_BYTES_IN_ALL or self.facts > MOST_FACTS:
            return _not_read(file, "not read: the inventory is too large")
        try:
            data = file.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            return _not_read(file, f"not read: {reason(error)}")
        self.bytes += len(data)
        if len(data) > MOST_BYTES:
            return _not_read(file, f"not read: more than {MOST_BYTES >> 20} MiB")
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            text = data.decode("utf-16", "replace")  # as PowerShell redirects
        elif b"\0" in data[:8192]:
            return _not_read(file, "not read: binary")
        else:
            text = data.decode("utf-8-sig", "replace")
        del data
        return self._of_text(_without_escapes(text) if "\x1b" in text else text, file, host, at)

    def _of_text(self, text: str, file: File, host: Host, at: int) -> Parsed:
        command = command_of_file(file.base)
        found = objects.parse_text(text, host, file.name, command)
        if found is not None:
            if not found.facts and found.notes and all(note.kind == "unknown-key" for note in found.notes):
                return _not_read(file, f"not a source: {found.notes[0].why}", "not-a-source")
            return Parsed(found.facts, [*found.notes, *_unknown(found.rest, file.name)], [])
        if text.count("\n") >= MOST_LINES:
            return _not_read(file, f"not read: more than {MOST_LINES} lines")
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line]
        source = source_of(command)
        if source is None or (any(sign in text for sign in "#$%") and transcript.has_prompts(lines)):
            self.sessions.append(_Session(at, file, host, lines))
            return Parsed([], [], [])
        own = source.parse(lines, host, file.name, command)
        # A name may be wrong, and several outputs may stand in one file.
        other = parse_by_content(own.rest, host, file.name, command) if own.rest else Parsed([], [], [])
        notes = [*own.notes, *other.notes, *_unknown(other.rest, file.name)]
        return Parsed(own.facts + other.facts, notes, [])

    def _named_by_layout(self, parsed: Parsed, host: Host) -> None:
        """Say that the folder is a node's, so that its name is not taken for a pod's."""
        node = host.node
        if node and node not in self.nodes and parsed.facts:
            self.nodes.add(node)
            parsed.facts.append(Node(node, parsed.facts[0].source))
        self.facts += len(parsed.facts)


def _not_read(file: File, why: str, kind: str = "skipped") -> Parsed:
    return Parsed([], [Note(file.name, None, why, kind)], [])


def _unknown(rest: list[Line], file: str) -> Iterator[Note]:
    for number, line in rest:
        if line.strip():
            yield Note(file, number, f"unknown line: {line.strip()[:80]!r}", "unknown")


def _without_escapes(text: str) -> str:
    """Drop the colours and titles that a terminal recording holds; lines stay where they are."""
    return re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-_])", "", text)
