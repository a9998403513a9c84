"""Is a frame one line that can be read, on a screen of any width?"""

from __future__ import annotations

import re

import pytest

from tests.derived.messages import datagram, dns, question
from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, overlay, tcp
from vxlan_dissect.decode import read
from vxlan_dissect.listing.batches import Batch
from vxlan_dissect.listing.lines import Lines, said
from vxlan_dissect.listing.times import Clock
from vxlan_dissect.report.layout import Screen, columns_of

ECHO = ether(ipv6(echo6()))
WIDE = Screen()
TCP = ether(ipv4(tcp(b"four"), 6), 0x0800)
HOSTILE = "\x1b[2Jnote\u202e"


def lines(packets, screen=WIDE, *, flowing=False, captures=False):
    """The lines of all frames."""
    maker = Lines(Clock("r"), screen, flowing=flowing, captures=captures)
    return maker.lines(Batch.of(packets)).decode().splitlines()


def test_columns_stand_below_each_other():
    """Number, time, ends, protocol, length and words, wherever the line goes."""
    between = "fd00:10:244:1::4749 → fd00:10:244:2::9461 ICMPv6"
    echo = "echo request id=7726, seq=1, hop limit=64"
    segment = "50224 → 8080 [PSH, ACK] Seq=7 Ack=9 Win=502 Len=4"
    assert lines(decode_all([ECHO, overlay(ECHO), TCP])) == [
        f"    1   0.000000 {between}   66 {echo}",
        f"    2   0.000001 {between}  116 {echo} · VXLAN 10398 172.18.0.4 → 172.18.0.3",
        f"    3   0.000002 172.18.0.4          → 172.18.0.3          TCP      58 {segment}",
    ]


def test_columns_grow_and_do_not_shrink():
    """Once a column has found its place, later batches keep it."""
    maker = Lines(Clock("r"), Screen(), flowing=False)
    places = [maker.lines(Batch.of(decode_all([frame]))).decode().index(" → ") for frame in (TCP, ECHO, TCP)]
    assert places[0] < places[1] == places[2]


def test_a_capture_has_a_heading():
    """Where several captures are listed, each begins with its name, and its later batches do not."""
    packets = decode_all([TCP, ECHO])
    shown = lines(packets, captures=True)
    assert shown[0] == "==> made by hand <=="
    assert shown[1:] == lines(packets)
    assert lines(packets[1:], captures=True) == lines(packets[1:])


def test_what_is_damaged_or_noted():
    """The damage and the file's comment stand at the end, neutralised."""
    packets = decode_all([ECHO[:60], ECHO], comments={2: HOSTILE})
    first, second = lines(packets)
    assert first.endswith("· icmpv6.echo needs 4 bytes at offset 58 and has 2, ended by the frame length")
    assert second.endswith(" · “\\x1b[2Jnote\\u202e”")
    assert said(Batch.of(packets)).remarks[1] == f"“{HOSTILE}”"


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 400])
def test_lines_keep_to_the_screen(captures_dir, width):
    """No line is wider than the screen, and each word of the long line is there."""
    packets = read(str(captures_dir / "cilium-1.16" / "cilium-08-tcp6-short" / "worker.eth0.pcap"))
    shown = lines(packets, Screen(width), flowing=True)
    assert max(map(columns_of, shown)) <= width
    assert " ".join(shown).split() == " ".join(lines(packets)).split()


def test_wide_screens_have_columns_and_narrow_ones_flow():
    """One line a frame where there is room, else the words go on below the first end."""
    packets = decode_all([ECHO, overlay(ECHO)])
    assert len(lines(packets, Screen(160), flowing=True)) == 2
    narrow = lines(packets, Screen(80), flowing=True)
    assert narrow[0] == "    1   0.000000 fd00:10:244:1::4749 → fd00:10:244:2::9461 ICMPv6 66 echo"
    assert narrow[1] == "                 request id=7726, seq=1, hop limit=64"


def test_colour_repeats_what_is_there():
    """Without its codes a coloured line is the plain one."""
    packets = decode_all([ECHO, overlay(ECHO), ECHO[:60]])
    coloured = lines(packets, Screen(colour=True))
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == lines(packets)
    assert coloured != lines(packets)


def test_a_terminal_without_arrows():
    """Signs that an encoding has not are written otherwise."""
    (line,) = lines(decode_all([overlay(ECHO)]), Screen(encoding="ascii"))
    assert line.isascii()
    assert "fd00:10:244:1::4749 -> fd00:10:244:2::9461" in line


def test_a_frame_of_nothing():
    """A frame without bytes still has its line."""
    (line,) = lines(decode_all([b""]))
    assert line.split()[:4] == ["1", "0.000000", "→", "0"]
    assert line.endswith("eth needs 14 bytes at offset 0 and has 0, ended by the frame length")


def test_hostile_names_of_a_message():
    """A name from the network cannot move the cursor."""
    packets = decode_all([datagram(dns((question("evil\x1b[2J.example"),)))])
    (line,) = lines(packets)
    assert line.isprintable()
    assert line.endswith("query evil\\027[2J.example A")
