"""Is the fragment for a notebook whole, harmless and readable?"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from tests.report import samples
from vxlan_dissect.errors import CaptureError
from vxlan_dissect.report import html

VOID = {"br", "hr", "img"}
ALLOWED = {"div", "details", "summary", "b", "span", "p", "table", "tr", "td", "ul", "li"}


class Result(NamedTuple):
    """What the page reads of Explanations."""

    frames: list
    name: str = "1.cap"
    notes: tuple = ("network: Cilium",)
    problem: CaptureError | None = None

    def __iter__(self):
        return iter(self.frames)

    def __len__(self):
        return len(self.frames)


class Reader(HTMLParser):
    """Collects elements and text, and checks that every element is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.attributes, self.text = [], [], set(), []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        """Remember an element."""
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        """It closes the last one opened."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Remember text."""
        self.text.append(data)


@pytest.mark.parametrize("name", samples.ALL)
def test_every_shape_is_a_whole_fragment_of_few_elements(name):
    """Elements are closed in order, and neither scripts nor handlers nor links occur, whatever the names are."""
    reader = Reader(html.explanation(samples.ALL[name]))
    assert set(reader.elements) <= ALLOWED
    assert reader.attributes <= {"style"}


def test_hostile_text_stays_text():
    """A script in a name is shown as its characters."""
    assert "<script>alert(1)</script>" in " ".join(Reader(html.explanation(samples.HOSTILE)).text)


def test_a_frame_says_what_the_terminal_says():
    """Summary, tunnel, owners, hops with their marks, sentences and evidence are all there."""
    text = " ".join(" ".join(Reader(html.explanation(samples.REQUEST)).text).split())
    for part in (
        samples.REQUEST.summary, "VXLAN, VNI 10398", "cni-8qgcs eth0", "lxc237a31216c0f", "decapsulate",
        "(captured here)", "[icmp.echo-request, likely]", "inventory/article.txt:230", "reply in frame 2, 607 µs later",
    ):  # fmt: skip
        assert part in text


def test_long_captures_show_the_first_frames_and_count_the_rest():
    """Twenty frames are folded under their summaries, and the page says how many more there are."""
    frames = [samples.REQUEST._replace(frame=n) for n in range(1, 31)]
    reader = Reader(html.explanations(Result(frames)))
    assert reader.text.count(samples.REQUEST.summary) == 20
    assert "… and 10 more frames" in reader.text


def test_a_capture_that_ended_early_says_so():
    """The problem stands under the frames."""
    problem = CaptureError("1.cap", "cut <here>", offset=90)
    text = " ".join(Reader(html.explanations(Result([samples.REQUEST], problem=problem))).text)
    assert "1.cap, offset 90: cut <here>" in text


def test_a_finding_is_seen_without_unfolding():
    """The verdict of the gravest statement stands beside the summary."""
    text = html.explanations(Result([samples.BROKEN]))
    assert "Broken:" in text.partition("</summary>")[0]
    assert "By design" not in html.explanations(Result([samples.ADVERTISEMENT])).partition("</summary>")[0]
