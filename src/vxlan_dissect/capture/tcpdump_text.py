"""Which packets does a text show that was copied from a terminal?

Law: packet lines are found among prose, prompts and other outputs; what belongs to one is read together, and a line
that is one but is not understood stays a frame. Nothing is known that the text does not say: a packet has no bytes
(offset -1) but those of a hex dump, which wins over the line above it.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.capture import hexdump
from vxlan_dissect.capture.records import BATCH_RECORDS, ETHERNET, LINUX_SLL, LINUX_SLL2, LOOP, Records
from vxlan_dissect.capture.source import BLOCK
from vxlan_dissect.capture.tcpdump_lines import read_packet
from vxlan_dissect.capture.tcpdump_session import TIME, Session, Sessions
from vxlan_dissect.capture.told import Told, Value, to_columns
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.packets import CaptureInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.capture.source import Window

MAX_LINE = 1 << 16  # characters of a line that are read
MAX_PACKET = 1 << 16  # characters of the lines of a packet that are read
MAX_INTERFACES = 0x10000  # what Records.interfaces_of can count
_SLICE = 1 << 20
_ESCAPE = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_MAC = r"(?:[0-9A-Fa-f]{2}:[0-9A-Fa-f:]{14}|Broadcast)"
_NETWORK = (
    r"(?:(?:IP6?|ip6?:) (?:\S{1,300} > \S{1,300}:|\((?:tos|class|flowlabel|hlim) |truncated-ip)"
    r"|ARP, |arp (?:who-has|reply) )"
)
_COOKED = rf"(?:\S{{1,15}} +)?(?:In|Out|B|M|P|\?) +(?:{_NETWORK}|ifindex \d|{_MAC} |ethertype )"
_PACKET = rf"(?:{_NETWORK}|{_MAC}(?: \(oui [^)]{{1,60}}\))? > {_MAC}(?:,| \(oui )|{_COOKED})"
_UNTIMED = re.compile(rf"[\s>|]{{0,40}}{_PACKET}")
# What else stands after a time: the other protocols that tcpdump names first.
_TIMED = re.compile(
    rf"{_PACKET}|{_MAC} > |IP |ip6?: |STP|LLDP|EAPOL|802\.|vlan |MPLS|PPPoE|LLC|CDP|IPX|Loopback|AF |RARP|\["
)
_TUNNEL = re.compile(r"(?:instance|vni) \d{1,8}$")
_ADDRESSES = re.compile(r"\S{1,300} > \S{1,300}:")
_QUOTED = re.compile(r"(?:IP )?\(tos ")
_OPTION = re.compile(r"[a-z][a-z0-9 -]{1,40} option \(\d{1,3}\), length \d|hop limit \d{1,3}, Flags \[")


class _Pending:
    """A packet of which more lines may come."""

    def __init__(self, session: Session, time: tuple[int, bool] | None, column: int, line: str) -> None:
        self.session, self.time, self.column = session, time, column
        self.lines = [line]
        self.room = MAX_PACKET - len(line)
        self.dumps = hexdump.Dumps()

    def continues(self, line: str) -> bool:
        """Whether `line`, whose indentation may be lost, belongs to the packet."""
        last = self.lines[-1]
        if "(tos " in last and last.endswith(")"):
            return _ADDRESSES.match(line) is not None
        if "ICMP " in last and any(word in last for word in ("unreachable", "exceeded", "redirect")):
            return _QUOTED.match(line) is not None
        return _TUNNEL.search(last, max(len(last) - 40, 0)) is not None or _OPTION.match(line) is not None

    def untimed(self, line: str) -> bool:
        """Whether `line` may be the next packet where lines have no time (-t)."""
        return self.time is None and _TIMED.match(line) is not None

    def add(self, line: str) -> None:
        if len(line) <= self.room:
            self.lines.append(line)
            self.room -= len(line)


class _Row(NamedTuple):
    """A packet that was read. `dated` is None where it has no time; `dump` is empty where it has no bytes."""

    values: dict[str, Value]
    layers: tuple[str, ...]
    time: int
    dated: bool | None
    interface: int
    dump: bytes
    original: int


def read(window: Window) -> Iterator[Records]:
    """The packets of a text. Raises CaptureError where it has none, or after them where it could not be read."""
    text = _Text(window.name)
    fault = None
    try:
        for line in _lines(window):
            if line is not None:
                text.take(line)
            else:
                text.finish()
            if text.rows and (line is None or len(text.rows) == BATCH_RECORDS or text.size >= BLOCK):
                yield text.batch()
        text.finish()
    except CaptureError as error:
        fault = error
    if text.rows:
        yield text.batch()
    if fault is None and window.problem:
        fault = CaptureError(window.name, window.problem, frame=text.first)
    if fault is not None:
        raise fault
    if text.first == 1:
        raise CaptureError(window.name, "no packets: not a capture and no tcpdump lines in it")


def _lines(window: Window) -> Iterator[str | None]:
    """The lines of a text, and None where a live one falls silent."""
    # What PowerShell writes into a file is UTF-16.
    encoding = "utf-16" if window.data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest = ""
    while True:
        for at in range(0, len(window.data), _SLICE):
            *lines, rest = (rest + decoder.decode(window.data[at : at + _SLICE])).split("\n")
            rest = rest[:MAX_LINE]
            yield from map(_clean, lines)
        if window.quiet:
            yield None
        if not window.more(len(window.data)):
            break
    yield _clean(rest)


def _clean(line: str) -> str:
    line = line[:MAX_LINE].rstrip()
    return _ESCAPE.sub("", line) if "\x1b" in line else line


class _Text:
    """A text so far: its sessions, the packet that is being read, and the packets since the last batch."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.first = 1
        self.rows: list[_Row] = []
        self.interfaces: list[CaptureInterface] = []
        self.unread = 0
        self.dumped = 0  # bytes of the dumps of all batches before
        self.size = 0  # of the dumps in `rows`
        self._numbers: dict[CaptureInterface, int] = {}
        self._sessions = Sessions()
        self._pending: _Pending | None = None
        self._output = False  # the line before was one of tcpdump

    def take(self, line: str) -> None:
        """Take the next line."""
        pending = self._pending
        words = line.lstrip()
        if not words or (pending is not None and pending.dumps.add(line)):
            return
        column = len(line[: len(line) - len(words)].expandtabs())
        time = TIME.match(line)
        if time is not None and self._begins(column) and (self._output or _TIMED.match(line, time.end())):
            self._start(self._sessions.current.time(time), column, line[time.end() :])
        elif pending is not None and (column > pending.column + 1 or pending.continues(words)):
            pending.add(words)
        elif _UNTIMED.match(line) or (self._output and pending is not None and pending.untimed(words)):
            self._start(None, column, words.lstrip(">| "))
        else:
            self.finish()
            self._sessions.current.column = None
            self._output = self._sessions.note(line)

    def _begins(self, column: int) -> bool:
        """Whether a packet line may begin here: what is indented under one is its payload (-v, -A)."""
        session = self._sessions.current
        return session.column is None or column <= session.column + 1

    def _start(self, time: tuple[int, bool] | None, column: int, line: str) -> None:
        """Begin a packet with its first line, after the time."""
        self.finish()
        session = self._sessions.current
        session.used = self._output = True
        if session.column is None:
            session.column = column
        self._pending = _Pending(session, time, column, line)

    def finish(self) -> None:
        """Read the packet whose lines are complete."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        told, name = read_packet("\n".join(pending.lines), absolute=pending.session.absolute)
        dump, start = _frame(pending.dumps, told)
        self.unread += pending.dumps.damaged + (not told.layers)
        said = told.frame.get("frame.len")
        length = hexdump.wire_length(dump, start, told) if dump else said if isinstance(said, int) else -1
        time, dated = pending.time or (0, None)
        values = told.columns() if not dump else {} if start else told.link_columns()
        interface = self._interface(pending.session, name, told, start if dump else None)
        self.size += len(dump)
        self.rows.append(_Row(values, tuple(told.layers), time, dated, interface, dump, length))

    def _interface(self, session: Session, name: str | None, told: Told, start: int | None) -> int:
        """The number of the interface of a packet, of whose dump `start` bytes are the link header."""
        if start is not None:
            linktype = LOOP if session.linktype == LOOP and start == 4 else hexdump.linktype_of(start)
        elif session.linktype is not None:
            linktype = session.linktype
        elif "sll" in told.layers:
            linktype = LINUX_SLL2 if name or "sll.ifindex" in told.frame else LINUX_SLL
        else:
            linktype = ETHERNET
        named = session.interface if name is None or session.stored else name
        described = CaptureInterface(linktype, name=named, host=session.host)
        number = self._numbers.setdefault(described, len(self.interfaces))
        if number == MAX_INTERFACES:
            raise CaptureError(self.name, f"more than {MAX_INTERFACES} interfaces", frame=self.first + len(self.rows))
        if number == len(self.interfaces):
            self.interfaces.append(described)
        return number

    def batch(self) -> Records:
        """The packets since the last batch."""
        rows, self.rows = self.rows, []
        first, self.first = self.first, self.first + len(rows)
        unread, self.unread, self.size = self.unread, 0, 0
        dated = next((row.dated for row in rows if row.dated is not None), False)
        for row in rows:
            if row.dated is not None and row.dated != dated:
                row.values["frame.time_epoch" if row.dated else "frame.time_of_day"] = row.time
        captured = np.array([len(row.dump) for row in rows], dtype=np.int64)
        base, self.dumped = self.dumped, self.dumped + int(captured.sum())
        timed = np.array([row.dated is dated for row in rows], dtype=bool)
        return Records(
            buffer=np.frombuffer(b"".join(row.dump for row in rows), dtype=np.uint8),
            offsets=np.where(captured > 0, np.cumsum(captured) - captured, -1),
            captured=captured,
            original=np.array([row.original for row in rows], dtype=np.int64),
            times=np.array([row.time if row.dated is dated else 0 for row in rows], dtype=np.int64),
            interfaces_of=np.array([row.interface for row in rows], dtype=np.uint16),
            interfaces=self.interfaces,
            first=first,
            base=base,
            dated=dated,
            told=to_columns([row.values for row in rows]),
            told_layers=[row.layers for row in rows],
            timed=None if timed.all() else timed,
            unread=unread,
        )


def _frame(dumps: hexdump.Dumps, told: Told) -> tuple[bytes, int]:
    """The dump that is of the packet, and how many bytes of it are the link header; empty where none is."""
    for dump in reversed(dumps.dumps):
        start = hexdump.link_header(dump, told)
        if start is not None:
            return bytes(dump), start
    return b"", 0
