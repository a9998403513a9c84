"""Does a Parquet file hold every frame, with one schema, whatever comes in which batch?"""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.listing import made
from tests.wire.frames import decode_all
from vxlan_dissect import schema
from vxlan_dissect.cli.main import main
from vxlan_dissect.decode import read
from vxlan_dissect.listing import parquet
from vxlan_dissect.listing.batches import Batch
from vxlan_dissect.listing.fields import columns_of, every_column
from vxlan_dissect.listing.times import Clock


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    """The path of a capture of two batches."""
    path = tmp_path_factory.mktemp("parquet") / "two.pcap"
    path.write_bytes(made.two_batches())
    return path


@pytest.fixture(scope="module")
def file(capture):
    """The Parquet file of all its columns."""
    path = capture.with_suffix(".parquet")
    assert main(["packets", str(capture), "-T", "parquet", "-o", str(path)]) == 0
    return path


def test_every_frame_is_there(capture, file):
    """Every column of the schema, in its order, with the values that to_arrow gives for the whole capture."""
    table, packets = pq.read_table(file), read(str(capture))
    assert table.column_names == list(schema.columns(derived=False))
    expected = packets.to_arrow(table.column_names)
    for name in table.column_names:
        mine, theirs = table[name], expected[name]
        if pa.types.is_dictionary(mine.type):
            mine, theirs = mine.cast(pa.string()), theirs.cast(pa.string())
        assert mine.equals(theirs), name


def test_columns_that_a_later_batch_brings(file):
    """What the first batch has not is null there and present later, in the dictionary columns too."""
    table = pq.read_table(file, columns=["ipv6.src", "outer.ip.src", "tcp.srcport", "arp.src.proto_ipv4"])
    missing = {name: table[name].null_count for name in table.column_names}
    half = made.FIRST + made.LATER // 2
    assert missing == {
        "ipv6.src": half, "outer.ip.src": half, "tcp.srcport": half, "arp.src.proto_ipv4": made.LATER
    }  # fmt: skip
    assert table["outer.ip.src"].slice(made.FIRST).to_pylist()[:3] == ["172.18.0.4", None, "172.18.0.4"]


def test_fields_say_what_they_are(file):
    """Types are those of Arrow, and each field has the schema's sentence, unit and Wireshark name."""
    fields = pq.read_schema(file)
    assert fields.field("ipv6.src").type == pa.dictionary(pa.int32(), pa.string())
    assert fields.field("frame.time_epoch").type == pa.timestamp("ns", "UTC")
    said = fields.field("outer.vxlan.vni").metadata
    assert said[b"doc"].decode() == schema.FIELDS["vxlan.vni"].doc
    assert said[b"wireshark"] == b"vxlan.vni"
    assert fields.field("frame.len").metadata[b"unit"] == b"bytes"
    assert b'"2": "reply"' in fields.field("arp.opcode").metadata[b"names"]


def test_chosen_columns(capture, tmp_path):
    """Only those that -e names, called as they were written; texts of one frame are a list."""
    target = tmp_path / "some.parquet"
    names = ["frame.number", "inner.ipv6.src", "tcp.flags.push", "frame.protocols", "pod"]
    options = [option for name in names for option in ("-e", name)]
    assert main(["packets", str(capture), "-T", "parquet", "-o", str(target), *options]) == 0
    table = pq.read_table(target)
    assert table.column_names == names
    assert table["tcp.flags.push"].type == pa.bool_()
    assert table["pod"].type == pa.list_(pa.string())
    assert table.slice(made.FIRST, 2).to_pylist() == [
        {"frame.number": 17001, "inner.ipv6.src": "fd00:10:244:1::4749", "tcp.flags.push": None,
         "frame.protocols": "eth:ip:udp:vxlan:eth:ipv6:icmpv6", "pod": None},
        {"frame.number": 17002, "inner.ipv6.src": None, "tcp.flags.push": True, "frame.protocols": "eth:ip:tcp",
         "pod": None},
    ]  # fmt: skip


def test_a_filter_and_a_count(capture, tmp_path):
    """-Y and -c pick the rows."""
    target = tmp_path / "some.parquet"
    assert main(["packets", str(capture), "-T", "parquet", "-o", str(target), "-Y", "vxlan", "-c", "3"]) == 0
    assert pq.read_table(target)["frame.number"].to_pylist() == [17001, 17003, 17005]


def test_no_frame_at_all(capture, tmp_path):
    """A filter that matches nothing gives a file of no rows and all columns."""
    target = tmp_path / "none.parquet"
    assert main(["packets", str(capture), "-T", "parquet", "-o", str(target), "-Y", "udp.port == 1"]) == 0
    assert pq.read_table(target).shape == (0, len(list(schema.columns(derived=False))))


@pytest.mark.parametrize(("size", "expected"), [(1, [100, 100, 50]), (60, [120, 120, 10]), (250, [250])])
def test_row_groups(monkeypatch, size, expected):
    """Batches are put together until a row group is full, also when they come frame by frame."""
    monkeypatch.setattr(parquet, "GROUP", 100)
    packets = decode_all([made.ARP, made.SEGMENT] * 125)
    file = io.BytesIO()
    writer = parquet.ParquetWriter(file, every_column())
    for first in range(0, 250, size):
        writer.write(Batch.of(packets[first : first + size]))
    writer.close()
    written = pq.ParquetFile(file)
    groups = [written.metadata.row_group(number).num_rows for number in range(written.num_row_groups)]
    assert groups == expected
    assert written.read()["frame.number"].to_pylist() == list(range(1, 251))


def test_distinct_values_grow_from_batch_to_batch():
    """Rows of different dictionaries follow each other in one row group."""
    file = io.BytesIO()
    writer = parquet.ParquetWriter(file, columns_of(["eth.src"], Clock("r")))
    frames = [bytes(6) + number.to_bytes(6, "big") + b"\x08\x06" for number in range(1000)]
    packets = decode_all(frames)
    for rows in (np.arange(10), np.arange(5, 500), np.arange(999, 0, -1)):
        writer.write(Batch.of(packets.take(rows)))
    writer.close()
    values = pq.read_table(file)["eth.src"].to_pylist()
    numbers = [*range(10), *range(5, 500), *range(999, 0, -1)]
    assert values == [number.to_bytes(6, "big").hex(":") for number in numbers]


def test_a_full_disk_is_said(capture, capsys):
    """What the writing thread meets reaches the user as one line and status 2."""
    assert main(["packets", str(capture), "-T", "parquet", "-o", "/dev/full"]) == 2
    assert "Traceback" not in (err := capsys.readouterr().err)
    assert "No space left" in err


@pytest.mark.parametrize("shape", ["parquet", "csv", "jsonl", "text"])
def test_pandas_is_not_imported(capture, tmp_path, shape):
    """Writing a table needs pyarrow and not pandas, which costs half a second."""
    code = (
        "import sys; from vxlan_dissect.cli.main import main; main(sys.argv[1:]);"
        "print({'pandas', 'networkx', 'scapy', 'dpkt'} & sys.modules.keys())"
    )
    fields = ["-e", "frame.time_epoch", "-e", "eth.src", "-e", "pod", "-e", "tcp.flags.syn", "-e", "ip.flags.df"]
    command = [sys.executable, "-c", code, "packets", capture, *fields, "-c", "9", "-T", shape, "-o", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
