"""Does the text for a terminal tell the story of a frame?"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import samples
from vxlan_dissect.addresses import format_mac
from vxlan_dissect.explain.statements import CapturePoint, FactEvidence, Related
from vxlan_dissect.report import Heading, open_report
from vxlan_dissect.report.layout import Screen, columns_of

CODES = re.compile(r"\x1b\[[0-9;]*m")
HEADING = Heading("1.cap", 2, "inventory", "found beside the capture")


def shown(*frames, width=80, colour=False, encoding="utf-8", heading=None):
    """The text of frames without and, where asked, with their heading."""
    report = open_report("text", Screen(width, colour, encoding))
    head = report.capture(heading or HEADING, frames[0])
    return (head if heading else "") + "".join(map(report.frame, frames))


def flat(text):
    """Text as one line with single spaces, so that wrapping does not matter."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("name", samples.ALL)
def test_no_line_is_wider_than_the_terminal(name, width):
    """Every shape of explanation fits, with room to spare or none."""
    lines = shown(samples.ALL[name], width=width, heading=HEADING).split("\n")
    assert max(map(columns_of, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize("name", samples.ALL)
@pytest.mark.parametrize("width", [60, 80, 160])
def test_colour_adds_nothing_but_colour(name, width):
    """Without its codes the coloured text is the plain text: no meaning lies in colour alone."""
    sample = samples.ALL[name]
    coloured = shown(sample, width=width, colour=True, heading=HEADING)
    assert CODES.sub("", coloured) == shown(sample, width=width, heading=HEADING)


def test_the_first_two_lines_tell_the_story():
    """Number, time and summary come first, then the partner and the time between."""
    first, second = shown(samples.REQUEST).strip().split("\n")[:2]
    assert first == "1  07:44:28.594856  echo request, cni-7t9p4 → cni-8qgcs, id 44, seq 0"
    assert second == "   reply in frame 2, 607 µs later · 168 bytes"


def test_the_time_since_the_frame_before_is_shown():
    """The second frame that is shown says how long after the first it came."""
    assert "2  07:44:28.594893  +37 µs  neighbor advertisement" in shown(samples.REQUEST, samples.ADVERTISEMENT)


def test_the_heading_says_what_the_capture_is():
    """Name, frames, date, capture point with its basis, inventory and how it was found, and notes stand on top."""
    heading = HEADING._replace(where="icmpv6", notes=("network: Cilium (certain)", "something odd"))
    head = shown(samples.REQUEST, width=160, heading=heading).partition("\n\n")[0]
    assert head.split("\n") == [
        "1.cap · 2 frames · only icmpv6 · 2024-07-12 07:44:28.594856 UTC",
        "   taken at   cilium-dual-stack-worker eth0 (likely: the outer source is this interface)",
        "   inventory  inventory (found beside the capture)",
        "   network    Cilium (certain)",
        "   note       something odd",
    ]


def test_an_unknown_capture_point_says_how_to_name_it():
    """Where nothing tells the place of the capture the reader learns of --at."""
    assert "unknown; --at NODE:INTERFACE says it" in shown(samples.NAMELESS, heading=HEADING)


def test_a_capture_point_that_changes_is_said_at_its_frame():
    """In a capture of several interfaces only the frames taken elsewhere than the first repeat the place."""
    other = samples.REQUEST._replace(capture_point=CapturePoint(samples.NODE, "cilium_vxlan", None, "file"))
    text = shown(samples.REQUEST, other)
    assert text.count("captured at cilium-dual-stack-worker") == 1
    assert "captured at cilium-dual-stack-worker cilium_vxlan" in flat(text)


def test_a_day_that_changes_is_said():
    """The date stands in the heading and again where midnight passes."""
    later = samples.REQUEST._replace(time_ns=samples.TIME + 86_400_000_000_000)
    assert "1  2024-07-13 07:44:28.594856  +1 d  echo" in shown(samples.REQUEST, later)


def test_the_tunnel_stands_before_what_it_carries():
    """Outer: VXLAN, VNI, port, TTL and both nodes; inner: what the pods see."""
    text = shown(samples.REQUEST)
    outer, inner = (
        text.index("outer    VXLAN, VNI 10398, UDP port 8472, TTL 64"),
        text.index("inner    eth ipv6 icmpv6"),
    )
    assert outer < text.index("172.18.0.3  02:42:ac:12:00:03  cilium-dual-stack-worker eth0") < inner
    assert "hop limit 64" in text[inner:]


def test_a_mac_of_somebody_else_gets_its_own_line():
    """The inner destination MAC is the lxc interface's although the address is the other pod's."""
    lines = [line.split() for line in shown(samples.REQUEST, width=160).split("\n")]
    assert ["to", str(samples.POD2_IP), "cni-8qgcs", "eth0,", "on", samples.NODE2] in lines
    mac = next(line for line in lines if line[0:1] == [format_mac(samples.LXC_MAC)])
    assert mac[1:] == ["lxc237a31216c0f,", "on", f"{samples.NODE},", "host", "end", "of", "a", "pod's", "veth"]


def test_what_is_inferred_says_so():
    """An owner that no line of the inventory names outright carries its confidence and the reason."""
    assert "gateway of its pods (likely: the pod's default route names it)" in flat(shown(samples.ADVERTISEMENT))


def test_groups_are_named_without_an_inventory():
    """Broadcast and multicast addresses say what they are."""
    group = samples.ADVERTISEMENT._replace(
        dst=samples.ADVERTISEMENT.dst._replace(
            mac=0x3333FF0022F1, ip=samples.parse_ip("ff02::1:ff00:22f1"), ip_owner=None, mac_owner=None
        )
    )
    assert "(solicited-node group)" in shown(group)
    assert "ff:ff:ff:ff:ff:ff  (broadcast)" in shown(samples.NAMELESS)


def test_the_way_has_a_hop_a_line_by_node():
    """Each hop has number, interface and action under its node; marks and words say where it was seen."""
    text = shown(samples.REQUEST, width=160)
    assert re.search(r"way +cilium-dual-stack-worker\n +· 1  cni-7t9p4 eth0 +send ", text)
    assert re.search(r"● 4  eth0 +send +the outer packet leaves the node \(captured here\)", text)
    assert re.search(r"○ 2  lxc237a31216c0f .*\(seen in another capture\)", text)
    assert re.search(r"then +cilium-dual-stack-worker2\n +✗ 5  eth0 .*\(expected and missing\)", text)
    assert re.search(r"◌ 7  lxc91c4d60f3ab8 .*\(blind spot: invisible\)", text)


def test_a_way_shown_before_is_named_by_its_frame():
    """The same way stands in full once; later frames name the frame, and where on it they were captured."""
    text = shown(samples.REQUEST, samples.REQUEST._replace(frame=3))
    assert text.count("decapsulate") == 1
    assert "way      as in frame 1; captured at hop 4, eth0" in text


def test_a_statement_has_its_rule_and_its_evidence():
    """The sentence comes first, then the rule in brackets, then fields, frames and inventory lines."""
    text = flat(shown(samples.REQUEST))
    assert "later. [icmp.echo-request, likely] icmpv6.code = 0 frame 9 same identifier and sequence" in text
    assert "[tunnel.encapsulated] article.txt:230 inet 172.18.0.3/16 scope global eth0" in text


def test_evidence_that_stands_above_is_not_repeated():
    """VNI, addresses and the partner are in the upper lines of the frame, so the evidence leaves them out."""
    evidence = flat(shown(samples.REQUEST)).partition("[tunnel.encapsulated]")[2]
    for column in ("vxlan.vni", "outer.ip.src", "icmpv6.type", "frame 2 "):
        assert column not in evidence


def test_an_absence_is_shown_where_the_other_lines_stand():
    """Evidence without a line of its own names the file alone; a flag reads true."""
    text = flat(shown(samples.ADVERTISEMENT))
    assert "article.txt fd00:10:244:1::22f1 is not on lxc237a31216c0f" in text
    assert "icmpv6.nd.na.flag.r = true" in text


def test_evidence_from_other_folders_keeps_its_path():
    """Only the folder that the heading names is left out of file names."""
    statement = samples.PROXY._replace(evidence=(FactEvidence("elsewhere/a.txt", 3, "a line"),))
    assert "elsewhere/a.txt:3  a line" in shown(samples.REQUEST._replace(statements=(statement,)))


def test_a_sentence_shown_before_is_named_by_its_frame():
    """Statements that bring nothing new are one line: the frame that has them in full, and the rules that speak."""
    text = shown(samples.REQUEST, samples.REQUEST._replace(frame=3))
    assert text.count("carries this frame") == 1
    assert text.endswith("   • As in frame 1: [tunnel.encapsulated] [icmp.echo-request, likely]\n")


def test_a_finding_is_always_said_in_full():
    """What is wrong is repeated in every frame, only its inventory lines shrink to their places."""
    text = shown(samples.BROKEN, samples.BROKEN._replace(frame=3))
    assert [text.count(word) for word in ("Broken:", "Suspicious:", "Unknown:")] == [2, 2, 2]
    assert text.count("link/ether") == 1
    assert "       article.txt:231, article.txt (as above)\n" in text


def test_an_inventory_line_is_quoted_once():
    """Where another sentence rests on the same line, its place is enough."""
    other = samples.PROXY._replace(text="Another sentence.")
    text = flat(shown(samples.ADVERTISEMENT, samples.ADVERTISEMENT._replace(frame=4, statements=(other,))))
    assert text.count("link/ether") == 1
    assert text.endswith("a2:79:14:47:80:b3 article.txt:231, article.txt (as in frame 2)")


def test_a_reason_is_told_once():
    """How a name was inferred stands where it is first used; later the doubt alone is enough, also in evidence."""
    reason = FactEvidence("inferred", None, samples.ROUTER_OWNER.inferred)
    frame = samples.ADVERTISEMENT._replace(statements=(samples.PROXY._replace(evidence=(reason,)),))
    text = flat(shown(frame, frame._replace(frame=4)))
    assert text.count("the pod's default route names it") == 1
    assert "gateway of its pods (likely) " in text
    assert "inferred (as above)" in text


def test_the_gravest_statement_comes_first():
    """Broken, suspicious and unknown stand before the rest, each with its word and its mark."""
    text = shown(samples.BROKEN)
    order = ["✗ Broken:", "! Suspicious:", "? Unknown:", "• cilium-dual-stack-worker carries"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "• By design:" in shown(samples.ADVERTISEMENT)


def test_a_frame_without_a_rule_says_so():
    """Where no rule speaks the frame still shows its layers, and says that none does."""
    text = shown(samples.NAMELESS)
    assert "frame    eth arp" in text
    assert "? no rule speaks of this frame" in text


def test_damage_says_what_is_missing():
    """Layer, bytes needed and there, the limit and the offset stand in one sentence."""
    text = flat(shown(samples.DAMAGED))
    assert "damaged icmpv6 needs 32 bytes at offset 54 and has 12, ended by the captured length" in text


def test_a_comment_of_the_capture_file_is_shown():
    """A pcapng comment appears with its frame."""
    assert "comment  look here" in shown(samples.REQUEST._replace(comment="look here"))


def test_an_undated_capture_has_clock_times():
    """Pasted text without a date shows the time of day, and the heading says that the date is unknown."""
    text = shown(samples.UNDATED, heading=HEADING)
    assert "07:44:28.594775, date unknown" in text
    assert "3  07:44:28.594775  ARP" in text


def test_hostile_text_is_shown_and_does_nothing():
    """No control character, no direction mark and no line break of the network's reaches the terminal."""
    text = shown(samples.HOSTILE, heading=HEADING._replace(name=samples.EVIL, inventory=samples.EVIL))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\u2066-\u2069\ud800]", text)
    assert "\\x1b[31mred" in text


@given(st.text(st.characters(exclude_categories=()), max_size=40), st.sampled_from([60, 80, 160]))
def test_no_summary_comment_or_sentence_breaks_the_layout(text, width):
    """Fuzzed text keeps inside the width and leaves no control character."""
    statement = samples.PROXY._replace(text=text, rule=text, evidence=(FactEvidence(text, 1, text),))
    frame = samples.REQUEST._replace(
        summary=text, comment=text, statements=(statement,), related=(Related(9, text, -1),)
    )
    lines = shown(frame, width=width).split("\n")
    assert all(line.isprintable() and columns_of(line) <= width for line in lines)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_an_old_terminal_gets_plain_marks(encoding):
    """Marks and arrows have forms that every encoding can hold, and lines still fit."""
    text = shown(samples.REQUEST, samples.WIDE, encoding=encoding)
    assert text.encode(encoding)
    assert max(map(columns_of, text.split("\n"))) <= 80
    assert "\\u5bb9" in text


def test_ascii_marks_keep_their_meaning():
    """The hop of the capture has a star, the arrow two characters."""
    text = shown(samples.REQUEST, encoding="ascii")
    assert "cni-7t9p4 -> cni-8qgcs" in text
    assert re.search(r"\* 4  eth0 +send", text)


def test_captures_are_kept_apart():
    """A second capture starts after a blank line, with nothing remembered of the first."""
    report = open_report("text", Screen(80))
    first = report.capture(HEADING, samples.REQUEST) + report.frame(samples.REQUEST)
    second = report.capture(HEADING, samples.REQUEST) + report.frame(samples.REQUEST)
    assert second == "\n" + first


def test_a_capture_without_frames_has_a_heading():
    """Where nothing matches, the heading says so."""
    report = open_report("text", Screen(80))
    assert report.capture(HEADING._replace(frames=0), None).startswith("1.cap · 0 frames\n")


def test_six_frames_take_less_than_ten_milliseconds():
    """Rendering is no part of what a user waits for."""
    frames = [samples.REQUEST._replace(frame=n, time_ns=samples.TIME + n) for n in range(5)] + [samples.ADVERTISEMENT]
    shown(*frames, colour=True)
    begin = time.perf_counter()
    shown(*frames, colour=True)
    assert time.perf_counter() - begin < 0.01
