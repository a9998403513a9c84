"""Do pandas and Arrow tables hold the same as the packets, with the promised types?"""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.derived.messages import answer, datagram
from tests.wire.frames import decode_all, decode_one, echo6, ether, ipv4, ipv6, overlay, tcp
from vxlan_dissect import arrow, schema
from vxlan_dissect.decode import read

ECHO = ether(ipv6(echo6()))
TCP = ether(ipv4(tcp(), 6), 0x0800)


@pytest.fixture
def packets():
    """An echo, a tunnelled echo, a TCP segment and a cut frame."""
    return decode_all([ECHO, overlay(ECHO), TCP, ECHO[:30]])


def test_columns_that_occur_in_schema_order(packets):
    """No column without a value, none left out."""
    frame = packets.to_pandas()
    expected = [name for name in schema.columns() if packets.column(name).valid.any()]
    assert list(frame.columns) == expected == packets.to_arrow().column_names


def test_dtypes(packets):
    """Numbers keep their width and turn nullable where one is absent; addresses are categories; times have a zone."""
    types = packets.to_pandas().dtypes.astype(str).to_dict()
    expected = {
        "frame.number": "uint32", "frame.time_epoch": "datetime64[ns, UTC]", "frame.layers": "category",
        "frame.offset": "int64", "damage.layer": "category", "damage.need": "Int64", "eth.src": "category",
        "eth.type": "uint16", "ip.ttl": "UInt8", "ip.flags.df": "boolean", "ip.src": "category",
        "ipv6.src": "category", "ipv6.flow": "UInt32", "tcp.seq_raw": "UInt32", "outer.vxlan.vni": "UInt32",
    }  # fmt: skip
    assert {name: types[name] for name in expected} == expected


def test_every_value_is_the_packets(packets):
    """Cell by cell, absent ones missing."""
    frame = packets.to_pandas()
    for name in frame.columns:
        for packet, cell in zip(packets, frame[name], strict=True):
            value = packet.get(name)
            if value is None:
                assert pd.isna(cell), name
            elif name == "frame.layers":
                assert cell == ":".join(packet.protocols)
            elif name == "damage.layer":
                assert cell == packets.layer_names[value]
            elif name == "frame.time_epoch":
                assert cell.value == value
            elif schema.field_of(name).kind in {"mac", "ipv4", "ipv6"}:
                assert cell == packet.text(name), name
            else:
                assert cell == value, name


def test_arrow_holds_the_same(packets):
    """Arrow's cells are those of pandas, and absent where those are missing."""
    frame, table = packets.to_pandas(), packets.to_arrow()
    for name in table.column_names:
        cells = table.column(name).to_pylist()
        for mine, cell in zip(frame[name], cells, strict=True):
            assert pd.isna(mine) if cell is None else mine == cell, name


def test_arrow_types(packets):
    """Dictionaries of text for addresses and layers, a timestamp with its zone, numbers of their width."""
    types = packets.to_arrow().schema
    assert types.field("frame.time_epoch").type == pa.timestamp("ns", "UTC")
    text = pa.dictionary(pa.int32(), pa.string())
    for name in ("eth.src", "outer.ip.dst", "ipv6.src", "frame.layers", "damage.layer"):
        assert types.field(name).type == text
    assert types.field("ip.ttl").type == pa.uint8()
    assert types.field("ip.flags.df").type == pa.bool_()


def test_integers_instead_of_text(packets):
    """MACs and IPv4 addresses as numbers; IPv6 addresses, for which pandas has no integer, stay text."""
    frame = packets.to_pandas(text=False)
    assert frame["eth.src"].dtype == np.uint64
    assert frame["eth.src"][0] == 0x4E5B5745633B
    assert str(frame["outer.ip.src"].dtype) == "UInt32"
    assert frame["outer.ip.src"][1] == 0xAC120004
    assert frame["ipv6.src"][0] == "fd00:10:244:1::4749"


def test_large_macs_keep_every_bit():
    """No detour over floating point, also where a MAC is absent."""
    arp = ether(bytes.fromhex("00010800060400020242ac120004ac120004ffffffffffffac120003"), 0x0806)
    frame = decode_all([arp, ECHO]).to_pandas(text=False)
    assert frame["arp.dst.hw_mac"][0] == 0xFFFFFFFFFFFF
    assert frame["arp.dst.hw_mac"].isna().tolist() == [False, True]


def test_distinct_addresses_are_categories_in_order():
    """One text a distinct address, sorted as addresses, halves of IPv6 not mixed up."""
    names = ["fd00::1:0:0:0:2", "fd00::2", "fe80::2", "fd00::1:0:0:0:2", "fe80::1"]
    frame = decode_all([ether(ipv6(echo6(), source=name)) for name in names]).to_pandas()
    assert frame["ipv6.src"].tolist() == ["fd00:0:0:1::2", "fd00::2", "fe80::2", "fd00:0:0:1::2", "fe80::1"]
    assert list(frame["ipv6.src"].cat.categories) == ["fd00::2", "fd00:0:0:1::2", "fe80::1", "fe80::2"]


def test_undated_times():
    """Clock times are durations since midnight in pandas and times of the day in Arrow."""
    packets = decode_all([ECHO, ECHO], dated=False)
    assert packets.to_pandas()["frame.time_of_day"].tolist() == [pd.Timedelta(0), pd.Timedelta(1, "us")]
    assert packets.to_arrow().schema.field("frame.time_of_day").type == pa.time64("ns")


def test_frames_without_a_time():
    """An absent time is missing."""
    frame = decode_all([ECHO, ECHO], timed=np.array([True, False])).to_pandas()
    assert frame["frame.time_epoch"].isna().tolist() == [False, True]
    assert str(frame["frame.time_epoch"].dtype) == "datetime64[ns, UTC]"


def test_a_table_of_no_frames():
    """No rows, and still the columns that every capture has."""
    packets = decode_all([])
    assert len(packets.to_pandas()) == packets.to_arrow().num_rows == 0
    assert "frame.number" in packets.to_pandas().columns


def test_changing_the_table_leaves_the_packets_alone(packets):
    """A DataFrame is a copy."""
    frame = packets.to_pandas(text=False)
    for name in ("frame.len", "eth.src", "ip.ttl"):
        frame.loc[:, name] = 0
    assert packets[0].get("frame.len") == len(ECHO)
    assert packets[0].get("eth.src") == 0x4E5B5745633B
    assert packets[2].get("ip.ttl") == 64


def test_two_headers_of_one_name_are_one_category():
    """Both cooked headers are called sll, and a damaged one of either is."""
    cut = [decode_one(b"\0" * 5, linktype) for linktype in (113, 276)]
    assert [str(p.packets.to_pandas()["damage.layer"][0]) for p in cut] == ["sll", "sll"]
    from vxlan_dissect.packets import Packets

    joined = Packets.concat([p.packets for p in cut]).to_pandas()["damage.layer"]
    assert joined.tolist() == ["sll", "sll"]
    assert list(joined.cat.categories) == ["sll"]


def test_parquet_round_trip(packets, tmp_path):
    """What Arrow holds survives a file."""
    import pyarrow.parquet as pq

    table = packets.to_arrow()
    pq.write_table(table, tmp_path / "packets.parquet")
    assert pq.read_table(tmp_path / "packets.parquet").to_pylist() == table.to_pylist()


def test_a_stored_capture_as_a_table(captures_dir):
    """The frames of a real file group by layers and addresses."""
    packets = read(str(captures_dir / "cilium-1.16" / "cilium-01-ping6-cross-node" / "worker.any.pcap"))
    frame = packets.to_pandas()
    counts = frame.groupby("frame.layers", observed=True).size().to_dict()
    assert counts == {":".join(p.protocols): [q.protocols for q in packets].count(p.protocols) for p in packets}
    assert set(frame["outer.vxlan.vni"].dropna()) == {10398}


def test_importing_does_not_load_pandas():
    """The table libraries are loaded when a table is asked for."""
    code = "import sys, vxlan_dissect.decode, vxlan_dissect.tables; print({'pandas', 'pyarrow'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture
def named():
    """A DNS answer with two addresses, one without, and an echo: a derived column of texts."""
    return decode_all([datagram(answer("a.example", "10.0.0.1", "10.0.0.2"), 53, 40000), datagram(b"", 1, 2), ECHO])


def test_chosen_columns(packets):
    """Those asked for, in this order, called as they were written, absent ones too."""
    names = ["frame.number", "outer.ip.src", "inner.ipv6.src", "sll.src.eth", "quoted.tcp.srcport", "frame.protocols"]
    frame, table = packets.to_pandas(names), packets.to_arrow(names)
    assert list(frame.columns) == names == table.column_names
    assert frame["outer.ip.src"].tolist()[1] == "172.18.0.4"
    assert frame["inner.ipv6.src"].tolist()[0] == "fd00:10:244:1::4749"
    assert frame["frame.protocols"].tolist()[2] == "eth:ip:tcp"
    assert frame["quoted.tcp.srcport"].isna().all()
    assert str(frame["quoted.tcp.srcport"].dtype) == "UInt16"
    assert table["sll.src.eth"].null_count == 4


def test_no_columns(packets):
    """None at all are rows without columns."""
    assert packets.to_pandas([]).shape == (4, 0)


@pytest.mark.parametrize("convert", ["to_pandas", "to_arrow"])
def test_a_column_that_is_none(packets, convert):
    """An unknown name is an error, a KeyError too, that names the nearest."""
    with pytest.raises(KeyError, match=r"^ip\.sorce is no column; did you mean ip\.src\?$"):
        getattr(packets, convert)(["ip.sorce"])


def test_selected_columns(packets):
    """`select` is remembered by every selection after it, and filters still see all columns."""
    chosen = packets.select("frame.number", "ip.ttl")
    assert list(chosen.to_pandas().columns) == ["frame.number", "ip.ttl"]
    assert chosen.where("vxlan").to_arrow().to_pylist() == [{"frame.number": 2, "ip.ttl": None}]
    assert chosen[2:].to_pandas()["ip.ttl"].tolist()[0] == 64
    assert list(chosen.to_pandas(["eth.src"]).columns) == ["eth.src"]
    assert "eth.src" in packets.to_pandas().columns
    with pytest.raises(KeyError):
        packets.select("ip.sorce")


def test_texts_are_joined_in_pandas_and_lists_in_arrow(named):
    """Several texts of one frame: a categorical of the texts with commas, and a list of them."""
    frame, table = named.to_pandas(["dns.a", "dns.qry.name"]), named.to_arrow(["dns.a", "dns.qry.name"])
    assert frame["dns.a"].tolist() == ["10.0.0.1,10.0.0.2", np.nan, np.nan]
    assert str(frame["dns.a"].dtype) == "category"
    assert table["dns.a"].type == pa.list_(pa.string())
    assert table["dns.a"].to_pylist() == [["10.0.0.1", "10.0.0.2"], None, None]
    assert table["dns.qry.name"].to_pylist() == [["a.example"], None, None]


def test_derived_columns_are_not_among_all(named):
    """What must be made is left out unless it is named."""
    assert not [name for name in named.to_pandas().columns if schema.is_derived(name)]
    assert not [name for name in named.to_arrow().column_names if schema.is_derived(name)]


def test_arrow_types_do_not_depend_on_the_batch(packets):
    """Two batches with other columns have one schema where the same names are asked for."""
    names = list(schema.columns())
    assert packets.to_arrow(names).schema.equals(decode_all([ECHO]).to_arrow(names).schema, check_metadata=True)


def test_dtypes_are_those_of_the_page(root):
    """The table of docs/tables.md says what each kind of column becomes."""
    page = (root / "docs" / "tables.md").read_text(encoding="utf-8")
    stated = {
        row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| [^|]* \| `([^`]+)` \| `([^`]+)` \|", page, re.MULTILINE)
    }
    assert set(stated) >= set(schema.KINDS)
    whole, partly = decode_all([ECHO]), decode_all([ECHO, TCP])
    examples = {
        "u1": "ipv6.hlim", "u2": "ipv6.plen", "u4": "ipv6.flow", "i8": "frame.offset", "bool": "ip.flags.df",
        "mac": "eth.src", "ipv4": "ip.src", "ipv6": "ipv6.src", "texts": "dns.a", "time": "frame.time_epoch",
    }  # fmt: skip
    for kind, column in examples.items():
        pandas, arrow_type = stated[kind]
        shown = [str(each.to_pandas([column])[column].dtype) for each in (whole, partly)]
        assert set(shown) <= set(pandas.split(" or ")), kind
        assert str(whole.to_arrow([column]).schema.field(0).type).replace(", ordered=0", "") == arrow_type, kind


def test_what_a_field_says_of_itself(packets):
    """Sentence, unit, Wireshark's name and the names of values are metadata of the Arrow field."""
    table = packets.to_arrow(["icmpv6.type", "frame.len"])
    said = table.schema.field("icmpv6.type").metadata
    assert said[b"doc"].decode() == schema.FIELDS["icmpv6.type"].doc
    assert json.loads(said[b"names"])["128"] == "echo-request"
    assert table.schema.field("frame.len").metadata[b"unit"] == b"bytes"


def test_lone_surrogates_in_texts():
    """A text that UTF-8 does not have becomes its escape, and no crash."""
    assert arrow.strings(["a\ud800b"]).to_pylist() == ["a\\ud800b"]
