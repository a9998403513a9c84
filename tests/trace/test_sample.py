"""Are losses found in captures that are too large to keep, by reading what is needed of them again?"""

from __future__ import annotations

import io
import sys

import pytest

import vxlan_dissect as vxd
from tests.diagnose.truth import folder_of, inventory_of
from tests.trace.made import FAR_LXC, LXC, POD, WEB, A, B, C, ping, tcp, traced
from tests.trace.score import here
from vxlan_dissect.trace import reading, records, sample

LOSING = ("cilium-35-underlay-loss-1-of-3", "cilium-29-policy-deny-ingress", "cilium-32-stale-tunnel-endpoint")
LEFT_OUT = "losses were judged on"


@pytest.fixture
def small(monkeypatch):
    """So many frames are kept, and so many are looked at again."""

    def keep(kept, again=records.KEPT):
        monkeypatch.setattr(reading, "KEPT", kept)
        monkeypatch.setattr(sample, "KEPT", again)

    return keep


def told(scenario, **options):
    """The trace of a scenario of Cilium 1.16."""
    return vxd.trace(scenario, scenario.parent / "inventory", **options)


def lost(trace):
    """Each lost packet: its frames, between which places it was lost, and why."""
    return [
        (
            [(one.capture, one.frame) for one in journey.sightings],
            (journey.lost.after, journey.lost.before),
            [cause.cause for cause in journey.lost.causes],
        )
        for journey in trace.lost
    ]


@pytest.mark.parametrize("name", LOSING)
def test_the_same_packets_are_lost(captures_dir, small, name):
    """Of captures that are read twice the same packets are lost, at the same places, for the same reasons."""
    scenario = captures_dir / "cilium-1.16" / name
    whole = told(scenario)
    small(40)
    again = told(scenario)
    assert len(lost(whole)) == whole.overview.lost > 0
    assert lost(again) == lost(whole)
    assert again.overview.frames == whole.overview.frames
    assert again.overview.matched == whole.overview.matched


@pytest.mark.parametrize("name", ["cilium-01-ping6-cross-node", "cilium-08-tcp6-short", "cilium-27-host-to-pods"])
def test_nothing_is_lost_of_a_healthy_network(captures_dir, small, name):
    """Of captures that are read twice nothing is lost where nothing was, and nothing is left out."""
    small(40)
    trace = told(captures_dir / "cilium-1.16" / name)
    assert trace.overview.lost == 0
    assert not any(LEFT_OUT in note for note in trace.overview.notes)


@pytest.mark.parametrize("name", here(stored=True))
def test_every_stored_scenario(small, name):
    """The same packets of every stored scenario are lost, and for the same likeliest reason, when it is read again."""
    whole = lost(vxd.trace(folder_of(name), inventory_of(name)))
    small(1)
    again = lost(vxd.trace(folder_of(name), inventory_of(name)))
    assert [one[:2] for one in again] == [one[:2] for one in whole]
    assert [one[2][:1] for one in again] == [one[2][:1] for one in whole]
    # Packets that got through speak against causes; those of other conversations are not read again.
    assert all(set(one[2]) >= set(other[2]) for one, other in zip(again, whole, strict=True))


def test_the_same_journeys(captures_dir, small):
    """The way of each packet, its delays and changes do not depend on how many frames are kept."""
    scenario = captures_dir / "cilium-1.16" / "cilium-08-tcp6-short"
    whole = [journey.sightings for journey in told(scenario).journeys]
    small(40)
    assert [journey.sightings for journey in told(scenario).journeys] == whole


def test_summaries(captures_dir, small):
    """A packet whose frame is not kept is summed up by its ends, protocol, ports and numbers; others in full."""
    scenario = captures_dir / "cilium-1.16" / "cilium-08-tcp6-short"
    before = told(scenario).journeys[0]
    assert before.summary.endswith("SYN")
    small(40)
    after = told(scenario).journeys[0]
    ends = before.summary.partition(":")[0]
    assert after.flow == before.flow
    ports = f"{before.flow.src_port} → {before.flow.dst_port}"
    assert after.summary.startswith(f"{ends}: TCP {ports}, 0 bytes, sequence number ")


def test_summary_of_an_echo(captures_dir, small):
    """An echo that is not kept has its number."""
    small(40)
    trace = told(captures_dir / "cilium-1.16" / "cilium-01-ping6-cross-node")
    echoes = [journey.summary.partition(": ")[2] for journey in trace.journeys if "echo" in journey.summary]
    assert {text.rpartition(" ")[2] for text in echoes} == {"1", "2", "3"}
    assert all(" number " in text for text in echoes)


def test_conversations_that_are_left_out_are_said(captures_dir, small):
    """Where the conversations to look at are more than may be kept, the note says how many were judged."""
    scenario = captures_dir / "cilium-1.16" / "cilium-29-policy-deny-ingress"
    small(40, 40)
    (note,) = [note for note in told(scenario).overview.notes if LEFT_OUT in note]
    assert note.startswith("losses were judged on 1 of 3 conversations with packets that stop short")
    small(40, 80)
    (note,) = [note for note in told(scenario).overview.notes if LEFT_OUT in note]
    assert note.startswith("losses were judged on 2 of 3 conversations")
    small(40, 88)
    assert not [note for note in told(scenario).overview.notes if LEFT_OUT in note]


def test_conversations_that_stop_alike_count(captures_dir, small):
    """Packets of a conversation that was left out count where they stop as those of one that was judged do."""
    scenario = captures_dir / "cilium-1.16" / "cilium-29-policy-deny-ingress"
    small(40, 1)
    trace = told(scenario)
    assert len({journey.flow.src for journey in trace.lost}) == 1  # the other address family has ends of its own
    assert {journey.flow.protocol for journey in trace.lost} == {"tcp", "icmpv6"}


def test_a_capture_of_others_alone(tmp_path, small):
    """A capture that shows none of the lost packets, but others all the time, shows that they did not come."""
    pings = [(number * 100_000, ping(number)) for number in range(5)]
    others = [(number * 100_000, tcp(C, B, seq=number)) for number in range(8)]
    captures = {POD: pings, LXC: pings, FAR_LXC: others, WEB: others}
    whole = traced(tmp_path, captures)
    assert whole.overview.lost == 5
    small(1)
    assert lost(traced(tmp_path, captures)) == lost(whole)


def test_small_captures_are_read_once(captures_dir, monkeypatch):
    """Captures that are kept whole are not read again."""
    monkeypatch.setattr(sample.Again, "_sampled", lambda *_: pytest.fail("read again"))
    assert told(captures_dir / "cilium-1.16" / LOSING[0]).overview.lost == 3


def test_without_packets_that_stop_short_nothing_is_read_again(tmp_path, small, monkeypatch):
    """Captures of one place, which shows all ends of its packets, are read once however large they are."""
    monkeypatch.setattr(sample.Again, "_sampled", lambda *_: pytest.fail("read again"))
    small(1)
    trace = traced(tmp_path, {"x.pcap": [(0, tcp(A, B)), (500, tcp(B, A, 80, 40000)), (900, ping())]})
    assert trace.overview.lost == 0


def test_standard_input_is_not_judged(captures_dir, small, monkeypatch):
    """What came on standard input cannot be read again, which is said."""
    folder = captures_dir / "cilium-1.16" / LOSING[0]
    data = (folder / "worker.eth0.pcap").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    small(10)
    others = [path for path in sorted(folder.glob("*.pcap")) if path.name != "worker.eth0.pcap"]
    trace = vxd.trace(["-", *others], folder.parent / "inventory", at={"-": "worker:eth0"})
    assert "standard input cannot be read twice: what it lacks is not judged" in trace.overview.notes


def test_a_capture_that_is_gone(captures_dir, tmp_path, small, monkeypatch):
    """A capture that cannot be read the second time leaves the others judged."""
    folder = captures_dir / "cilium-1.16" / LOSING[0]
    for path in folder.glob("*.pcap"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    small(40)
    original = sample.Again._sampled

    def gone(self, wanted):
        (tmp_path / "worker.any.pcap").unlink()
        return original(self, wanted)

    monkeypatch.setattr(sample.Again, "_sampled", gone)
    assert vxd.trace(tmp_path, folder.parent / "inventory").overview.lost == 3
