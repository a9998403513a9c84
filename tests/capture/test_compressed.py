"""Does a compressed capture give the same records, and all of them that can still be decompressed?"""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import zlib

import pytest
from backports import zstd

from tests.capture.reading import read
from tests.capture.writers import pcap_header, write_pcap, write_pcapng
from vxlan_dissect.capture import open_capture
from vxlan_dissect.capture.compressed import PIECE
from vxlan_dissect.capture.source import BLOCK

COMPRESS = {"gzip": gzip.compress, "zstd": zstd.compress}
noise = random.Random(7)
FRAMES = [noise.randbytes(200) for _ in range(200)]  # so that nothing compresses: what is cut is cut in proportion
PCAP = write_pcap(FRAMES)


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
def test_same_records(kind: str, write: object) -> None:
    """gzip and zstd are recognised by content, and offsets count in the decompressed file."""
    plain, packed = read(write(FRAMES)), read(COMPRESS[kind](write(FRAMES)))
    assert packed.error is None
    assert (packed.frames, packed.times) == (plain.frames, plain.times)
    places = [b.base + offset for b in packed.batches for offset in b.offsets.tolist()]
    assert places == plain.batches[0].offsets.tolist()


@pytest.mark.parametrize("kind", COMPRESS)
def test_mapped_file(tmp_path: object, kind: str) -> None:
    """A compressed file on disk, whatever it is called."""
    path = tmp_path / "capture.txt"
    path.write_bytes(COMPRESS[kind](PCAP))
    assert read(path).frames == FRAMES


@pytest.mark.parametrize("kind", COMPRESS)
def test_text_inside(kind: str) -> None:
    """A text may be compressed too."""
    line = b"07:44:28.594775 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64\n"
    assert read(COMPRESS[kind](line)).told[0]["icmp.type"] == 8


@pytest.mark.parametrize("kind", COMPRESS)
def test_members_and_padding(kind: str) -> None:
    """Members or frames one after the other are one stream; zeros may fill up the end."""
    compress = COMPRESS[kind]
    pieces = [PCAP[:10], PCAP[10:5000], b"", PCAP[5000:]]
    packed = b"".join(map(compress, pieces))
    for data in (packed, packed + bytes(3000)):
        got = read(data)
        assert (got.error, got.frames) == (None, FRAMES)


@pytest.mark.parametrize("kind", COMPRESS)
def test_something_after_the_stream(kind: str) -> None:
    """What follows the stream and is no stream is an error, after all records."""
    got = read(COMPRESS[kind](PCAP) + b"trailing words")
    assert got.frames == FRAMES
    assert f"the {kind} data are damaged" in got.error.reason
    assert (got.error.frame, got.error.offset) == (len(FRAMES) + 1, len(PCAP))


def test_cut_gzip_anywhere() -> None:
    """A cut gzip file gives what zlib can decompress of it, and says that and where it ends."""
    packed = gzip.compress(PCAP)
    for size in [*range(18, 200), *range(200, len(packed), 997)]:
        decompressed = zlib.decompressobj(wbits=31).decompress(packed[:size])
        got = read(packed[:size])
        assert got.frames == FRAMES[: max(len(decompressed) - 24, 0) // 216]
        if len(decompressed) >= 4:
            assert "the gzip data are damaged: they end too early" in got.error.reason
        else:
            assert got.error.reason == "the gzip data are damaged: they end too early"


def test_cut_zstd() -> None:
    """Of a cut zstd file all whole blocks come out (128 KiB of content each)."""
    frames = [noise.randbytes(1000) for _ in range(1000)]
    data = write_pcap(frames)
    packed = zstd.compress(data)
    got = read(packed[:-1000])
    assert got.count >= (len(data) - (128 << 10) - 1000) // 1016
    assert got.frames == frames[: got.count]
    assert "the zstd data are damaged: they end too early" in got.error.reason
    assert got.error.frame == got.count + 1


@pytest.mark.parametrize("kind", COMPRESS)
def test_damaged(kind: str) -> None:
    """Any damaged byte is an error; of gzip, the records more than a PIECE before it are right."""
    checked = {zstd.CompressionParameter.checksum_flag: 1}
    packed = gzip.compress(PCAP) if kind == "gzip" else zstd.compress(PCAP, options=checked)
    for place in range(12, len(packed), 1013):
        got = read(packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :])
        sound = max(place - 2 * PIECE, 0) // 216 if kind == "gzip" else 0
        assert got.frames[:sound] == FRAMES[:sound]
        assert got.error is not None


@pytest.mark.parametrize("kind", COMPRESS)
def test_bomb(kind: str) -> None:
    """A stream that grows a thousandfold is read in the memory of a few blocks."""
    record = bytes(8) + (60000).to_bytes(4, "little") * 2 + bytes(60000)
    packed = COMPRESS[kind](pcap_header() + record * 1000)
    assert len(packed) < 100_000
    tracemalloc.start()
    count = sum(len(batch) for batch in open_capture("bomb", stream=io.BytesIO(packed)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1000
    assert peak < 5 * BLOCK


def test_compressed_twice() -> None:
    """A stream in a stream is refused: there are files that contain themselves without end."""
    got = read(gzip.compress(zstd.compress(PCAP)))
    assert got.error.reason == "compressed twice (zstd in gzip): decompress it first"


@pytest.mark.parametrize("kind", COMPRESS)
def test_nothing_inside(kind: str) -> None:
    """An empty file, compressed, is empty."""
    assert read(COMPRESS[kind](b"")).error.reason == "there is nothing in it"
