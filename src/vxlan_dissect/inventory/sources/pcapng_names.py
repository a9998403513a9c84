"""Which names does a capture hold beside its packets?

A pcapng given as part of the inventory: name resolution blocks (Wireshark writes what it resolved), and what ptcpdump
and NetObserv note of pods.

Law: of the file only what its writer said is read, no packet. An address is a fact's only where a block names it: a
comment at a packet names the pod of a process, not which address is the pod's. Sources: draft-ietf-opsawg-pcapng;
ptcpdump, internal/writer/pcapng.go; network-observability-cli, cmd/packet_capture.go (writeEnrichedData).
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP
from vxlan_dissect.capture import open_capture
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.inventory.model import Fact, Name, Node, Note, Pod, Source
from vxlan_dissect.inventory.sources.base import Parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.capture.names import BlockNames
    from vxlan_dissect.columns import CaptureInterface

MOST_COMMENTS = 100_000
_POD = re.compile(r"^PodName: (\S{1,253})$\n^PodNamespace: (\S{0,63})$", re.MULTILINE)
_LABELS = re.compile(r"^PodLabels: (\{.{0,16000}\})$", re.MULTILINE)
_ENDS = re.compile(r"(\w{1,30}): (\S{1,253}) -> (\w{1,30}): (\S{1,253})\Z")
_NAMESPACES = re.compile(r".{0,300} Namespace: (\S{0,63}) -> .{0,300} Namespace: (\S{0,63})\Z")
_NOTHING = frozenset(("", "n/a", "<none>"))


def parse(file: str, data: bytes) -> Parsed:
    """Name, Pod and Node facts of a pcapng file."""
    found = Parsed([], [], [])
    capture = open_capture(file, stream=io.BytesIO(data))
    comments: dict[str, None] = {}  # ptcpdump repeats one at each packet of a process
    interfaces: Sequence[CaptureInterface] = ()
    try:
        for batch in capture:
            interfaces = batch.interfaces
            if len(comments) < MOST_COMMENTS:
                comments.update(dict.fromkeys(batch.comments.values()))
    except CaptureError as error:
        found.notes.append(Note(file, None, f"not read to its end: {error.reason}", "broken"))
    found.facts.extend(facts_of(capture.names, interfaces, comments, Source(file, 0)))
    if capture.names.left:
        why = f"{capture.names.left} names and comments above the bound were not read"
        found.notes.append(Note(file, None, why, "skipped", capture.names.left))
    if not found.facts and not found.notes:
        found.notes.append(Note(file, None, "not a source: a capture without names", "not-a-source"))
    return found


def facts_of(
    names: BlockNames, interfaces: Sequence[CaptureInterface], comments: Iterable[str], source: Source
) -> list[Fact]:
    """What the names of an open capture say, as far as it was read; `comments` are those of packets."""
    found: list[Fact] = []
    for address, name in names.addresses:
        ip, mac = (address, None) if isinstance(address, IP) else (None, address)
        found.append(Name(name, source, ip=ip, mac=mac))
    for comment in (*comments, *names.section_comments):
        found.extend(_of_comment(comment, source))
    found.extend(_of_interfaces(interfaces, source))
    return list(dict.fromkeys(found))


def _of_comment(comment: str, source: Source) -> Iterator[Pod]:
    """ptcpdump: `PodName: web-1`, `PodNamespace: shop`, `PodLabels: {"app":"web"}`, each on a line."""
    match = _POD.search(comment[:65536])
    if match is None:
        return
    labels = _LABELS.search(comment[:65536], match.end())
    yield Pod(match[1], source, namespace=match[2] or None, labels=_labels(labels[1]) if labels else ())


def _labels(text: str) -> tuple[str, ...]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(f"{key}={value}" for key, value in said.items()) if isinstance(said, dict) else ()


def _of_interfaces(interfaces: Sequence[CaptureInterface], source: Source) -> Iterator[Fact]:
    """NetObserv: an interface for each packet, `Pod: web-1 -> Node: worker`, described with owners and namespaces."""
    for interface in interfaces:
        ends = _ENDS.match(interface.name or "")
        if ends is None:
            continue
        described = _NAMESPACES.match(interface.description or "")
        namespaces = described.groups() if described else ("", "")
        for kind, name, namespace in ((ends[1], ends[2], namespaces[0]), (ends[3], ends[4], namespaces[1])):
            if kind == "Pod" and name not in _NOTHING:
                yield Pod(name, source, namespace=None if namespace in _NOTHING else namespace)
            elif kind == "Node" and name not in _NOTHING:
                yield Node(name, source)
