"""Does one clear line say what cannot be opened, and does content alone decide what a capture is?"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.capture.reading import read
from tests.capture.writers import START, write_pcap, write_pcapng
from vxlan_dissect.capture import READERS, open_capture
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = [b"one", b"two"]
TEXT = b"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64\n"
NO_PACKETS = "no packets: not a capture and no tcpdump lines in it"


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is said as the system says it."""
    with pytest.raises(CaptureError) as caught:
        open_capture(str(tmp_path / "none.pcap"))
    assert str(caught.value) == f"{tmp_path}/none.pcap: No such file or directory"
    assert caught.value.exit_code == 2


def test_unusable_name() -> None:
    """A name that no file can have is an error like any other."""
    with pytest.raises(CaptureError, match="null"):
        open_capture("a\0b")


def test_directory(tmp_path: Path) -> None:
    """A directory is no capture."""
    with pytest.raises(CaptureError, match="is a directory"):
        open_capture(str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    """A file without permission is said as the system says it."""
    (tmp_path / "a").write_bytes(write_pcap(FRAMES))
    (tmp_path / "a").chmod(0)
    with pytest.raises(CaptureError, match="Permission denied"):
        open_capture(str(tmp_path / "a"))


def test_empty_file(tmp_path: Path) -> None:
    """An empty file is empty, also as a device and as a stream."""
    (tmp_path / "a").touch()
    for name, reason in ((str(tmp_path / "a"), "the file is empty"), (os.devnull, "there is nothing in it")):
        with pytest.raises(CaptureError, match=reason):
            open_capture(name)
    assert read(b"").error.reason == "there is nothing in it"


@pytest.mark.parametrize("content", [b"hello\n", bytes(range(256)) * 50, b"\0", b"\xd4\xc3", b"PK", b"\x0a\x0d\x0d"])
def test_no_packets(content: bytes) -> None:
    """Text or bytes without a packet are refused in one line."""
    got = read(content)
    assert not got.batches
    assert got.error.reason == NO_PACKETS
    assert str(got.error) == f"made: {NO_PACKETS}"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\x34\xcd\xb2\xa1", "patched libpcap"), (b"\xa1\xb2\xcd\x34", "patched libpcap"), (b"snoop\0\0\0", "snoop"),
        (b"\xfd7zXZ\0", "xz"), (b"BZh9", "bzip2"), (b"\x04\x22\x4d\x18", "lz4"), (b"PK\x03\x04", "zip"),
    ],
)  # fmt: skip
def test_refused_formats(head: bytes, said: str) -> None:
    """Formats that are known but not read are named, also inside gzip."""
    for content in (head + bytes(100), gzip.compress(head + bytes(100))):
        got = read(content)
        assert said in got.error.reason
        assert "\n" not in str(got.error)


def test_content_decides(tmp_path: Path) -> None:
    """The ending of the name says nothing."""
    for ending in ("pcap", "pcapng", "gz", "txt", "zst"):
        path = tmp_path / f"capture.{ending}"
        for content in (write_pcap(FRAMES), write_pcapng(FRAMES), gzip.compress(write_pcap(FRAMES))):
            path.write_bytes(content)
            assert read(path).frames == FRAMES
        path.write_bytes(TEXT)
        assert read(path).count == 1


def test_every_reader_is_listed() -> None:
    """The list ends with text, which takes what the others do not know, and names modules that can read."""
    assert [module for _, module in READERS] == ["pcap", "pcapng", "tcpdump_text"]
    assert READERS[-1][0] == (b"",)


def test_name_of_a_stream() -> None:
    """A stream is called what its user calls it, in errors too."""
    capture = open_capture("from a ticket", stream=io.BytesIO(write_pcap(FRAMES)[:-1]))
    assert capture.name == "from a ticket"
    with pytest.raises(CaptureError, match="from a ticket, frame 2, offset 43: the capture is cut"):
        list(capture)


def test_open_file_as_stream(tmp_path: Path) -> None:
    """An open file is read from where it stands: mapped from its beginning, else as a stream."""
    path = tmp_path / "a"
    path.write_bytes(b"skip" + write_pcap(FRAMES))
    with path.open("rb") as stream:
        stream.read(4)
        assert sum(len(batch) for batch in open_capture("a", stream=stream)) == 2
    path.write_bytes(write_pcap(FRAMES))
    with path.open("rb") as stream:
        (batch,) = open_capture("a", stream=stream)
    assert len(batch.buffer) == path.stat().st_size


def test_gzip_file_as_stream(tmp_path: Path) -> None:
    """An object that decompresses is read through its own methods, not through the descriptor below it."""
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(b"skip" + write_pcap(FRAMES)))
    with gzip.open(path) as stream:
        stream.read(4)
        assert sum(len(batch) for batch in open_capture("a", stream=stream)) == 2


PROGRAM = """
import sys
from vxlan_dissect.capture import open_capture
for batch in open_capture("-"):
    print(len(batch), batch.times.tolist()[0], len(batch.buffer))
"""


def test_standard_input_from_a_file(tmp_path: Path) -> None:
    """`vxd explain - < file` maps the file."""
    path = tmp_path / "a"
    path.write_bytes(write_pcap(FRAMES))
    with path.open("rb") as stream:
        done = subprocess.run([sys.executable, "-c", PROGRAM], stdin=stream, capture_output=True, text=True, check=True)
    assert done.stdout == f"2 {START} {path.stat().st_size}\n"


def test_closed_standard_input() -> None:
    """A process without standard input says so."""
    program = "import sys; sys.stdin = None\nfrom vxlan_dissect.capture import open_capture\nopen_capture('-')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "CaptureError: -: there is no standard input" in done.stderr


def test_imports() -> None:
    """Opening a pcap imports neither the other readers nor what only they need."""
    program = (
        "import sys\nfrom vxlan_dissect.capture import open_capture\n"
        "print([m for m in sys.modules if m in ('gzip', 'pandas', 'zstd') or m.endswith(('pcapng', '_text'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
