"""Do lines of text, CSV and JSON hold the values, whatever stands in them?"""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pytest

from tests.listing import made, tshark
from tests.wire.frames import decode_all, echo6, ether, ipv4, ipv6, overlay, tcp
from vxlan_dissect import arrow
from vxlan_dissect.cli.main import main
from vxlan_dissect.listing.batches import Batch
from vxlan_dissect.listing.fields import Column, columns_of
from vxlan_dissect.listing.rows import CsvRows, JsonRows, RowWriter, TextRows
from vxlan_dissect.listing.times import Clock

ECHO = ether(ipv6(echo6()))
HOSTILE = [
    "", "plain", "a,b", 'say "no"', "two\nlines", "tab\there", "=1+1", "+1", "-1", "@x", "\x1b[2J", "\u202egnp.exe",
    "\x00", "\x7f", "\ud800", "ü→", "\r", "'quoted'", '{"a":1}',
]  # fmt: skip
PACKETS = decode_all([ECHO] * len(HOSTILE))


def text_column(texts):
    """A column of text."""
    return Column(pa.field("text", pa.string()), lambda _batch: arrow.strings(texts))


def list_column(lists):
    """A column of several texts a frame, absent where the list is empty."""

    def read(_batch):
        codes = arrow.numbers(np.arange(len(lists)), np.array([bool(one) for one in lists]))
        return arrow.lists(lists).take(codes)

    return Column(pa.field("list", pa.list_(pa.string())), read)


def written(rows, packets=PACKETS):
    """The text of all lines."""
    file = io.BytesIO()
    writer = RowWriter(file, rows)
    writer.write(Batch.of(packets))
    writer.close()
    return file.getvalue().decode()


def chosen(*names):
    """Columns by name."""
    return columns_of(names, Clock("r"))


def test_hostile_text_as_json():
    """Every line is one object of ASCII without control characters, and the text survives."""
    text = written(JsonRows([*chosen("frame.number"), text_column(HOSTILE)]))
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    objects = [json.loads(line) for line in text.splitlines()]
    surviving = ["\\ud800" if one == "\ud800" else one for one in HOSTILE]  # UTF-8 has no lone surrogate
    assert [one["text"] for one in objects] == surviving
    assert [one["frame.number"] for one in objects] == list(range(1, len(HOSTILE) + 1))


def test_hostile_text_as_csv():
    """A reader of CSV gets each text back, except that an apostrophe stands before what would be a formula."""
    text = written(CsvRows([*chosen("frame.number"), text_column(HOSTILE)]))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["frame.number", "text"]
    expected = ["\\ud800" if one == "\ud800" else one for one in HOSTILE]
    expected = [f"'{one}" if one[:1] in {"=", "+", "-", "@", "\t", "\r"} else one for one in expected]
    assert [row[1] for row in rows[1:]] == expected
    assert [row[0] for row in rows[1:]] == [str(n + 1) for n in range(len(HOSTILE))]


def test_hostile_text_on_a_terminal():
    """A frame is one line, cells are told apart by tabs, and no control character gets through."""
    lines = written(TextRows([text_column(HOSTILE), *chosen("frame.number")])).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(HOSTILE)
    assert all(line.replace("\t", "", 1).isprintable() for line in lines)
    assert lines[4] == "two\\x0alines\t5"
    assert lines[10] == "\\x1b[2J\t11"


def test_several_texts_of_a_frame():
    """Joined with commas in text and CSV, where they are quoted as one cell, and an array in JSON."""
    lists = [["a"], ["b", 'c"'], [], ["d,e", "=f"]]
    packets = decode_all([ECHO] * len(lists))
    column = list_column(lists)
    assert written(TextRows([column]), packets) == 'a\nb,c"\n\nd,e,=f\n'
    assert written(CsvRows([column]), packets) == 'list\na\n"b,c"""\n\n"d,e,=f"\n'
    assert [json.loads(line)["list"] for line in written(JsonRows([column]), packets).splitlines()] == [
        ["a"], ["b", 'c"'], None, ["d,e", "=f"]
    ]  # fmt: skip
    assert written(JsonRows([column], sparse=True), packets).splitlines()[2] == "{}"


def test_values_of_every_kind():
    """Numbers are decimal, flags 1 and 0 or true and false, times seconds, absent values empty or null."""
    packets = decode_all([ether(ipv4(tcp(), 6), 0x0800), ECHO])
    names = ("frame.time_epoch", "eth.src", "eth.type", "ip.src", "ip.flags.df", "tcp.flags.push", "frame.protocols")
    assert written(TextRows(chosen(*names)), packets).split("\n") == [
        "0.000000000\t4e:5b:57:45:63:3b\t2048\t172.18.0.4\t0\t1\teth:ip:tcp",
        "0.000001000\t4e:5b:57:45:63:3b\t34525\t\t\t\teth:ipv6:icmpv6",
        "",
    ]
    first, second = map(json.loads, written(JsonRows(chosen(*names)), packets).splitlines())
    assert list(first.values()) == [
        "0.000000000", "4e:5b:57:45:63:3b", 2048, "172.18.0.4", False, True, "eth:ip:tcp"
    ]  # fmt: skip
    assert [name for name, value in second.items() if value is None] == ["ip.src", "ip.flags.df", "tcp.flags.push"]


def test_sparse_objects_leave_out_what_is_absent():
    """Without -e an object has the fields that its frame has."""
    lines = written(
        JsonRows(chosen("ip.src", "ipv6.src", "outer.vxlan.vni"), sparse=True), decode_all([ECHO, overlay(ECHO)])
    )
    assert [list(json.loads(line)) for line in lines.splitlines()] == [["ipv6.src"], ["ipv6.src", "outer.vxlan.vni"]]


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(-1, "-0.000000001"), (-1_500_000_000, "-1.500000000"), (2**62, "4611686018.427387904")]
)
def test_times_before_1970_and_far_away(nanoseconds, text):
    """Seconds with nine decimals, whatever the sign."""
    packets = decode_all([ECHO])
    packets.columns["frame.time_epoch"].values[:] = nanoseconds
    assert written(TextRows(chosen("frame.time_epoch")), packets) == text + "\n"


def test_the_head_stands_above_no_frames_too(tmp_path):
    """CSV of no frames has its header, JSON lines and text nothing."""
    capture = tmp_path / "two.pcap"
    capture.write_bytes(made.two_batches())
    for shape, expected in (("csv", "frame.number,ip.src\n"), ("jsonl", ""), ("text", "")):
        target = tmp_path / f"out.{shape}"
        options = ["-Y", "udp.port == 1", "-e", "frame.number", "-e", "ip.src"]
        assert main(["packets", str(capture), "-T", shape, "-o", str(target), *options]) == 0
        assert target.read_text(encoding="utf-8") == expected


@tshark.needed
@pytest.mark.parametrize(
    "capture",
    ["cilium-1.16/cilium-08-tcp6-short/worker.eth0.pcap", "cilium-1.16/cilium-31-ndp-variants/worker.any.pcap",
     "dual-stack-ping6/1.cap", "flannel/flannel-01-ping-cross-node/worker.any.pcap"],
)  # fmt: skip
def test_fields_are_those_of_tshark(captures_dir, capsys, capture):
    """The same names print the same cells as `tshark -T fields`, where that prints numbers as decimal."""
    path = captures_dir / capture
    if not path.exists():
        path = next((captures_dir / capture.split("/")[0]).rglob("*.pcap"))
    names = (
        "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "ip.src", "ip.dst",
        "ip.ttl", "ipv6.src", "ipv6.dst", "ipv6.hlim", "icmpv6.type", "icmpv6.nd.ns.target_address", "icmp.type",
        "tcp.srcport", "tcp.dstport", "tcp.len", "tcp.flags.syn", "tcp.flags.ack", "arp.opcode", "arp.src.proto_ipv4",
    )  # fmt: skip
    theirs = tshark.fields(path, *names)
    assert main(["packets", str(path), *[option for name in names for option in ("-e", name)]]) == 0
    mine = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    tunnelled = [row[0] != "" for row in tshark.fields(path, "vxlan.vni")]
    assert len(mine) == len(theirs) > 0
    for ours, others, inside in zip(mine, theirs, tunnelled, strict=True):
        for name, cell, other in zip(names, ours, others, strict=True):
            # The last occurrence of an IPv4 field is the outer packet's where the inner one is IPv6.
            if not (inside and name.startswith("ip.") and cell == ""):
                assert cell == other, name
