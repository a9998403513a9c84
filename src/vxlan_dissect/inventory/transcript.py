"""What did the hosts say in a pasted terminal session?

Law: the host of an output is the one of the command above it, and an output ends at the next prompt, so that prose and
comments may stand inside it; what fits no command's grammar is prose. Output below no command is read by its own form,
its host unknown. A name in a prompt may be a node's or a pod's: `merge` decides, once everything has been read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.commands import Command, names_a_container, prompt_of, understand
from vxlan_dissect.inventory.model import Fact, Host, Node, Note, Pod, Recording, Source
from vxlan_dissect.inventory.sources import helm_set, parse_by_content, source_of
from vxlan_dissect.inventory.sources.base import Line, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNKNOWN_HOST = Host(None)


class _Section(NamedTuple):
    """A command, the host that its prompt (or the shell it was typed in) names, and the lines below it."""

    line: int
    host: Host
    command: str
    output: list[Line]


def has_prompts(lines: Iterable[Line]) -> bool:
    """Whether a line is a prompt with a command that is read."""
    for _, line in lines:
        prompt = prompt_of(line)
        if prompt is not None and understand(prompt.command).is_read:
            return True
    return False


def parse(lines: Sequence[Line], host: Host, file: str, known: Iterable[str] = ()) -> Parsed:
    """Read a session. `host` is meant where no prompt says more; `known` are names of hosts from other files.

    `rest` of what comes back is the prose.
    """
    before, sections = _sections(lines, host)
    names = {*known}
    for section in sections:
        names |= _names(section.host)
    read: list[Parsed | None] = []
    for section in sections:
        command = understand(section.command, names)
        names |= _names(command.host)
        parsed = _read(section, command, file) if command.is_read else None
        if parsed is not None:
            names |= _named(parsed.facts)
        read.append(parsed)
    # What is left may be a wrapper of the user's own, told by a name that stood further down.
    found = parse_by_content(before, host, file)
    for section, parsed in zip(sections, read, strict=True):
        part = parsed or _read(section, understand(section.command, names), file)
        found.facts.extend(part.facts)
        found.notes.extend(part.notes)
        found.rest.extend(part.rest)
    return found


def _sections(lines: Sequence[Line], host: Host) -> tuple[list[Line], list[_Section]]:
    """Part the lines at the prompts; first those above the first prompt."""
    before: list[Line] = []
    sections: list[_Section] = []
    output = before
    session = host  # where a command without a host in its prompt runs
    for number, line in lines:
        prompt = prompt_of(line)
        if prompt is None:
            output.append((number, line))
            continue
        here = session
        if prompt.host is not None and not (names_a_container(prompt.host) and session != host):
            here, session = Host(prompt.host), host
        output = []
        sections.append(_Section(number, here, prompt.command, output))
        command = understand(prompt.command)
        if command.opens_shell:
            session = command.host or here
        elif command.words[:1] in (("exit",), ("logout",)):
            session = host
    return before, sections


def _names(host: Host | None) -> set[str]:
    return {name for name in host or () if name}


def _named(facts: list[Fact]) -> set[str]:
    names = {fact.name for fact in facts if isinstance(fact, Pod | Node)}
    return names | {fact.node for fact in facts if isinstance(fact, Pod) and fact.node}


def _read(section: _Section, command: Command, file: str) -> Parsed:
    host = command.host or section.host
    if command.several:
        return parse_by_content(section.output, host, file)
    source = source_of(command.text) if command.words else None
    if source is None:
        found = parse_by_content(section.output, UNKNOWN_HOST, file)
        if command.is_tcpdump:
            _record(section, command, host, file, found)
        return found
    # What a chart is installed with stands on the command line itself.
    own = [(section.line, section.command)] if source is helm_set else []
    parsed = source.parse(own + section.output, host, file, command.text)
    if command.namespace and command.host is not None and command.host.pod:
        parsed.facts.append(Pod(command.host.pod, Source(file, section.line), namespace=command.namespace))
    other = parse_by_content(parsed.rest, UNKNOWN_HOST, file, command.text)
    return Parsed(parsed.facts + other.facts, parsed.notes + other.notes, other.rest)


# tcpdump(1): the options that take a value; all others are letters that may be joined, as in `-pnei eth0`.
_TCPDUMP_VALUES = frozenset("BcCEFGijmMrsTVwWyzZQ")


def _record(section: _Section, command: Command, host: Host, file: str, found: Parsed) -> None:
    """Add what a tcpdump command recorded, unless it reads a file."""
    said: dict[str, str] = {}
    words = iter(command.words[1:])
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name == "--interface":
                said["i"] = value if equals else next(words, "")
        elif word.startswith("-"):
            at = next((at for at, letter in enumerate(word) if letter in _TCPDUMP_VALUES), None)
            if at is not None:
                said[word[at]] = word[at + 1 :] or next(words, "")
    if "r" in said or "V" in said:
        return
    listening = (line.partition("listening on ")[2].partition(",")[0] for _, line in section.output)
    interface = said.get("i") or next((name for name in listening if name), None)
    if interface is None:
        found.notes.append(Note(file, section.line, "tcpdump on an interface that is not said", "unknown"))
        return
    capture = said.get("w")
    if capture == "-":
        capture = command.redirect
    base = (capture or "").replace("\\", "/").rpartition("/")[2]
    found.facts.append(Recording(host, interface, base or None, Source(file, section.line)))
