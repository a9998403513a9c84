"""Does a live pipe give each packet as it comes, and a burst like a file?"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.capture.reading import frames_of
from tests.capture.writers import as_frames, enhanced, interface, pcap_header, section, write_pcap, write_pcapng
from vxlan_dissect.capture import open_capture, source
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FRAMES = [b"first", b"second", b"third"]
LINES = [f"07:44:28.59477{n} IP 10.0.0.{n} > 10.0.0.9: ICMP echo request, id 1, seq {n}, length 64\n" for n in range(3)]
PATIENCE = 20  # seconds until a test that waits for another thread gives up


def records(frames: list[bytes]) -> list[bytes]:
    """The bytes that tcpdump writes for each frame, the file header with the first."""
    whole = [write_pcap([frame])[24:] for frame in frames]
    return [pcap_header() + whole[0], *whole[1:]]


def blocks(frames: list[bytes]) -> list[bytes]:
    """The same as pcapng."""
    whole = [enhanced(frame) for frame in as_frames(frames)]
    return [section() + interface() + whole[0], *whole[1:]]


def gzip_pieces(pieces: list[bytes]) -> list[bytes]:
    """The pieces as `gzip` gives them that is flushed after each."""
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]
    return [*packed[:-1], packed[-1] + packer.flush()]


class Writer:
    """The writing end of a pipe in a thread: each piece is written when the one before it was read."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.seen = [threading.Event() for _ in pieces]
        reading, self.end = os.pipe()
        self.stream = os.fdopen(reading, "rb")
        self.patient = True
        self.thread = threading.Thread(target=self._write, args=[pieces])
        self.thread.start()

    def _write(self, pieces: list[bytes]) -> None:
        for piece, seen in zip(pieces, self.seen, strict=True):
            os.write(self.end, piece)
            self.patient &= seen.wait(PATIENCE)
        os.close(self.end)

    def batches(self) -> Iterator[object]:
        """Each batch; the next piece is written once it was taken."""
        for number, batch in enumerate(open_capture("-", stream=self.stream)):
            yield batch
            self.seen[number].set()
        self.stream.close()
        self.thread.join()
        assert self.patient, "a batch came only after the next packet was written"


@pytest.mark.parametrize("pieces", [records(FRAMES), blocks(FRAMES), gzip_pieces(records(FRAMES))])
def test_slow_writer(pieces: list[bytes]) -> None:
    """A packet comes out before the next one is written, from pcap, pcapng and gzip."""
    got = list(Writer(pieces).batches())
    assert [frame for batch in got for frame in frames_of(batch)] == FRAMES
    assert [batch.first for batch in got] == [1, 2, 3]


def test_slow_text() -> None:
    """A line of tcpdump comes out before the next one is written; the lines below it come with it."""
    dump = "\t0x0000:  4500 001c 0000 0000 4001 0000 0a00 0001\n\t0x0010:  0a00 0009 0800 f7fd 0001 0001\n"
    got = list(Writer([LINES[0].encode(), (LINES[1] + dump).encode(), LINES[2].encode()]).batches())
    assert [len(batch) for batch in got] == [1, 1, 1]
    assert [len(frame) for batch in got for frame in frames_of(batch)] == [0, 28, 0]


def test_places_in_a_pipe() -> None:
    """`base` and the offsets together count from the beginning of the stream."""
    got = list(Writer(records(FRAMES)).batches())
    assert [batch.base + int(batch.offsets[0]) for batch in got] == [40, 40 + 5 + 16, 40 + 5 + 16 + 6 + 16]


def test_record_in_two_pieces() -> None:
    """A record that comes in pieces comes out once it is whole, and does not hold up the one before it."""
    data = b"".join(records(FRAMES))
    got = list(Writer([data[:50], data[50:]]).batches())
    assert [frames_of(batch) for batch in got] == [FRAMES[:1], FRAMES[1:]]


@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
def test_burst(write: Callable[..., bytes]) -> None:
    """What comes at once is one batch, as from a file."""
    data = write([bytes([n]) * 100 for n in range(200)])
    done = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))",
                             data.hex()], stdout=subprocess.PIPE)  # fmt: skip
    with done:
        (batch,) = open_capture("-", stream=done.stdout)
    assert len(batch) == 200


def test_never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that never falls quiet is not waited for longer than LATEST_S."""
    monkeypatch.setattr(source, "LATEST_S", 0.1)
    reading, writing = os.pipe()
    stop = threading.Event()

    def write() -> None:
        os.write(writing, pcap_header())
        while not stop.wait(0.01):
            os.write(writing, records([b"x"])[0][24:])
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as stream:
        batches = iter(open_capture("-", stream=stream))
        begin = time.monotonic()
        first = next(batches)
        waited = time.monotonic() - begin
        stop.set()
        rest = list(batches)
    thread.join()
    assert waited < PATIENCE / 2
    assert len(first) >= 1
    assert rest is not None


def test_blocks_of_a_fast_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that has more than BLOCK bytes is read in such blocks, whatever the places where they end."""
    monkeypatch.setattr(source, "BLOCK", 1000)
    frames = [bytes([n % 256]) * (n % 90) for n in range(500)]
    data = write_pcap(frames)
    assert len(data) < 65536  # which a pipe takes at once
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        got = list(open_capture("-", stream=stream))
    assert [frame for batch in got for frame in frames_of(batch)] == frames
    assert max(len(batch.buffer) for batch in got) < 1200


def test_named_pipe(tmp_path: object) -> None:
    """A named pipe is read as it comes."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    thread = threading.Thread(target=lambda: path.write_bytes(write_pcap(FRAMES)))
    thread.start()
    assert [frame for batch in open_capture(str(path)) for frame in frames_of(batch)] == FRAMES
    thread.join()


def test_cut_pipe() -> None:
    """A writer that ends inside a record: the records before it, then the error with its place in the stream."""
    data = b"".join(records(FRAMES))
    reading, writing = os.pipe()
    os.write(writing, data[:-2])
    os.close(writing)
    got = []
    with os.fdopen(reading, "rb") as stream, pytest.raises(CaptureError) as caught:
        got.extend(open_capture("-", stream=stream))
    assert sum(map(len, got)) == 2
    assert (caught.value.frame, caught.value.offset) == (3, 24 + 16 + 5 + 16 + 6)


def test_unreadable_stream() -> None:
    """A stream that fails is an error after what it gave."""

    class Failing:
        def __init__(self) -> None:
            self.left = [write_pcap(FRAMES)]

        def read(self, _size: int) -> bytes:
            if not self.left:
                raise OSError(5, "Input/output error")
            return self.left.pop()

    got = []
    with pytest.raises(CaptureError, match="Input/output error"):
        got.extend(open_capture("-", stream=Failing()))
    assert sum(map(len, got)) == 3
