"""Does `vxd.explain` give what its signature promises, and does a filter see what an explanation says?"""

from __future__ import annotations

import json

import pandas as pd
import pytest

import vxlan_dissect as vxd
from tests.explain.made import FAR_IP4, POD_IP, POD_IP4, advertise, ask, echo, packets, solicit
from vxlan_dissect import Inventory
from vxlan_dissect.beside import beside
from vxlan_dissect.errors import CaptureError, QueryError, UsageError
from vxlan_dissect.pipeline import Explanations, _Engine, explain

LATER = {"ipv6.hlim": 64, "ms": 9000}
TEXTS = ["kind", "summary", "rule", "text", "verdict", "confidence"]


@pytest.fixture(scope="module")
def article(captures_dir):
    """The folder of the article's captures."""
    return captures_dir / "dual-stack-ping6"


@pytest.fixture(scope="module")
def six(article):
    """The six frames of the article, explained."""
    return vxd.explain(str(article / "pod-eth0.pcap"))


def numbers(frames):
    """Frame numbers."""
    return [one.frame for one in frames]


class TestBeside:
    """Where is the inventory of a capture looked for?"""

    def test_folder_beside(self, tmp_path):
        """An `inventory` folder beside the capture comes before a file and before the folder above."""
        for name in ("a/inventory", "inventory"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "a" / "1.inventory.txt").touch()
        assert beside(str(tmp_path / "a" / "1.cap")) == str(tmp_path / "a" / "inventory")

    def test_file_beside(self, tmp_path):
        """A file named as inventory comes before the folder above; of several the first by name."""
        (tmp_path / "a").mkdir()
        (tmp_path / "inventory").mkdir()
        for name in ("b.inventory.txt", "a.inventory.txt"):
            (tmp_path / "a" / name).touch()
        assert beside(str(tmp_path / "a" / "1.cap")) == str(tmp_path / "a" / "a.inventory.txt")

    def test_folder_above(self, tmp_path):
        """The folder one up serves all scenarios of a set, and none further up does."""
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "inventory").mkdir()
        assert beside(str(tmp_path / "a" / "1.cap")) == str(tmp_path / "inventory")
        assert beside(str(tmp_path / "a" / "b" / "1.cap")) is None

    def test_nothing_there(self, tmp_path):
        """No inventory, a missing folder and standard input give none; a file called `inventory` is no folder."""
        (tmp_path / "inventory").touch()
        assert beside(str(tmp_path / "1.cap")) is None
        assert beside(str(tmp_path / "no" / "such" / "1.cap")) is None
        assert beside("-") is None

    def test_relative_name(self, tmp_path, monkeypatch):
        """A bare file name is looked for in the working directory."""
        (tmp_path / "inventory").mkdir()
        monkeypatch.chdir(tmp_path)
        assert beside("1.cap") == "inventory"
        assert beside("./1.cap") == "inventory"

    def test_capture_that_is_named_like_an_inventory(self, tmp_path):
        """A capture is not its own inventory, whatever it is called."""
        (tmp_path / "lab.inventory.pcap").touch()
        assert beside(str(tmp_path / "lab.inventory.pcap")) is None

    def test_it_is_used(self, article, six):
        """Without an inventory the one beside is used, and the result says so."""
        assert six.inventory.pod_names() == ("cni-7t9p4", "cni-8qgcs")
        assert six[4].src.pod_name == "cni-7t9p4"
        assert vxd.explain(str(article / "pod-eth0.pcap"), Inventory())[4].src.pod_name is None

    def test_packets_of_a_file(self, article):
        """Packets that were read from a file have the same inventory as the file."""
        assert vxd.explain(vxd.read(str(article / "1.cap")))[0].src.pod_name == "cni-7t9p4"


class TestExplanations:
    """What can be done with the result?"""

    def test_sequence(self, six):
        """Length, index, negative index and iteration agree, as often as it is asked."""
        assert len(six) == 6
        assert numbers(six) == numbers(six) == [1, 2, 3, 4, 5, 6]
        assert (six[0].frame, six[5].frame, six[-1].frame) == (1, 6, 6)
        with pytest.raises(IndexError):
            six[6]
        assert six[1] == six[1]
        assert isinstance(six, Explanations)
        assert "6 of 6" in repr(six)

    def test_exchange_of_the_article(self, six):
        """The reply is frame 6, 607 microseconds after frame 5, and both say so."""
        assert [(item.frame, item.relation, item.after_ns) for item in six[4].related] == [(6, "reply", 607_000)]
        assert [(item.frame, item.relation, item.after_ns) for item in six[5].related] == [(5, "request", -607_000)]

    def test_findings(self, six):
        """Findings are the statements that are more than information, each with its frame."""
        assert six.findings == []
        made = vxd.explain(packets({**solicit(), "ipv6.hlim": 64}), Inventory())
        assert ("ndp.invalid", "warning") in [(said.rule, said.severity) for _, said in made.findings]
        assert {one.frame for one, _ in made.findings} == {1}

    def test_to_pandas(self, six):
        """One row a statement, typed columns, times in UTC."""
        table = six.to_pandas()
        assert list(table) == ["frame", "time", *TEXTS]
        assert len(table) == sum(len(one.statements) for one in six)
        assert table["frame"].dtype == "int64"
        assert table["time"].dtype == "datetime64[ns, UTC]"
        assert {str(table[name].dtype) for name in TEXTS} == {"str"}
        assert table["time"][0] == pd.Timestamp("2024-07-12T07:44:28.594775Z")
        proxied = table[table["rule"] == "ndp.proxy-advertisement"]
        assert proxied["frame"].tolist() == [2, 4]

    def test_to_pandas_of_silence(self):
        """A frame for which no rule speaks has one row, and its last four values are absent."""
        table = vxd.explain(packets({"eth.type": 0x88CC}, echo()), Inventory()).to_pandas()
        silent = table[table["frame"] == 1]
        assert len(silent) == 1
        assert silent[TEXTS[2:]].isna().all(axis=None)

    def test_to_pandas_of_nothing(self, article, six):
        """Where no frame matches the table is empty and has the same columns of the same types."""
        none = vxd.explain(str(article / "pod-eth0.pcap"), where="arp").to_pandas()
        assert len(none) == 0
        assert none.dtypes.to_dict() == six.to_pandas().dtypes.to_dict()

    def test_to_pandas_of_undated_text(self, article):
        """Lines that name no date have no time in the table."""
        assert vxd.explain(str(article / "pod-eth0.tcpdump.txt")).to_pandas()["time"].isna().all()

    def test_no_frames(self, tmp_path, article):
        """A capture of a header alone has no frames, and nothing fails over it."""
        (tmp_path / "empty.pcap").write_bytes((article / "1.cap").read_bytes()[:24])
        empty = vxd.explain(str(tmp_path / "empty.pcap"))
        assert (len(empty), list(empty), empty.findings, empty.problem) == (0, [], [], None)
        assert len(empty.to_pandas()) == 0
        assert empty.notes

    def test_html(self, six):
        """A notebook shows it as a table of its own."""
        assert "cni-7t9p4" in six._repr_html_()

    def test_notes(self, six):
        """The notes say which network it is and why."""
        assert [note for note in six.notes if note.startswith("network: Cilium (certain: ")]

    def test_forgetting_situations(self, article, monkeypatch):
        """Explanations are the same where only one situation is kept at a time."""
        wanted = [one.as_dict() for one in vxd.explain(str(article / "pod-eth0.pcap"))]
        monkeypatch.setattr(Explanations, "CACHE", 1)
        assert [one.as_dict() for one in vxd.explain(str(article / "pod-eth0.pcap"))] == wanted

    def test_comments(self):
        """A comment of the file stands with its frame."""
        frames = packets(echo(), echo())
        frames.comments[2] = "look here"
        assert [one.as_dict()["comment"] for one in vxd.explain(frames, Inventory())] == [None, "look here"]


class TestErrors:
    """What is refused, and what is read as far as it goes?"""

    def test_missing_file(self):
        """A file that is not there is an error that names it."""
        with pytest.raises(CaptureError, match=r"no-such\.pcap"):
            vxd.explain("no-such.pcap")

    def test_filter_before_capture(self):
        """A filter with a fault is said before the capture is even opened."""
        with pytest.raises(QueryError):
            vxd.explain("no-such.pcap", where="ip.src ==")

    def test_place(self, article):
        """A place without an interface is refused."""
        with pytest.raises(UsageError):
            vxd.explain(str(article / "1.cap"), at="worker")

    @pytest.mark.parametrize("cut", [25, 40, 24 + 16 + 168, 24 + 16 + 168 + 1, 24 + 2 * (16 + 168) - 1])
    def test_cut_anywhere(self, article, tmp_path, vxd, cut):
        """All frames before the cut are explained, `problem` says where it is, and the command ends with 2."""
        (tmp_path / "cut.cap").write_bytes((article / "1.cap").read_bytes()[:cut])
        whole = (cut - 24) // (16 + 168)
        done = vxd("explain", tmp_path / "cut.cap", "-i", article / "inventory", "-T", "jsonl")
        assert [json.loads(line)["frame"] for line in done.stdout.splitlines()] == list(range(1, whole + 1))
        at_a_record = cut == 24 + whole * (16 + 168)
        assert done.returncode == (0 if at_a_record else 2)
        if whole:
            result = explain(str(tmp_path / "cut.cap"), str(article / "inventory"))
            assert numbers(result) == list(range(1, whole + 1))
            assert (result.problem is None) == at_a_record
            if result.problem is not None:
                assert (result.problem.frame, result.problem.offset) == (whole + 1, 24 + whole * (16 + 168))


class TestWhere:
    """Does a filter know what only an explanation can tell?"""

    @pytest.mark.parametrize(
        ("where", "frames"),
        [
            ("pod == cni-8qgcs", [5, 6]),
            ("src.pod == cni-8qgcs", [6]),
            ("dst.pod == cni-7t9p4", [2, 4, 6]),
            ("src.node == cilium-dual-stack-worker2", [6]),
            ("rule == ndp.proxy-advertisement", [2, 4]),
            ("rule == ndp.*", [1, 2, 3, 4]),
            ("verdict == by-design", [2, 4]),
            ("severity != info", []),
            ("kind == icmpv6.echo-request || kind == icmpv6.echo-reply", [5, 6]),
            ("interface == eth0", [1, 2, 3, 4, 5, 6]),
            ("outer.src.node", []),
            ("icmpv6.type == 136 && rule == ndp.proxy-advertisement && !(dst.pod == cni-8qgcs)", [2, 4]),
            ("rule == no.such-rule", []),
        ],
    )
    def test_join_names(self, article, where, frames):
        """A name of the join picks the frames whose explanation has that value."""
        assert numbers(vxd.explain(str(article / "pod-eth0.pcap"), where=where)) == frames

    def test_tunnel_nodes(self, article):
        """The nodes of the tunnel are names too."""
        request = vxd.explain(str(article / "1.cap"), where="outer.src.node == cilium-dual-stack-worker")
        assert numbers(request) == [1]
        assert numbers(vxd.explain(str(article / "1.cap"), where="identity == 10398")) == [1, 2]

    def test_filter_says_what_the_json_says(self, article):
        """The name of a capture is in a filter what it is in the JSON."""
        one = vxd.explain(str(article / "1.cap"))[0]
        assert numbers(vxd.explain(str(article / "1.cap"), where=f"capture == {one.capture}")) == [1, 2]

    def test_filtered_frames_keep_what_others_taught(self, article, six):
        """A filter hides frames and takes nothing from the explanation of those that it leaves."""
        (reply,) = vxd.explain(str(article / "pod-eth0.pcap"), where="icmpv6.type == 129")
        assert reply == six[5]

    def test_every_frame_by_each_rule(self, six, article):
        """For each rule the filter gives exactly the frames that carry its statement."""
        for rule in {said.rule for one in six for said in one.statements}:
            wanted = [one.frame for one in six if rule in {said.rule for said in one.statements}]
            assert numbers(vxd.explain(str(article / "pod-eth0.pcap"), where=f"rule == {rule}")) == wanted


def test_situations_are_shared():
    """A thousand frames of one flow are explained once, and each still has its own numbers."""
    rows = [echo(seq=seq, ms=seq * 2) for seq in range(1000)] + [advertise(), ask()]
    result = vxd.explain(packets(*rows), Inventory())
    assert len({id(one.hops) for one in result}) < 10
    assert len({one.summary for one in result}) == 1002
    assert all(POD_IP in one.summary for one in list(result)[:1000])


def test_what_a_later_batch_teaches_is_told_of_frames_like_earlier_ones():
    """That a service is translated is said of a SYN from the batch on that shows it, though one like it came before."""
    opens = {"ip.src": POD_IP4, "ip.ttl": 64, "tcp.srcport": 40000, "tcp.flags": 2, "tcp.options.timestamp.tsval": 9}
    asks = {**opens, "ip.dst": "10.96.0.10", "tcp.dstport": 80}
    engine = _Engine(Inventory(), None, names=True)
    said = []
    for seq in (700, 800):
        rows = [{**asks, "tcp.seq_raw": seq}]
        rows += [{**opens, "ip.dst": FAR_IP4, "tcp.dstport": 8080, "tcp.seq_raw": seq}] if seq == 800 else []
        batch = Explanations(packets(*rows), engine)
        said.append("service.translated" in {one.rule for one in batch.said(0)})
    assert said == [False, True]
