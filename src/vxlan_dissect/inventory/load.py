"""Which facts stand in a file or a folder?

Law: a folder says by its path whose a file is (`worker/ip-a-l.txt`, `worker/pod-cni-7t9p4/ip-a-l.txt`); nothing outside
it is read, and size, depth and number are bounded. A file in a folder that cannot be used becomes a note; a path that
the user gave and that cannot be used is an error.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory import transcript
from vxlan_dissect.inventory.model import Fact, Host, Node, Note, Pod
from vxlan_dissect.inventory.sources import parse_by_content, source_of
from vxlan_dissect.inventory.sources.base import Line, Parsed, command_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 << 20  # of one file
MOST_BYTES_IN_ALL = 256 << 20
MOST_LINES = 250_000  # of one file; a node with thousands of pods prints some ten thousand
MOST_FILES = 20_000
MOST_FACTS = 500_000
DEEPEST = 16
_MOST_NOTES = 100  # on lines of one file; the rest is counted

# Files that lie beside inventories and say nothing that is read here, though lines of theirs may look as if they did.
_NOT_SOURCES = frozenset(
    "readme license changelog scenario scenarios topology expectations "
    "tc ethtool nft sysctl iptables ip6tables bridge".split()
)


class _File(NamedTuple):
    """A file to read: `name` as facts will cite it, `host` as the layout tells it."""

    path: str
    name: str
    host: Host


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
        self.sessions: list[tuple[int, _File, list[Line]]] = []
        self.alone: list[tuple[int, _File]] = []  # files that the user named: each must say something
        self.nodes: set[str] = set()  # those that the layout named
        self.bytes = 0
        self.facts = 0

    def add(self, path: str) -> None:
        """Read what the user named."""
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            raise InventoryError(path, _reason(error)) from None
        if not stat.S_ISDIR(mode):
            file = _File(path, path.replace(os.sep, "/"), _host_of_file(path))
            self.alone.append((len(self.parts), file))
            self._read(file)
            return
        for file in _files(path, self.notes):
            self._read(file)

    def finish(self) -> tuple[list[Fact], list[Note]]:
        """All facts and notes in the order of the files."""
        known = {fact.name for part in self.parts for fact in part.facts if isinstance(fact, Pod | Node)}
        known |= {fact.node for part in self.parts for fact in part.facts if isinstance(fact, Pod) and fact.node}
        for at, file, lines in self.sessions:
            parsed = transcript.parse(lines, file.host, file.name, known)
            if parsed.facts and parsed.rest:
                parsed.notes.append(Note(file.name, None, f"{len(parsed.rest)} lines were read as prose", "prose"))
            self.parts[at] = parsed
            self._named_by_layout(parsed, file)
            if not parsed.facts and not parsed.notes:
                parsed.notes.append(Note(file.name, None, "not a source: no output of a known command", "not-a-source"))
        for at, file in self.alone:
            part = self.parts[at]
            if not part.facts:
                note = part.notes[0] if part.notes else Note(file.name, None, "nothing in it", "not-a-source")
                raise InventoryError(file.name, note.why, line=note.line)
        for part in self.parts:
            self.notes += part.notes[:_MOST_NOTES]
            if len(part.notes) > _MOST_NOTES:
                last = part.notes[_MOST_NOTES]
                self.notes.append(last._replace(why=f"{len(part.notes) - _MOST_NOTES} more notes on this file"))
        return [fact for part in self.parts for fact in part.facts], self.notes

    def _read(self, file: _File) -> None:
        parsed = Parsed([], [], [])
        self.parts.append(parsed)
        name = file.name.rpartition("/")[2]
        if name.lower().replace(".", "-").partition("-")[0] in _NOT_SOURCES:
            parsed.notes.append(Note(file.name, None, "not a source, by its name", "not-a-source"))
            return
        if self.bytes > MOST_BYTES_IN_ALL or self.facts > MOST_FACTS:
            parsed.notes.append(Note(file.name, None, "not read: the inventory is too large", "skipped"))
            return
        text = self._text(file, parsed.notes)
        if text is None:
            return
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line]
        command = command_of_file(name)
        source = source_of(command)
        if source is None or (any(sign in text for sign in "#$%") and transcript.has_prompts(lines)):
            self.sessions.append((len(self.parts) - 1, file, lines))
            return
        own = source.parse(lines, file.host, file.name, command)
        # A name may be wrong, and several outputs may stand in one file.
        other = parse_by_content(own.rest, file.host, file.name) if own.rest else Parsed([], [], [])
        parsed.facts.extend(own.facts + other.facts)
        parsed.notes.extend(own.notes + other.notes)
        parsed.notes.extend(_unknown(other.rest, file.name))
        self._named_by_layout(parsed, file)

    def _named_by_layout(self, parsed: Parsed, file: _File) -> None:
        """Say that the folder is a node's, so that its name is not taken for a pod's."""
        node = file.host.node
        if node and node not in self.nodes and parsed.facts:
            self.nodes.add(node)
            parsed.facts.append(Node(node, parsed.facts[0].source))
        self.facts += len(parsed.facts)

    def _text(self, file: _File, notes: list[Note]) -> str | None:
        try:
            with open(file.path, "rb") as stream:
                data = stream.read(MOST_BYTES + 1)
        except OSError as error:
            notes.append(Note(file.name, None, f"not read: {_reason(error)}", "skipped"))
            return None
        self.bytes += len(data)
        why = None
        if len(data) > MOST_BYTES:
            why = f"not read: more than {MOST_BYTES >> 20} MiB"
        elif data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            text = data.decode("utf-16", "replace")  # as PowerShell redirects
        elif b"\0" in data[:8192]:
            why = "not read: binary"
        else:
            text = data.decode("utf-8-sig", "replace")
        if why is None and text.count("\n") >= MOST_LINES:
            why = f"not read: more than {MOST_LINES} lines"
        if why is None and text.lstrip()[:1] == "{":
            why = "not a source: JSON, but no list as `ip -j` prints"
        if why is not None:
            kind = "not-a-source" if why.startswith("not a source") else "skipped"
            notes.append(Note(file.name, None, why, kind))
            return None
        return _without_escapes(text) if "\x1b" in text else text


def _files(root: str, notes: list[Note]) -> Iterator[_File]:
    """The regular files below a folder, sorted by path. Links that leave the folder are not followed."""
    shown = root.replace(os.sep, "/").rstrip("/") or "/"
    inside = os.path.realpath(root)
    found: list[tuple[list[str], os.DirEntry[str]]] = []
    seen = {inside}
    folders: list[tuple[str, list[str]]] = [(root, [])]
    while folders:
        folder, parts = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if folder is root:
                raise InventoryError(shown, _reason(error)) from None
            notes.append(Note("/".join([shown, *parts]), None, f"not read: {_reason(error)}", "skipped"))
            continue
        for entry in entries:
            why = _why_left_out(entry, inside, parts, seen)
            if why is None and entry.is_dir():
                folders.append((entry.path, [*parts, entry.name]))
            elif why is None and len(found) < MOST_FILES:
                found.append((parts, entry))
            else:
                notes.append(
                    Note("/".join([shown, *parts, entry.name]), None, why or "not read: too many files", "skipped")
                )
    # Text before JSON, which `ip -j` prints in one line: what is said twice is cited by the line that a reader finds.
    found.sort(key=lambda item: (item[0], " -j" in command_of_file(item[1].name), item[1].name))
    own = _host_of_root(root, found)
    for parts, entry in found:
        yield _File(entry.path, "/".join([shown, *parts, entry.name]), _host_of(parts, own))


def _why_left_out(entry: os.DirEntry[str], inside: str, parts: list[str], seen: set[str]) -> str | None:
    if entry.name.startswith("."):
        return "not read: hidden"
    try:
        mode = entry.stat().st_mode  # of what a link leads to
    except OSError as error:
        return f"not read: {_reason(error)}"
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        return "not read: neither file nor folder"
    if entry.is_symlink() or stat.S_ISDIR(mode):
        real = os.path.realpath(entry.path)
        if not real.startswith(inside.rstrip(os.sep) + os.sep):
            return "not read: a link that leaves the folder"
        if stat.S_ISDIR(mode):
            if real in seen:
                return "not read: a link to a folder that is read already"
            seen.add(real)
            if len(parts) + 1 >= DEEPEST:
                return f"not read: more than {DEEPEST} folders deep"
    return None


def _host_of(parts: list[str], own: Host) -> Host:
    """The host that a file's folders name; `own` is what the given folder itself is."""
    if not parts:
        return own
    pod = _pod_of(parts[-1])
    if pod is None:
        return Host(parts[-1])
    return Host(parts[-2] if len(parts) > 1 and _pod_of(parts[-2]) is None else own.node, pod)


def _host_of_root(root: str, found: list[tuple[list[str], os.DirEntry[str]]]) -> Host:
    """The given folder is a host's if it holds a host's outputs itself and no folders of other nodes."""
    name = os.path.basename(os.path.abspath(root))
    own = any(not parts and command_of_file(entry.name).startswith("ip ") for parts, entry in found)
    if not own or any(parts and _pod_of(parts[0]) is None for parts, _ in found):
        return Host(None)
    pod = _pod_of(name)
    return Host(None, pod) if pod else Host(name or None)


def _host_of_file(path: str) -> Host:
    """A single file is nobody's, unless it lies in a pod's folder: a folder's name alone is no proof of a node."""
    return Host(None, _pod_of(os.path.basename(os.path.dirname(os.path.abspath(path)))))


def _pod_of(folder: str) -> str | None:
    return folder[4:] if folder.startswith("pod-") and len(folder) > 4 else None


def _unknown(rest: list[Line], file: str) -> Iterator[Note]:
    for number, line in rest:
        if line.strip():
            yield Note(file, number, f"unknown line: {line.strip()[:80]!r}", "unknown")


def _without_escapes(text: str) -> str:
    """Drop the colours and titles that a terminal recording holds; lines stay where they are."""
    import re

    return re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-_])", "", text)


def _reason(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
