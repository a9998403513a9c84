"""Does `vxd.trace` take captures as they are given, and say of each frame where it belongs?"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import vxlan_dissect as vxd
from tests.diagnose.truth import folder_of, inventory_of
from tests.trace.made import LXC, NIC, POD, A, B, cluster, ping, tcp, traced, udp, ways
from tests.trace.score import here
from vxlan_dissect.errors import CaptureError, QueryError, UsageError

PING = "cilium-01-ping6-cross-node"


@pytest.fixture(scope="module")
def scenario(captures_dir):
    """A ping over two nodes."""
    return captures_dir / "cilium-1.16" / PING


@pytest.fixture(scope="module")
def trace(scenario):
    """Its trace."""
    return vxd.trace(scenario, scenario.parent / "inventory")


@pytest.mark.parametrize("name", here(stored=True))
def test_each_frame_is_counted_once(name):
    """Of every stored scenario each frame is in a journey, matched where that has several places and unmatched else."""
    told = vxd.trace(folder_of(name), inventory_of(name))
    seen = {True: set(), False: set()}
    for journey in told.journeys:
        seen[len(journey.sightings) > 1] |= frames_of(journey)
    assert len(seen[True]) == told.overview.matched
    assert len(seen[True] | seen[False]) == told.overview.frames
    assert told.overview.matched + told.overview.unmatched == told.overview.frames
    assert told.overview.journeys == len(told.journeys)


def test_a_folder_is_its_captures(scenario, trace):
    """A folder is all captures in it, in any order of theirs, and each of them once."""
    captures = sorted(scenario.glob("*.pcap"), reverse=True)
    again = vxd.trace([*captures, str(captures[0])], scenario.parent / "inventory")
    assert again.as_dict()["journeys"] == trace.as_dict()["journeys"]
    assert again.overview == trace.overview
    assert len(again.points) == len(captures)


def test_one_file(scenario):
    """One capture is traced too: each packet was seen there, and nothing is known to be lost."""
    told = vxd.trace(scenario / "worker.eth0.pcap", scenario.parent / "inventory")
    assert [point.at for point in told.points] == [("worker", "eth0", None)]
    assert {len(journey.sightings) for journey in told.journeys} == {1}
    assert (told.overview.matched, told.overview.lost) == (0, 0)


def test_a_file_that_cannot_be_read(scenario, tmp_path):
    """A file that is no capture is among the problems, and the others are traced."""
    bad = tmp_path / "bad.pcap"
    bad.write_bytes(b"no capture at all, whatever its name")
    told = vxd.trace([scenario / "worker.eth0.pcap", bad], scenario.parent / "inventory")
    assert [str(bad) in str(problem) for problem in told.problems] == [True]
    assert len(told.points) == 1
    assert len(told.journeys) > 0


def test_a_capture_that_breaks_off(scenario, tmp_path):
    """Of a capture that ends within a frame all frames before count, and the break is a problem."""
    data = (scenario / "worker.eth0.pcap").read_bytes()
    whole = vxd.trace(scenario / "worker.eth0.pcap", scenario.parent / "inventory").overview.frames
    (tmp_path / "worker.eth0.pcap").write_bytes(data[:-10])
    told = vxd.trace(tmp_path, scenario.parent / "inventory")
    assert len(told.problems) == 1
    assert told.overview.frames == whole - 1


def test_no_file_can_be_read(tmp_path):
    """Where nothing can be read the first error is raised, with a note for each further one."""
    names = [tmp_path / "one.pcap", tmp_path / "two.pcap", tmp_path / "three.pcap"]
    for name in names[:2]:
        name.write_bytes(b"no capture at all, whatever its name")
    with pytest.raises(CaptureError, match=r"one\.pcap") as caught:
        vxd.trace(names, cluster())
    assert ["two.pcap" in caught.value.__notes__[0], "three.pcap" in caught.value.__notes__[1]] == [True, True]


def test_empty_captures(tmp_path):
    """Captures without a frame are points, and their trace is empty and whole."""
    told = traced(tmp_path, {POD: [], NIC: []})
    assert (len(told.points), len(told.journeys), len(told.lost), told.slowest(5)) == (2, 0, 0, [])
    assert told.overview.frames == 0
    assert [len(table) for table in (told.sightings, told.hops, told.losses)] == [0, 0, 0]
    json.dumps(told.as_dict())


def test_said_places(tmp_path):
    """A place that the user says counts, whether the file is called by its name or its path; a pod is a place too."""
    captures = {"one.pcap": [(0, udp())], "two.pcap": [(30, udp())]}
    at = {"one.pcap": "client:eth0", str(tmp_path / "two.pcap"): "worker:lxc1"}
    told = traced(tmp_path, captures, at=at)
    assert [point.at for point in told.points] == [("worker", "eth0", "client"), ("worker", "lxc1", None)]
    assert {point.basis for point in told.points} == {"given by the user"}


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        pytest.param({"other.pcap": "worker:eth0"}, "no capture is called other.pcap", id="no such file"),
        pytest.param({POD: "worker"}, "worker", id="no interface"),
    ],
)
def test_said_places_that_are_wrong(tmp_path, at, wrong):
    """A place of no given file, and one without an interface, is an error of use."""
    with pytest.raises(UsageError, match=wrong):
        traced(tmp_path, {POD: [(0, udp())]}, at=at)


def test_a_place_of_two_files(tmp_path):
    """A name that two files have does not say which is meant."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        traced(tmp_path / folder, {POD: [(0, udp())]})
    with pytest.raises(UsageError, match="more than one capture is called"):
        vxd.trace([tmp_path / "a" / POD, tmp_path / "b" / POD], cluster(), at={POD: "worker:eth0"})


def test_files_of_one_name(tmp_path):
    """Two files of one name are told apart by their folders, and others are called by their names alone."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        traced(tmp_path / folder, {POD: [(0, udp())], NIC: [(30, udp())]})
    told = vxd.trace([tmp_path / "a" / POD, tmp_path / "b" / POD, tmp_path / "a" / NIC], cluster())
    assert [point.capture for point in told.points] == [str(tmp_path / "a" / POD), str(tmp_path / "b" / POD), NIC]


def test_a_filter_chooses_journeys(scenario, trace):
    """A packet is chosen where any of its frames matches, and keeps all of its sightings; the overview is of all."""
    some = vxd.trace(scenario, scenario.parent / "inventory", where="outer.vxlan.vni and icmpv6.type == 128")
    wanted = [journey for journey in trace.journeys if "echo request" in journey.summary]
    assert 0 < len(wanted) < len(trace.journeys)
    assert list(some.journeys) == wanted
    assert some.overview == trace.overview


def test_a_filter_that_nothing_matches(scenario):
    """Without a match there are no journeys, none of them lost and none slow."""
    none = vxd.trace(scenario, scenario.parent / "inventory", where="tcp.dstport == 9")
    assert (len(none.journeys), len(none.lost), none.slowest(3)) == (0, 0, [])
    with pytest.raises(QueryError):
        vxd.trace(scenario, scenario.parent / "inventory", where="no.such == 1")


def frames_of(journey):
    """All frames of a journey."""
    return {(one.capture, number) for one in journey.sightings for number in one.frames} | {
        frame for one in journey.sightings for frame in one.also
    }


def test_without_names(scenario, trace):
    """Without names the same frames are of one packet, and no pod is named in it."""
    plain = vxd.trace(scenario, scenario.parent / "inventory", names=False)
    assert all(journey.flow.src_name is None for journey in plain.journeys)
    assert any(journey.flow.src_name is not None for journey in trace.journeys)
    assert "cni-7t9p4" not in " ".join(journey.summary for journey in plain.journeys)
    assert [frames_of(journey) for journey in plain.journeys] == [frames_of(journey) for journey in trace.journeys]


def test_without_an_inventory(tmp_path):
    """Without an inventory packets are followed from file to file, and the note says what that leaves open."""
    traced(tmp_path, {"x.pcap": [(0, udp(ttl=64))], "y.pcap": [(30, udp(ttl=63))]})
    told = vxd.trace(tmp_path)
    assert ways(told) == [["x 1", "y 1"]]
    assert told.journeys[0].arrived is None
    assert "--at FILE=NODE:IFACE" in told.overview.notes[0]


def test_the_slowest(tmp_path):
    """The journeys that took longest come first, as many as are asked for, of those that a filter chose."""
    delays = [20, 900, 50]
    captures = {
        POD: [(number * 10_000, ping(number)) for number in range(3)],
        NIC: [(number * 10_000 + delay, ping(number, ttl=63)) for number, delay in enumerate(delays)],
    }
    told = traced(tmp_path, captures)
    assert [journey.id for journey in told.slowest(2)] == [2, 3]
    assert [journey.duration_ns for journey in told.slowest(9)] == [900_000, 50_000, 20_000]
    some = traced(tmp_path, captures, where="icmp.seq != 1")
    assert [journey.id for journey in some.slowest(9)] == [3, 1]


def test_the_lost(captures_dir):
    """The lost packets are those journeys that ended in a loss, of those that a filter chose."""
    folder = captures_dir / "cilium-1.16" / "cilium-35-underlay-loss-1-of-3"
    told = vxd.trace(folder, folder.parent / "inventory")
    assert list(told.lost) == [journey for journey in told.journeys if journey.lost is not None]
    assert 0 < len(told.lost) < len(told.journeys)
    some = vxd.trace(folder, folder.parent / "inventory", where="icmpv6.echo.sequence_number < 6")
    assert [journey.id for journey in some.lost] == [told.lost[0].id]


def test_journeys_are_a_sequence(trace):
    """Journeys are had by number, from the end, in slices, and again and again."""
    every = list(trace.journeys)
    assert [trace.journeys[0], trace.journeys[-1]] == [every[0], every[-1]]
    assert list(trace.journeys[1:4]) == every[1:4]
    assert [journey.id for journey in every] == list(range(1, len(every) + 1))
    assert every[2] in trace.journeys
    with pytest.raises(IndexError):
        trace.journeys[len(every)]


def test_journeys_begin_in_order(trace):
    """Journeys stand in the order of their first frames."""
    begun = [min(one.corrected_ns for one in journey.sightings) for journey in trace.journeys]
    assert begun == sorted(begun)


@pytest.mark.parametrize("name", [PING, "cilium-29-policy-deny-ingress", "cilium-08-tcp6-short"])
def test_as_dict(captures_dir, name):
    """What a trace says is plain JSON, and the same when it is read back."""
    folder = captures_dir / "cilium-1.16" / name
    told = vxd.trace(folder, folder.parent / "inventory").as_dict()
    assert json.loads(json.dumps(told)) == told
    assert list(told) == ["points", "clocks", "overview", "journeys"]
    assert told["overview"]["journeys"] == len(told["journeys"])


def test_delays_of_hops(tmp_path):
    """A step has as many delays as packets took it, with the least, the median and the 99th percentile of these."""
    delays = [10, 20, 90]
    captures = {
        POD: [(number * 10_000, tcp(A, B, seq=number)) for number in range(3)],
        LXC: [(number * 10_000 + delay, tcp(A, B, seq=number)) for number, delay in enumerate(delays)],
    }
    (delay,) = traced(tmp_path, captures).overview.delays
    assert (str(delay.src), str(delay.dst), delay.packets) == ("client eth0", "worker lxc1", 3)
    assert (delay.least_ns, delay.median_ns) == (10_000, 20_000)
    assert 20_000 < delay.p99_ns <= 90_000


@pytest.mark.parametrize(
    "before",
    ["from vxlan_dissect.trace import Trace", "import vxlan_dissect.trace", "import vxlan_dissect.trace.model", ""],
)
def test_the_function_is_called_trace(scenario, before):
    """Whatever of the package was imported before, `vxd.trace` is the function, and its result a Trace."""
    code = (
        f"{before}\nimport vxlan_dissect as vxd\n"
        f"told = vxd.trace({str(scenario)!r}, {str(scenario.parent / 'inventory')!r})\n"
        "from vxlan_dissect.trace import Trace\nprint(type(told) is Trace is vxd.Trace, callable(vxd.trace))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "True True\n"
