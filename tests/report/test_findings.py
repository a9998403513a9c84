"""Does a diagnosis read well on a terminal, whatever names are in it, and hold everything as JSON?"""

from __future__ import annotations

import json

import pytest

from vxlan_dissect.diagnosis import Diagnosis
from vxlan_dissect.explain.findings import Finding
from vxlan_dissect.explain.places import At, Place
from vxlan_dissect.explain.statements import SEVERITY_OF, Cause, FrameEvidence
from vxlan_dissect.report.findings import render
from vxlan_dissect.report.layout import Screen

EVIL = "pod\x1b[2J\n\u202egnp"


def finding(verdict="broken", text="All 3 echo requests from a to b are lost.", **changes):
    """A finding with a place, causes and evidence."""
    made = Finding(
        "loss.policy", SEVERITY_OF[verdict], verdict, "likely", text, "Look at the policies.",
        "Who dropped them is not seen.", 9, (("1.cap", 1), ("1.cap", 4)), Place(At("n", "lxc1"), At("n", "eth0", "b")),
        (Cause("policy", "a policy drops"), Cause("no-route", "no way there")), (FrameEvidence(1, "1.cap: seen"),),
    )  # fmt: skip
    return made._replace(**changes)


def text_of(*findings, width=80):
    """What is printed."""
    made = Diagnosis(("1.cap",), ("12 frames of 1 capture, at n lxc1",), findings)
    return "".join(render(made, "text", Screen(width), ("inventory: x (given with -i)",)))


def test_what_a_finding_shows():
    """Sentence, causes in their order, frames with how many more, what to check, and what is not seen."""
    shown = " ".join(text_of(finding()).split())
    for part in (
        "✗ error All 3 echo requests from a to b are lost. [loss.policy, likely]",
        "cause policy: a policy drops or no-route: no way there",
        "frames 1, 4 and 7 more",
        "check next Look at the policies.",
        "scope Who dropped them is not seen.",
        "inventory x (given with -i)",
    ):
        assert part in shown
    assert "Nothing wrong" not in shown


def test_frames_of_several_captures():
    """Each capture is named once before its frames; a finding on a capture as a whole names none."""
    found = finding(frames=(("1.cap", 1), ("1.cap", 4), ("2.cap", 3)))
    made = Diagnosis(("1.cap", "2.cap"), (), (found, finding(frames=(), rule="capture.cut")))
    shown = " ".join("".join(render(made, "text", Screen(80))).split())
    assert "frames 1.cap 1, 4, 2.cap 3 and 6 more" in shown
    assert shown.count("frames") == 1


def test_nothing_wrong_is_said():
    """Without a finding, and with harmless ones only, that is the sentence, with what was checked."""
    harmless = finding("normal", "Frames are cut.", causes=())
    assert "Nothing wrong was found." in text_of()
    assert "12 frames of 1 capture" in text_of()
    shown = text_of(harmless)
    assert shown.index("Nothing wrong was found.") < shown.index("Worth knowing") < shown.index("Frames are cut.")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_screen(width):
    """Long sentences are wrapped."""
    long = finding(text="word " * 80, next="check " * 60)
    assert all(len(line) <= width for line in text_of(long, width=width).splitlines())


def test_names_cannot_act_on_the_terminal():
    """Control and direction characters of names do not leave."""
    evil = finding(text=f"{EVIL} is lost.", causes=(Cause("policy", EVIL),), frames=((EVIL, 1),))
    shown = text_of(evil)
    assert not {"\x1b", "\u202e"} & set(shown)


def test_json_has_everything():
    """The object of the contract, and names in it survive as they are."""
    made = Diagnosis(("1.cap",), ("checked",), (finding(text=EVIL),))
    found = json.loads("".join(render(made, "json", Screen())))
    assert found["captures"] == ["1.cap"]
    assert found["findings"][0]["text"] == EVIL
    assert found["findings"][0]["place"] == {
        "between": [
            {"node": "n", "interface": "lxc1", "pod": None},
            {"node": "n", "interface": "eth0", "pod": "b"},
        ]
    }
    assert found["findings"][0]["causes"][0] == {"cause": "policy", "why": "a policy drops"}
