"""Which differences from Wireshark's readers of capture files are known, and who is right?

Law: as in `known`: a class of files each, with an example made by hand that shows it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from tests.capture.writers import Frame, block, enhanced, interface, pcap_header, section, write_pcap
from tests.differential.known import BOTH, WE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.differential.records import Record, Walk

LARGEST_LENGTH = (1 << 31) - 1
LARGEST_TIME = (1 << 63) - 1
RECORD = struct.Struct("<IIII")


class RecordDifference(NamedTuple):
    """One thing in which the reading of a file differs.

    `what`: `refused`, `count`, `problem`, or a field of Record, of the record `number`. `ours`, `theirs`: the whole
    readings, of which the latter is None where Wireshark refuses the file.
    """

    path: Path
    what: str
    mine: object
    their: object
    number: int
    ours: Walk
    theirs: Walk | None

    def __str__(self) -> str:
        where = f"{self.path.name} {self.number or ''}"
        return f"{where}: {self.what} {self.mine!r}, they {self.their!r} ({self.ours.problem})"


class KnownRecords(NamedTuple):
    """A class of differences; the fields are those of Known, `example` is a whole file."""

    name: str
    right: str
    why: str
    source: str
    matches: Callable[[RecordDifference], bool]
    example: bytes


def differences(path: Path, ours: Walk, theirs: Walk | None) -> Iterator[RecordDifference]:
    """What differs between two readings of a file."""

    def found(what: str, mine: object, their: object, number: int = 0) -> RecordDifference:
        return RecordDifference(path, what, mine, their, number, ours, theirs)

    if theirs is None:
        if ours.records:
            yield found("refused", len(ours.records), None)
        return
    records = theirs.records
    if len(ours.records) != len(records):
        yield found("count", len(ours.records), len(records))
        records = packets(theirs)
    if bool(ours.problem) != bool(theirs.problem):
        yield found("problem", ours.problem, theirs.problem)
    for number, (mine, their) in enumerate(zip(ours.records, records, strict=False), 1):
        for name in mine._fields:
            one, other = getattr(mine, name), getattr(their, name)
            if one != other and (name != "interface" or other is not None):
                yield found(name, one, other, number)


def packets(walk: Walk) -> list[Record]:
    """The records without custom blocks of pcapng, which tshark counts too: they have neither time nor interface."""
    return [record for record in walk.records if (record.time, record.interface) != (None, None)]


def explanation(difference: RecordDifference) -> KnownRecords | None:
    """The entry that a difference belongs to."""
    return next((entry for entry in KNOWN if entry.matches(difference)), None)


def because(*beginnings: str) -> Callable[[RecordDifference], bool]:
    """Whether we stopped for a reason that begins so."""
    return lambda difference: difference.ours.problem.startswith(beginnings)


def beyond_its_second(difference: RecordDifference) -> bool:
    """The record of a pcap file has a fraction of a second or more."""
    data, position = difference.path.read_bytes(), 24
    order = "<" if data[:1] in {b"\xd4", b"\x4d"} else ">"
    limit = 1_000_000_000 if b"\x3c" in data[:4] else 1_000_000
    for _ in range(difference.number):
        _, fraction, captured, _ = struct.unpack_from(f"{order}IIII", data, position)
        position += RECORD.size + captured
    return difference.what == "time" and fraction >= limit


def table() -> str:
    """The entries as a table in Markdown."""
    rows = [f"| {entry.name} | {entry.why} | {entry.right} | {entry.source} |" for entry in KNOWN]
    return "\n".join(["| what differs | why | who is right | by |", "|---|---|---|---|", *rows]) + "\n"


def record(fraction: int = 0, original: int = 4, data: bytes = b"data") -> bytes:
    """A record of a pcap file."""
    return RECORD.pack(1_700_000_000, fraction, len(data), original) + data


def odd() -> bytes:
    """An obsolete packet block that takes 36 bytes and claims 35."""
    total = struct.pack("<I", 35)
    return struct.pack("<I", 2) + total + struct.pack("<HHIIII", 0, 0, 0, 1, 3, 3) + b"abc\0" + total


def patched() -> bytes:
    """Two records with 8 bytes more before their data, of a libpcap that was patched, under the common magic."""
    head = RECORD.pack(1_700_000_000, 0, 60, 60) + bytes(8)
    return pcap_header() + (head + b"\xff" * 60) * 2


NAMED = [interface("<", (2, name)) for name in (b"eth0", b"eth1")]
KNOWN = (
    KnownRecords(
        "version of pcap", BOTH, "We read version 2.4, whose records are defined; tshark guesses at those of others.",
        "draft-ietf-opsawg-pcap section 4", because("pcap version", "pcap with the record headers of a patched"),
        pcap_header(version="2.3") + record(),
    ),
    KnownRecords(
        "minor version of pcapng", WE, "A new minor version can be read as those before; tshark refuses the file.",
        "draft-ietf-opsawg-pcapng section 4.1",
        lambda d: d.what == "refused" and not d.ours.problem,
        section(version=(1, 9)) + interface() + enhanced(Frame(b"data")),
    ),
    KnownRecords(
        "file that tshark refuses", BOTH, "We read what comes before a fault; tshark nothing if that is the beginning.",
        "draft-ietf-opsawg-pcap section 5",
        lambda d: d.what == "refused", write_pcap([b"data"], 281),
    ),
    KnownRecords(
        "link type that is not decoded", BOTH, "We read the records and then say that they cannot be decoded.",
        "tcpdump.org/linktypes.html",
        lambda d: d.what == "problem" and because("link type")(d), write_pcap([b"data"], 127),
    ),
    KnownRecords(
        "link type with a head before the frame", BOTH, "We count the bytes of the record; tshark takes the head off.",
        "tcpdump.org/linktypes.html",
        lambda d: d.what in {"original", "captured"} and because("link type")(d), write_pcap([bytes(8)], 123),
    ),
    KnownRecords(
        "block that is no multiple of 4 bytes", WE, "Nothing says where the next block begins; tshark rounds up.",
        "draft-ietf-opsawg-pcapng section 3.1",
        lambda d: d.what in {"count", "problem"} and because("a block of type")(d),
        section() + interface() + odd(),
    ),
    KnownRecords(
        "custom block", WE, "It is no packet; tshark counts it as one.", "draft-ietf-opsawg-pcapng (Custom Block)",
        lambda d: d.what == "count" and d.theirs is not None and len(d.ours.records) == len(packets(d.theirs)),
        section() + interface() + block("<", 0xBAD, bytes(8)) + enhanced(Frame(b"data")),
    ),
    KnownRecords(
        "interface of a later section", WE, "Interfaces count within their section; tshark names one of the first.",
        "draft-ietf-opsawg-pcapng section 4.2", lambda d: d.what == "interface",
        section() + NAMED[0] + enhanced(Frame(b"data")) + section() + NAMED[1] + enhanced(Frame(b"data")),
    ),
    KnownRecords(
        "time after 2262", BOTH, "Nanoseconds since 1970 in 64 bits end there; we show no time.",
        "docs/columns.md", lambda d: d.what == "time" and d.mine is None and d.their > LARGEST_TIME,
        section() + interface() + enhanced(Frame(b"data"), ticks=1 << 63),
    ),
    KnownRecords(
        "length of 2 GiB and more", WE, "Lengths have 32 bits without a sign; tshark ends at 31 bits.",
        "draft-ietf-opsawg-pcap section 5",
        lambda d: d.what == "original" and d.their == LARGEST_LENGTH, pcap_header() + record(original=0xFFFFFFFF),
    ),
    KnownRecords(
        "fraction of more than a second", BOTH, "We add it to the seconds; tshark keeps its low bits.",
        "draft-ietf-opsawg-pcap section 5",
        lambda d: d.what == "time" and d.their is not None and beyond_its_second(d), pcap_header() + record(0x80000000),
    ),
    KnownRecords(
        "damaged pcap", BOTH, "We stop at a length that cannot be; tshark tries whether records were longer then.",
        "draft-ietf-opsawg-pcap section 5", because("a record claims"),
        patched(),
    ),
)  # fmt: skip

if __name__ == "__main__":
    print(table())
