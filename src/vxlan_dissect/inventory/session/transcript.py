"""What did the hosts say in a pasted terminal session?

Law: the host of an output is the one of the command above it, of the shell it was typed in, or of the heading above it,
whichever came last; an output ends at the next prompt or heading, so that prose and comments may stand inside it. What
fits no command's grammar is prose. Output below none of these is read by its own form, its host unknown. A name in a
prompt may be a node's or a pod's: `merge` decides, once everything has been read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.merging.merge import host_of
from vxlan_dissect.inventory.model import Fact, Host, Node, Note, Pod, Recording, Source
from vxlan_dissect.inventory.session.attribution import UNKNOWN_HOST, Attribution
from vxlan_dissect.inventory.session.commands import Command, aliases_of, names_a_container, understand
from vxlan_dissect.inventory.session.headings import heading_of
from vxlan_dissect.inventory.session.paste import cleaned, parsed_with_joins
from vxlan_dissect.inventory.session.prompts import Prompt, prompt_of
from vxlan_dissect.inventory.sources import helm_set, kubectl_nodes, kubectl_pods, parse_by_content, source_of
from vxlan_dissect.inventory.sources.base import Line, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Session(NamedTuple):
    """What a session says: as `Parsed`, `rest` the prose, and whose each part of it is."""

    facts: list[Fact]
    notes: list[Note]
    rest: list[Line]
    attributions: list[Attribution]


class _Section(NamedTuple):
    """A command, the lines below it, and the host that its prompt, its shell or a heading names.

    `how` is as in Attribution. `shell` is the same for prompts without a name that look the same, with no more than
    each other between; empty where there is none.
    """

    line: int
    host: Host
    how: str
    command: str
    shell: str
    output: list[Line]


def has_prompts(lines: Iterable[Line]) -> bool:
    """Whether a line is a prompt with a command that is read."""
    for _, line in lines:
        prompt = prompt_of(line)
        if prompt is not None and understand(prompt.command).is_read:
            return True
    return False


def parse(lines: Sequence[Line], host: Host, file: str, known: Iterable[str] = ()) -> Session:
    """Read a session. `host` is meant where nothing says more; `known` are names of hosts from other files."""
    lines = cleaned(lines)
    aliases = aliases_of(lines)
    prompts = [prompt_of(line, aliases) for _, line in lines]
    names = {*known} | _names_in(lines, prompts, aliases)
    sections = _sections(lines, prompts, host, names, aliases)
    found = Session([], [], [], [])
    for section in sections:
        command = understand(section.command, names, aliases)
        parsed = _read(section, command, file)
        found.facts.extend(parsed.facts)
        found.notes.extend(parsed.notes)
        found.rest.extend(parsed.rest)
        if any(host_of(fact) is not None for fact in parsed.facts):
            _attribute(section, command, file, found.attributions)
    return found


def _names_in(lines: Sequence[Line], prompts: Sequence[Prompt | None], aliases: Mapping[str, str]) -> set[str]:
    """The names of hosts that prompts, commands and kubectl's tables tell, wherever in the session they stand."""
    text = "\n".join(line for _, line in lines)
    names: set[str] = set()
    for source in (kubectl_pods, kubectl_nodes):
        if source.accepts(None, text):
            names |= _named(source.parse(lines, UNKNOWN_HOST, "").facts)
    for prompt in prompts:
        if prompt is not None:
            names |= {prompt.host} if prompt.host else set()
            names |= _names(understand(prompt.command, (), aliases).host)
    return names


def _sections(
    lines: Sequence[Line],
    prompts: Sequence[Prompt | None],
    host: Host,
    names: set[str],
    aliases: Mapping[str, str],
) -> list[_Section]:
    """Part the lines at the prompts and headings; the first section is what stands above them."""
    given = "layout" if host != UNKNOWN_HOST else "nothing"
    here, how = host, given  # where a command without a host in its prompt runs
    first: Host | None = None  # named by the first line of a prompt of two
    shells = 0  # how many times another shell began
    sections = [_Section(lines[0][0] if lines else 1, host, given, "", "", [])]
    for (number, line), prompt in zip(lines, prompts, strict=True):
        if prompt is None:
            named = heading_of(line, names)
            if named is not None:
                here, how = named, "heading"
                shells += 1
                sections.append(_Section(number, here, how, "", "", []))
            sections[-1].output.append((number, line))
            continue
        if prompt.opens:
            first = Host(prompt.host)
            continue
        whose, known_by = here, how
        name = first or (Host(prompt.host) if prompt.host is not None else None)
        if name is not None and not (names_a_container(name.name) and how in {"shell", "heading"}):
            whose, known_by = name, "prompt"
            here, how = host, given
            shells += 1
        first = None
        shell = f"{shells} {prompt.form}" if prompt.form else ""
        sections.append(_Section(number, whose, known_by, prompt.command, shell, []))
        command = understand(prompt.command, names, aliases)
        if command.opens_shell:
            shells += 1
            here, how = (command.host, "shell") if command.host is not None else (whose, known_by)
            if here == UNKNOWN_HOST:
                how = "nothing"
        elif command.words[:1] in (("exit",), ("logout",)):
            here, how = host, given
            shells += 1
    return sections


def _attribute(section: _Section, command: Command, file: str, found: list[Attribution]) -> None:
    """Say whose the section is, in one with the last where both are of one shell."""
    host, how, shell = section.host, section.how, section.shell
    if command.host is not None:
        host, shell = command.host, ""
        how = "wrapper" if command.wrapper else "command"
    if host == UNKNOWN_HOST or not _is_of_its_host(command, section):
        host, how = UNKNOWN_HOST, "nothing"
    last = section.output[-1][0] if section.output else section.line
    if how == "nothing" and shell and found and found[-1].shell == shell:
        found[-1] = found[-1]._replace(last=last)
    else:
        found.append(Attribution(file, section.line, last, host, how, shell if how == "nothing" else ""))


def _is_of_its_host(command: Command, section: _Section) -> bool:
    """Whether an output is one of the host it was asked on: what `cat notes.txt` prints may be anyone's."""
    return not section.command or command.is_read


def _names(host: Host | None) -> set[str]:
    return {name for name in host or () if name}


def _named(facts: list[Fact]) -> set[str]:
    names = {fact.name for fact in facts if isinstance(fact, Pod | Node)}
    return names | {fact.node for fact in facts if isinstance(fact, Pod) and fact.node}


def _read(section: _Section, command: Command, file: str) -> Parsed:
    host = command.host or section.host
    if command.several or not section.command:
        return parsed_with_joins(section.output, lambda lines: parse_by_content(lines, host, file))
    source = source_of(command.text) if command.words else None
    if source is None:
        found = parsed_with_joins(section.output, lambda lines: parse_by_content(lines, UNKNOWN_HOST, file))
        if command.is_tcpdump:
            _record(section, command, host, file, found)
        return found
    # What a chart is installed with stands on the command line itself.
    own = [(section.line, section.command)] if source is helm_set else []
    if command.namespace and command.host is not None and command.host.pod:
        own_pod: list[Fact] = [Pod(command.host.pod, Source(file, section.line), namespace=command.namespace)]
    else:
        own_pod = []

    def both(lines: Sequence[Line]) -> Parsed:
        parsed = source.parse([*own, *lines], host, file, command.text)
        other = parse_by_content(parsed.rest, UNKNOWN_HOST, file, command.text)
        return Parsed(own_pod + parsed.facts + other.facts, parsed.notes + other.notes, other.rest)

    return parsed_with_joins(section.output, both)


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
