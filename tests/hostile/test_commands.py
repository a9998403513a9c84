"""What do the commands do with a hostile capture: one clear line, status 2, and nothing that a terminal obeys?"""

from __future__ import annotations

import gzip
import struct

import pytest

from tests.capture.writers import Frame, enhanced, interface, pcap_header, section, write_pcap
from tests.derived.messages import answer, datagram, hello, segment, server_name
from tests.wire.frames import echo6, ether, ipv6
from vxlan_dissect.cli.main import main

ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e"
ECHO = ether(ipv6(echo6()))
BAD_PCAP = write_pcap([ECHO]) + struct.pack("<4I", 1, 0, 0xFFFFFFFF, 0xFFFFFFFF)
BAD_PCAPNG = section() + interface() + enhanced(Frame(ECHO)) + struct.pack("<II", 6, 0xFFFFFFFC)
CHAIN = b"\0\7\x81\x80\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"  # a name that points at itself
BROKEN = {
    "pcap": (BAD_PCAP, 2, 24 + 16 + len(ECHO)),
    "pcapng": (BAD_PCAPNG, 2, len(BAD_PCAPNG) - 8),
    "gzip": (gzip.compress(BAD_PCAP), 2, 24 + 16 + len(ECHO)),
    "cut": (write_pcap([ECHO, ECHO])[:-1], 2, 24 + 16 + len(ECHO)),
}
COMMANDS = (("packets", "-n"), ("packets", "-T", "jsonl"), ("explain",), ("explain", "-T", "jsonl"))


def run(capsys, *arguments):
    """Exit status, standard output and standard error."""
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_capture_is_one_line(capsys, tmp_path, kind, command):
    """The frames before are shown; then file, frame and offset, and status 2."""
    data, frame, offset = BROKEN[kind]
    path = tmp_path / "broken"
    path.write_bytes(data)
    status, out, err = run(capsys, command[0], path, *command[1:])
    assert status == 2
    assert out
    assert "Traceback" not in err
    (line,) = [line for line in err.splitlines() if f"{path}, frame {frame}" in line]
    assert f"offset {offset}" in line


@pytest.mark.parametrize("command", [*COMMANDS, ("packets", "-T", "csv", "-e", "dns.qry.name")])
def test_nothing_moves_the_cursor(capsys, tmp_path, command):
    """Escapes in comments, names of interfaces, DNS and server names and the file name are shown, not sent."""
    raw = ESCAPE.encode()[:40]
    frames = [
        datagram(answer("web.test", "10.0.0.1").replace(b"\3web\4test", b"\x08\x1b[2J\x07\x1bab"), 53, 40000),
        datagram(CHAIN, 53, 40000),
        segment(hello(server_name(b"a" + raw + b"b"))),
    ]
    blocks = [enhanced(Frame(data, comment=ESCAPE)) for data in frames]
    path = tmp_path / f"evil{ESCAPE[:6]}.pcapng"
    path.write_bytes(section("<", (3, raw)) + interface("<", (2, raw), (3, raw)) + b"".join(blocks))
    status, out, err = run(capsys, command[0], path, *command[1:])
    assert status == 0
    assert out.count("\n") >= 3
    for character in ("\x1b", "\x07", "\u202e"):
        assert character not in out
        assert character not in err


def test_a_file_of_nothing_but_a_header(capsys, tmp_path):
    """No frames are no failure; a name that is none is."""
    path = tmp_path / "empty.pcap"
    path.write_bytes(pcap_header())
    assert run(capsys, "packets", path)[0] == 0
    assert run(capsys, "packets", "evil\x1b[2J")[0] == 2
