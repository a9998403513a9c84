"""What did Hubble say of these packets?

Law: Hubble speaks of flows. It notes some packets only (monitor aggregation) and by the clock of the node, so what it
says is of a packet or of others of its flow at that time, and its silence says nothing. A line that cannot be read is
counted and named, and what Hubble itself lost is said.
"""

from __future__ import annotations

from array import array
from collections import Counter
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.capture import COMPRESSED
from vxlan_dissect.capture.compressed import decompressed
from vxlan_dissect.capture.source import open_path, open_stream
from vxlan_dissect.errors import CaptureError, InventoryError
from vxlan_dissect.explain.statements import counted
from vxlan_dissect.inventory.model.times import format_time, parse_time
from vxlan_dissect.trace.clock import corrected
from vxlan_dissect.trace.hubble_lines import VERDICTS, Line, Said, causes_of, printable, protocol_of, said_by
from vxlan_dissect.trace.model import Verdict

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.capture.source import Window
    from vxlan_dissect.trace.hubble_lines import Flow
    from vxlan_dissect.trace.model import Clock

__all__ = ["Events", "causes_of", "read"]

MOST_VERDICTS = 100  # of one packet
_LONGEST = 1 << 20  # bytes of a line
_SLICE = 1 << 20
_FRUITLESS = 1000  # lines that are none, and then it is another file
_TOLD = 10  # line numbers in a note
_MOST_SAID = 1 << 16  # different answers, which are some hundreds for a cluster
_MOST_LOST = (1 << 64) - 1  # what a uint64 holds
_AWAY = ("NODE_UNAVAILABLE", "NODE_ERROR", "NODE_GONE")
_GRAVE = ("DROPPED", "ERROR")
_BARE = "the flow is the same"


def read(path: str | os.PathLike[str], clocks: Iterable[Clock] = ()) -> Events:
    """The flows of a file of `hubble observe -o jsonpb`, or of its compressed form; `-` is standard input.

    `clocks` are those of the nodes: where they are not right, flows are looked up at times by the clock of reference.
    Raises InventoryError where the file cannot be opened, or nothing in it is a line of Hubble.
    """
    name = str(path)
    reader = _Reader(name)
    try:
        window = open_stream(name, None) if name == "-" else open_path(name)
        window.fill(4)
        head = bytes(window.data[:4])
        kind = next((kind for magic, kind in COMPRESSED.items() if head.startswith(magic)), None)
        reader.read(window if kind is None else decompressed(window, kind))
    except CaptureError as error:
        raise InventoryError(name, error.reason) from None
    return Events(reader, clocks)


class Events:
    """What Hubble said. `notes`: sentences about the file as a whole; `len()` of it: how many flows it holds."""

    def __init__(self, reader: _Reader, clocks: Iterable[Clock] = ()) -> None:
        keys, said_of = np.frombuffer(reader.keys, np.uint64), np.frombuffer(reader.said_of, np.int32)
        shown = np.frombuffer(reader.times, np.int64)
        self._said, self._name = list(reader.said), reader.name
        times = shown.copy()
        for clock in clocks:
            mine = np.array([said.node == clock.node for said in self._said], bool)[said_of]
            times[mine] = corrected(times[mine], clock)
        order = np.lexsort((times, keys))
        self._keys, self._times, self._shown, self._said_of = keys[order], times[order], shown[order], said_of[order]
        self._lines = np.frombuffer(reader.lines, np.int64)[order]
        self.notes: tuple[str, ...] = tuple(reader.notes())

    def __len__(self) -> int:
        return len(self._times)

    def verdicts(
        self, *, protocol: str, src: str | None, dst: str | None, src_port: int | None, dst_port: int | None,
        begin_ns: int, end_ns: int,
    ) -> list[Verdict]:  # fmt: skip
        """What is said of a flow from `begin_ns` to `end_ns`, both included, in the order of time.

        `protocol` is `tcp`, `udp`, `sctp`, `icmp` or `icmpv6`; the ports are None for the last two. Both times are ns
        since 1970 by the clock of reference and include what the caller allows the clocks; the times of what is found
        are those of the nodes. Of more than MOST_VERDICTS, drops go before others.
        """
        key = np.uint64(_key(protocol, _address(src or ""), _address(dst or ""), src_port, dst_port))
        begin, end = (int(np.searchsorted(self._keys, key, side)) for side in ("left", "right"))
        times = self._times[begin:end]
        first, last = (max(min(time, (1 << 63) - 1), -1 << 63) for time in (begin_ns, end_ns))
        rows = begin + np.flatnonzero((times >= first) & (times <= last))
        if len(rows) > MOST_VERDICTS:
            grave = np.array([said.verdict in _GRAVE for said in self._said])[self._said_of[rows]]
            rows = np.sort(rows[np.argsort(~grave, kind="stable")[:MOST_VERDICTS]])
        return [self._verdict(row) for row in rows.tolist()]

    def _verdict(self, row: int) -> Verdict:
        said = self._said[int(self._said_of[row])]
        source = f"{self._name}, line {int(self._lines[row])}"
        return Verdict(int(self._shown[row]), said.node, said.verdict, said.reason, said.point, said.basis, source)


class _Reader:
    """Lines as arrays: 28 bytes a flow."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys, self.times, self.lines, self.said_of = array("Q"), array("q"), array("q"), array("i")
        self.said: dict[Said, int] = {}
        self._unread: list[int] = []  # the first lines that could not be read
        self._counts: Counter[str] = Counter()
        self._away: dict[str, None] = {}
        self._problem: str | None = None

    def read(self, window: Window) -> None:
        """All lines of a text. Raises CaptureError where none of them is one of Hubble."""
        decode = msgspec.json.Decoder(Line).decode
        for number, text in enumerate(_lines(window), 1):
            if text is not None and not text.strip():
                continue
            try:
                line = None if text is None else decode(text.removeprefix(b"\xef\xbb\xbf"))
            except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError):
                line = None
            if line is None or not self._take(number, line):
                self._counts["unread"] += 1
                if len(self._unread) < _TOLD:
                    self._unread.append(number)
                if self._counts["unread"] > _FRUITLESS and not self._counts["read"]:
                    break
            else:
                self._counts["read"] += 1
        self._problem = window.problem
        if self._unread and not self._counts["read"]:
            raise CaptureError(self.name, self._problem or "no line in it is one of `hubble observe -o jsonpb`")

    def _take(self, number: int, line: Line) -> bool:
        """Keep or count a line; False where it is none of Hubble."""
        if line.lost_events is not None:
            with suppress(ValueError):
                self._counts["lost"] += max(0, min(int(line.lost_events.num_events_lost), _MOST_LOST))
        elif line.node_status is not None:
            if line.node_status.state_change in _AWAY and len(self._away) < _TOLD:
                self._away |= dict.fromkeys(map(printable, (line.node_status.node_names or [])[:_TOLD]))
        elif line.agent_event is not None or line.debug_event is not None:
            self._counts["others"] += 1
        else:
            flow = line.flow or line
            if flow.IP is None and flow.verdict == 0 and flow.event_type is None:
                return False
            self._keep(number, flow, line)
        return True

    def _keep(self, number: int, flow: Flow, line: Line) -> None:
        time = parse_time(flow.time or line.time)
        src, dst = (_address(flow.IP.source), _address(flow.IP.destination)) if flow.IP else ("", "")
        if time is None or abs(time) >= 1 << 63 or not (src and dst):
            self._counts["aside"] += 1
            return
        protocol, ports = protocol_of(flow.l4)
        said = said_by(flow, line.node_name, ports)
        if said not in self.said and len(self.said) >= _MOST_SAID:
            self._counts["bare"] += 1
            said = Said(None, said.verdict if said.verdict in VERDICTS else "UNKNOWN", None, None, _BARE)
        self.keys.append(
            _key(protocol, src, dst, *((ports.source_port, ports.destination_port) if ports else (None,) * 2))
        )
        self.times.append(time)
        self.lines.append(number)
        self.said_of.append(self.said.setdefault(said, len(self.said)))

    def notes(self) -> Iterator[str]:
        """Sentences about the file as a whole."""
        counts = self._counts
        if self.times:
            begin, end = (format_time(pick(self.times)) for pick in (min, max))
            yield f"{self.name}: {counted(len(self.times), 'flow')} from {begin} to {end}, by the clocks of the nodes"
        else:
            yield f"{self.name}: no flow is in it"
        if counts["lost"]:
            yield f"{self.name}: Hubble lost {counted(counts['lost'], 'event')} itself: drops may be missing"
        if self._away:
            yield f"{self.name}: Hubble did not reach {', '.join(self._away)} at times: drops there may be missing"
        if counts["aside"]:
            yield f"{self.name}: {counted(counts['aside'], 'flow')} without a time or addresses left aside"
        if counts["bare"]:
            yield f"{self.name}: of {counted(counts['bare'], 'flow')} the verdict alone is kept"
        if counts["others"]:
            yield f"{self.name}: {counted(counts['others'], 'event')} of the agent left aside"
        if counts["unread"]:
            numbers = ", ".join(map(str, self._unread)) + (", …" if counts["unread"] > len(self._unread) else "")
            lines = counted(counts["unread"], "line")
            yield f"{self.name}: {lines} could not be read: {numbers}"
        if self._problem:
            yield f"{self.name}: not read to its end: {self._problem}"


def _lines(window: Window) -> Iterator[bytes | None]:
    """The lines of a text, None for each that is too long."""
    rest = b""
    while True:
        for at in range(0, len(window.data), _SLICE):
            window.prepare(at, _SLICE)
            *whole, rest = (rest + window.data[at : at + _SLICE]).split(b"\n")
            rest = rest[: _LONGEST + 1]
            for line in whole:
                yield line if len(line) <= _LONGEST else None
        if not window.more(len(window.data)):
            break
    if rest:
        yield rest if len(rest) <= _LONGEST else None


def _key(protocol: str, src: str, dst: str, src_port: int | None, dst_port: int | None) -> int:
    """64 bits of a flow that no two flows of one file share."""
    text = f"{protocol}|{src}|{dst}|{src_port}|{dst_port}"
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")


@lru_cache(1 << 14)
def _address(text: str) -> str:
    """An address as the journeys write it; empty where it is none."""
    try:
        return str(parse_ip(text))
    except ValueError:
        return ""
