"""Do the bytes of a hex dump win over the line above it, and only if they are of that packet?"""

from __future__ import annotations

import pytest

from tests.capture.reading import read_text

T = "07:44:28.594775 "
MACS = "4e:5b:57:45:63:3b > a2:79:14:47:80:b3, ethertype IPv4 (0x0800), length 44: "
LINE = "IP 10.0.0.1.5001 > 10.0.0.2.5002: UDP, length 2"
PACKET = bytes.fromhex("4500001e000100004011 66cc 0a000001 0a000002 1389138a000a 8001 6869")
FRAME = bytes.fromhex("a27914478 0b34e5b5745633b0800".replace(" ", "")) + PACKET
ARP = bytes.fromhex("0001080006040001 4e5b5745633b 0a000001 000000000000 0a000002".replace(" ", ""))
HEADERS = {
    1: FRAME[:14],
    113: bytes.fromhex("0000 0001 0006 4e5b5745633b 0000 0800".replace(" ", "")),
    276: bytes.fromhex("0800 0000 00000005 0001 00 06 4e5b5745633b0000".replace(" ", "")),
    0: bytes.fromhex("02000000"),
}


def dump(data: bytes, form: str = "x") -> list[str]:
    """The lines that tcpdump prints of bytes with -x or -X; `wire` as Wireshark and `xxd` as that prints them."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        groups = " ".join(row[i : i + 2].hex() for i in range(0, len(row), 2))
        text = "".join(chr(byte) if 0x21 <= byte <= 0x7E else "." for byte in row)
        lines.append({
            "x": f"\t0x{at:04x}:  {groups}", "X": f"\t0x{at:04x}:  {groups:39}  {text}",
            "lost": f"0x{at:04x}: {groups} {text}",
            "wire": f"{at:04x}  {row.hex(' ')}   {text}", "xxd": f"{at:08x}: {groups:39}  {text}",
            "quoted": f"> 0x{at:04x}:  {groups}",
        }[form])  # fmt: skip
    return lines


@pytest.mark.parametrize("form", ["x", "X", "lost", "wire", "xxd", "quoted"])
@pytest.mark.parametrize("data", [PACKET, FRAME])
def test_forms(form: str, data: bytes) -> None:
    """All forms of dumps are read, also where two spaces became one and tabs were lost."""
    got = read_text(T + LINE, *dump(data, form), T + LINE)
    assert got.frames == [data, b""]
    assert got.batches[0].offsets.tolist() == [0, -1]
    assert got.batches[0].unread == 0
    linktypes = [got.batches[0].interfaces[index].linktype for index in got.batches[0].interfaces_of]
    assert linktypes == [101 if data is PACKET else 1, 1]


@pytest.mark.parametrize("linktype", HEADERS)
def test_link_types(linktype: int) -> None:
    """The link type of a dump is told by how far the addresses of the line stand from its beginning."""
    got = read_text(T + LINE, *dump(HEADERS[linktype] + PACKET))
    assert got.frames == [HEADERS[linktype] + PACKET]
    assert got.batches[0].interfaces[0].linktype == linktype


def test_network_dump_keeps_the_link_header_of_the_line() -> None:
    """Where the dump begins above the link layer, the MACs of the line stay told, and nothing else."""
    (batch,) = read_text(T + MACS + LINE[3:], *dump(PACKET)).batches
    assert sorted(batch.told) == ["eth.dst", "eth.src", "eth.type"]
    assert (batch.captured.tolist(), batch.original.tolist()) == ([30], [30])


def test_whole_dump_needs_no_line() -> None:
    """Where the dump has everything, the text tells nothing."""
    (batch,) = read_text(T + MACS + LINE[3:], *dump(FRAME)).batches
    assert (batch.told, batch.original.tolist()) == ({}, [44])


def test_several_frames() -> None:
    """The dumps of several packets lie one after the other in the buffer."""
    got = read_text(T + LINE, *dump(PACKET), T + LINE, T + LINE, *dump(FRAME))
    assert got.frames == [PACKET, b"", FRAME]


def test_short_dump() -> None:
    """A dump cut by the snaplen is shorter than the packet, as its own header or the line says."""
    got = read_text(T + LINE, *dump(PACKET[:24]), T + MACS + LINE[3:], *dump(FRAME[:32]))
    assert got.frames == [PACKET[:24], FRAME[:32]]
    assert got.batches[0].original.tolist() == [30, 44]


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        (("138a 000a", "138a 00zz"), 38), (("138a 000a", "138a 000"), 38), (("138a 000a", "138a"), 42),
        (("0x0010:", "0x0020:"), 16), (("0x0010:", "0x0011:"), 16), (("0x0000:", "0x0001:"), 0),
    ],
)  # fmt: skip
def test_damage(damage: tuple[str, str], kept: int) -> None:
    """A damaged dump is kept until the damage, and counted; without its beginning it is no dump of the packet."""
    lines = [line.replace(*damage) for line in dump(FRAME)]
    assert lines != dump(FRAME)
    got = read_text(T + MACS + LINE[3:], *lines, T + LINE)
    assert [len(frame) for frame in got.frames] == [kept, 0]
    assert got.frames[0][:38] == FRAME[: min(kept, 38)]
    assert got.batches[0].unread == (kept != 42)  # a group that is missing from the last line cannot be seen


def test_dump_of_something_else() -> None:
    """A dump that does not agree with its line is not taken for the frame: tcpdump dumps options and payloads too."""
    other = bytes.fromhex("4500001e0001000040110000c0000201c0000202") + PACKET[20:]
    for data in (other, b"plain text of a payload", b"\x45", bytes.fromhex("4e5b5745633b")):
        assert read_text(T + LINE, *dump(data)).frames == [b""]
    assert read_text(T + LINE, *dump(bytes.fromhex("4e5b5745633b")), *dump(PACKET)).frames == [PACKET]


def test_arp() -> None:
    """An ARP has bytes only with its link header; without, the line says it."""
    line = T + "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
    header = FRAME[:12] + b"\x08\x06"
    assert read_text(line, *dump(header + ARP)).frames == [header + ARP]
    got = read_text(line, *dump(ARP))
    assert (got.frames, got.told[0]["arp.opcode"]) == ([b""], 1)


def test_names_of_hosts() -> None:
    """Where the line names hosts, the EtherType or the version in the dump says where it begins."""
    line = T + "IP worker-1.5001 > worker-2.5002: UDP, length 2"
    for data in (PACKET, FRAME):
        assert read_text(line, *dump(data)).frames == [data]
    assert read_text(line, *dump(b"\x60" + PACKET[1:])).frames == [b""]


def test_dump_without_a_line() -> None:
    """Hex that stands below prose is prose."""
    assert "no packets" in read_text("the bytes were", *dump(PACKET)).error.reason


def test_endless_dump() -> None:
    """A dump longer than any frame, or of a thousand beginnings, is cut and counted."""
    got = read_text(T + LINE, *dump(PACKET), *dump(bytes(300_000)))
    assert got.frames == [PACKET]
    assert got.batches[0].unread == 1
    got = read_text(T + LINE, *(dump(PACKET) * 1000))
    assert got.frames == [PACKET]
