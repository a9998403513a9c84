"""Which facts stand in a file, a folder or an archive?

Law: a file says what it is by its content, its name and its place, in this order; one in a folder that cannot be used
becomes a note, a path that the user gave and that cannot be used is an error. Size and number are bounded.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory.merging.merge import host_of as host_of_fact
from vxlan_dissect.inventory.model import Collected, Fact, Host, Node, Note, Pod, Source
from vxlan_dissect.inventory.reading.archive import HEAD, Budget, is_archive, members
from vxlan_dissect.inventory.reading.collected import Place, place_of, why_left_out
from vxlan_dissect.inventory.reading.files import File, file_at, files_below, reason
from vxlan_dissect.inventory.reading.guess import best_guess
from vxlan_dissect.inventory.reading.layout import folders_above, host_of, host_of_file, host_of_root
from vxlan_dissect.inventory.session import transcript
from vxlan_dissect.inventory.session.attribution import (
    Attribution,
    attributed,
    full_names,
    known,
    place_of_file,
    renamed,
)
from vxlan_dissect.inventory.sources import objects, parse_by_content, source_of
from vxlan_dissect.inventory.sources.base import Line, Parsed, command_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 256 << 20  # of one file: the pods of a large cluster as YAML
MOST_BYTES_IN_ALL = 2 << 30
MOST_LINES = 250_000  # of one file of text; a node with thousands of pods prints some ten thousand
MOST_FACTS = 2_000_000
DEEPEST_ARCHIVE = 2  # a sysdump holds archives of its agents
_MOST_NOTES = 100  # on lines of one file; the rest is counted

# Files that lie beside inventories and say nothing that is read here, though lines of theirs may look as if they did.
_NOT_SOURCES = frozenset("readme license changelog scenario scenarios topology expectations sysctl".split())


_FAILURE = re.compile(r"(?:\A|\n)(> Error while running '[^'\n]{0,400}(?:'[^'\n]{0,400}){0,8}': ([^\n]*))\s*\Z")
_FAILED = "the command failed"
_PCAPNG = b"\x0a\x0d\x0d\x0a"
# Of microseconds, of nanoseconds, of both byte orders (pcap-savefile(5)).
_PCAP = frozenset(map(bytes.fromhex, ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1")))


class _Session(NamedTuple):
    """A file of several outputs, which waits until the others are read; `at` is its place among the parts."""

    at: int
    file: File
    host: Host
    lines: list[Line]


def load(paths: tuple[str | os.PathLike[str], ...]) -> tuple[list[Fact], list[Note], list[Attribution]]:
    """Read files and folders in the order given; facts, notes, and whose each output is. Raises InventoryError."""
    reading = _Reading()
    for path in paths:
        reading.add(os.fspath(path))
    return reading.finish()


class _Reading:
    """The files read so far. Sessions wait until all else is read, since they may speak of hosts that others name."""

    def __init__(self) -> None:
        self.parts: list[Parsed] = []
        self.notes: list[Note] = []
        self.places: dict[int, list[Attribution]] = {}  # of each part
        self.sessions: list[_Session] = []
        # What the user named that is no folder: each must say something. First and last of its parts.
        self.alone: list[tuple[int, int, File]] = []
        self.nodes: dict[str, Parsed] = {}  # those that the layout named, and the first part of each
        self.by_file: set[str] = set()  # hosts that the name of a file tells, which may be pods
        self.bytes = 0
        self.facts = 0
        self.budget = Budget()
        self.left_out: Counter[tuple[str, str]] = Counter()  # of what was gathered: scope and kind of file
        self.scopes: dict[str, Place] = {}
        self.unparted: set[str] = set()  # hosts of which only the end of the name is the node's
        self.given: set[str] = set()

    def add(self, path: str) -> None:
        """Read what the user named."""
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            raise InventoryError(path, reason(error)) from None
        real = os.path.realpath(path)
        if real in self.given:
            return
        self.given.add(real)
        if not stat.S_ISDIR(mode):
            file = file_at(path, path.replace(os.sep, "/"))
            first = len(self.parts)
            self._take(file, folders_above(path)[:-1], host_of_file(path))
            self.alone.append((first, len(self.parts), file))
            return
        files = files_below(path, self.notes)
        if not files:
            raise InventoryError(path, "no file in this folder")
        own = host_of_root(os.path.basename(os.path.abspath(path)), [(file.folders, file.base) for file in files])
        for file in files:
            self._take(file, folders_above(path), own)

    def finish(self) -> tuple[list[Fact], list[Note], list[Attribution]]:
        """All facts, notes and attributions in the order of the files."""
        pods, nodes = self._listed()
        hosts = pods | nodes | {*self.nodes}
        for at, file, host, lines in self.sessions:
            session = transcript.parse(lines, host, file.name, hosts)
            self.places[at] = session.attributions
            parsed = Parsed(session.facts, [*session.notes, *self.parts[at].notes], session.rest)
            if parsed.facts and parsed.rest:
                why = f"{len(parsed.rest)} line{'s were' if len(parsed.rest) > 1 else ' was'} read as prose"
                parsed.notes.append(Note(file.name, None, why, "prose", len(parsed.rest)))
            self.parts[at] = parsed
            self._named_by_layout(parsed, host, file)
            if not parsed.facts and not parsed.notes:
                parsed.notes.append(Note(file.name, None, f"not a source: {_lack(file, lines)}", "not-a-source"))
        pods, nodes = self._listed()
        for name, part in self.nodes.items():
            if name not in pods - nodes or name not in self.by_file:
                part.facts.append(Node(name, part.facts[0].source))
        for first, end, file in self.alone:
            parts = self.parts[first:end]
            empty = ".inventory." in file.base and not any(part.notes for part in parts)  # nothing to infer from
            if not empty and not any(part.facts for part in parts):
                nothing = Note(file.name, None, "nothing in it", "not-a-source")
                note = next((note for part in parts for note in part.notes), nothing)
                raise InventoryError(note.file, note.why, line=note.line)
        self._gathered()
        self._part_names()
        places = self._attribute()
        for part in self.parts:
            self.notes += part.notes[:_MOST_NOTES]
            left = part.notes[_MOST_NOTES:]
            if left:
                why = f"{len(left)} more notes on this file"
                self.notes.append(left[0]._replace(why=why, count=sum(note.count for note in left)))
        return [fact for part in self.parts for fact in part.facts], self.notes, places

    def _listed(self) -> tuple[set[str], set[str]]:
        """The names of pods and of nodes that the cluster lists."""
        every = [fact for part in self.parts for fact in part.facts]
        pods = [fact for fact in every if isinstance(fact, Pod)]
        nodes = {fact.name for fact in every if isinstance(fact, Node)} | {pod.node for pod in pods if pod.node}
        return {pod.name for pod in pods}, nodes

    def _attribute(self) -> list[Attribution]:
        """Give the outputs that nobody names the host that their addresses tell, now that all is known."""
        every = [fact for part in self.parts for fact in part.facts]
        all_known = known(every)
        names = full_names(every)
        found: list[Attribution] = []
        for at, part in enumerate(self.parts):
            places = [place._replace(host=names.get(place.host, place.host)) for place in self.places.get(at, ())]
            if places:
                facts, places, notes = attributed(renamed(part.facts, names), places, all_known)
                self.parts[at] = Parsed(facts, [*part.notes, *notes], [])
                found += places
        return found

    def _take(self, file: File, above: tuple[str, ...], own: Host, depth: int = 0) -> None:
        """Read a file, or the files in it if it is an archive. `above` are the folders above what the user named."""
        at = len(self.parts)
        self.parts.append(Parsed([], [], []))
        try:
            head = b"" if _is_no_source(file) else file.read(HEAD)
        except (OSError, ValueError) as error:
            self.parts[at] = _not_read(file, f"not read: {reason(error)}")
            return
        if is_archive(head) or file.base.lower().endswith(".zip"):
            if depth == DEEPEST_ARCHIVE:
                self.parts[at] = _not_read(file, f"not read: more than {DEEPEST_ARCHIVE} archives in one another")
                return
            for member in members(file, self.parts[at].notes, self.budget):
                self._take(member, above, own, depth + 1)
            return
        folders = (*above, *file.folders)
        place = place_of(folders, file.base)
        if place is None:
            self._read(file, host_of(file.folders, file.base, own), at)
            return
        scope = _scope(file, len(folders) - place.scope)
        if scope not in self.scopes or (self.scopes[scope].time is None and place.time is not None):
            self.scopes[scope] = place
        left_out = why_left_out(place, folders, file.base)
        if left_out is not None:
            self.left_out[scope, left_out] += 1
            return
        if place.retina:
            self.unparted.add(str(place.host.node))
        self._read(file, place.host, at)
        part = self.parts[at]
        if not part.facts and part.notes:
            failed = any(note.why.startswith(_FAILED) for note in part.notes)
            if failed or {note.kind for note in part.notes} <= {"unknown", "not-a-source"}:
                self.left_out[scope, "outputs of commands that failed" if failed else "files of other kinds"] += 1
                part.notes.clear()
        for number, fact in enumerate(part.facts):
            if isinstance(fact, Collected):
                part.facts[number] = fact._replace(scope=scope)

    def _read(self, file: File, host: Host, at: int) -> None:
        self.parts[at] = self._parsed(file, host, at)
        self.places[at] = place_of_file(file.name, host, self.parts[at].facts)
        self._named_by_layout(self.parts[at], host, file)

    def _parsed(self, file: File, host: Host, at: int) -> Parsed:
        if _is_no_source(file):
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
        if data[:4] == _PCAPNG:
            from vxlan_dissect.inventory.sources import pcapng_names

            return pcapng_names.parse(file.name, data)
        if data[:4] in _PCAP:
            return _not_read(file, "not a source: a capture, which `vxd inventory infer` reads", "not-a-source")
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
        text, notes = _without_failure(text, file)
        found = objects.parse_text(text, host, file.name, command)
        if found is not None:
            if not found.facts and found.notes and all(note.kind == "unknown-key" for note in found.notes):
                return _not_read(file, f"not a source: {found.notes[0].why}", "not-a-source")
            return Parsed(found.facts, [*notes, *found.notes, *_unknown(found.rest, file.name)], [])
        listed = text.split("\n", MOST_LINES)
        if len(listed) > MOST_LINES and (after := listed.pop()):
            count = after.count("\n") + 1
            notes.append(
                Note(file.name, MOST_LINES + 1, f"not read: {count} lines above {MOST_LINES}", "skipped", count)
            )
        lines = [(number, line) for number, line in enumerate(listed, 1) if line]
        source = source_of(command)
        if source is None or (any(sign in text for sign in "#$%") and transcript.has_prompts(lines)):
            self.sessions.append(_Session(at, file, host, lines))
            return Parsed([], notes, [])
        own = source.parse(lines, host, file.name, command)
        # A name may be wrong, and several outputs may stand in one file.
        other = parse_by_content(own.rest, host, file.name, command) if own.rest else Parsed([], [], [])
        notes = [*notes, *own.notes, *other.notes, *_unknown(other.rest, file.name)]
        return Parsed(own.facts + other.facts, notes, [])

    def _gathered(self) -> None:
        """Say of each gathering when it was made, and count what was left out of it."""
        told = {fact.scope for part in self.parts for fact in part.facts if isinstance(fact, Collected)}
        for scope, place in self.scopes.items():
            if place.time is not None:
                facts: list[Fact] = [Collected(place.time, Source(scope, 0), scope)]
                self.parts.append(Parsed(facts, [], []))
            elif place.local_time and scope not in told:
                why = f"not read: {place.local_time}, the collector's local time, of which nobody says the zone"
                self.notes.append(Note(scope, None, why, "skipped"))
        for (scope, kind), count in self.left_out.items():
            self.notes.append(Note(scope, None, f"not read: {kind}: {count}", "skipped", count))

    def _part_names(self) -> None:
        """Take a known node's name for the end of a name in which a capture's and a node's stand together."""
        nodes = {fact.name for part in self.parts for fact in part.facts if isinstance(fact, Node)}
        nodes |= {fact.node for part in self.parts for fact in part.facts if isinstance(fact, Pod) and fact.node}
        for name in self.unparted:
            node = max((node for node in nodes if name.endswith(f"-{node}")), key=len, default=None)
            if node is None:
                why = f"no node is known whose name {name!r} ends in: it is called by the whole"
                self.notes.append(Note(name, None, why, "unknown"))
                continue
            whole, own = Host(name), Host(node)
            for part in self.parts:
                for number, fact in enumerate(part.facts):
                    if host_of_fact(fact) == whole:
                        part.facts[number] = cast("Fact", cast("Any", fact)._replace(host=own))
            for places in self.places.values():
                places[:] = [place._replace(host=own) if place.host == whole else place for place in places]

    def _named_by_layout(self, parsed: Parsed, host: Host, file: File) -> None:
        """Note that the folder is a node's, so that its name is not taken for a pod's."""
        node = host.node
        if (
            node
            and node not in self.nodes
            and node not in self.unparted
            and any(host_of_fact(fact) == host for fact in parsed.facts)
        ):
            self.nodes[node] = parsed
            if file.base.startswith(f"{node}."):
                self.by_file.add(node)
            self.facts += 1
        self.facts += len(parsed.facts)


def _without_failure(text: str, file: File) -> tuple[str, list[Note]]:
    """Take off the line with which bugtool ends the output of a command that failed (writeCmdToFile)."""
    match = _FAILURE.search(text, max(0, len(text) - 4096))
    if match is None:
        return text, []
    line = text.count("\n", 0, match.start(1)) + 1
    return text[: match.start(1)], [Note(file.name, line, f"{_FAILED}: {match[2].strip()[:80]}", "broken")]


def _lack(file: File, lines: list[Line]) -> str:
    """Why nothing was found in a text."""
    if not any(line.strip() for _, line in lines):
        return "the file is empty"
    if ".inventory." in file.base:
        return "no line `inventory: 1`, with which such a file begins"
    return best_guess(lines) or "no output of a known command"


def _is_no_source(file: File) -> bool:
    return file.base.lower().replace(".", "-").partition("-")[0] in _NOT_SOURCES


def _scope(file: File, above: int) -> str:
    """The name of the folder or archive so many folders above a file."""
    return "/".join(file.name.split("/")[: -above - 1]) or file.name.partition("/")[0]


def _not_read(file: File, why: str, kind: str = "skipped") -> Parsed:
    return Parsed([], [Note(file.name, None, why, kind)], [])


def _unknown(rest: list[Line], file: str) -> Iterator[Note]:
    for number, line in rest:
        text = line.strip()
        if text[:1] == "#":  # a person's word, which no command prints
            yield Note(file, number, f"a comment: {text[:80]!r}", "prose")
        elif text:
            yield Note(file, number, f"unknown line: {text[:80]!r}", "unknown")


def _without_escapes(text: str) -> str:
    """Drop the colours and titles that a terminal recording holds; lines stay where they are."""
    return re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-_])", "", text)
