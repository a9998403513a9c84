"""Does text keep inside the width, and does nothing that belongs together get torn?"""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxlan_dissect.report.layout import BOLD, DIM, NARROWEST, UNKNOWN_WIDTH, WIDEST, Screen, columns_of, padded

CODES = re.compile(r"\x1b\[[0-9;]*m")
WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs", "Mn", "Cc")), max_size=300)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """True."""
        return True


def test_later_lines_hang_under_the_first():
    """A label stands once, and the text beside it wraps under itself."""
    screen = Screen(width=40)
    lines = screen.lines(1, screen.words("one two three four five six seven eight nine ten"), label=[("who  ", DIM)])
    assert lines == [" who  one two three four five six seven", "      eight nine ten"]


def test_text_without_room_beside_its_label_goes_below():
    """A label that leaves too little room keeps its line and the text begins on the next."""
    screen = Screen(width=60)
    lines = screen.lines(3, screen.words("an answer of several words that needs room"), label=[("x" * 50 + "  ", DIM)])
    assert lines == ["   " + "x" * 50, "     an answer of several words that needs room"]


def test_an_address_is_never_broken():
    """The longest IPv6 address moves to the next line whole, even where the hang leaves too little room for it."""
    address = "fd00:1111:2222:3333:4444:5555:6666:7777"
    screen = Screen(width=60)
    lines = screen.lines(3, screen.words(f"the owner is {address}, likely"), label=[("l" * 30 + "  ", DIM)])
    assert any(address in line for line in lines)
    assert max(map(len, lines)) <= 60


def test_wide_characters_take_two_columns():
    """CJK text wraps by columns, not by characters, and combining accents take none."""
    screen = Screen(width=10)
    assert screen.lines(0, screen.words("容器甲乙 容器丙丁")) == ["容器甲乙", "容器丙丁"]
    assert [columns_of("容器"), columns_of("e\u0301"), columns_of("abc")] == [4, 1, 3]
    assert padded("容器", 6) == "容器  "


def test_a_word_wider_than_the_screen_is_broken():
    """Only a word that fits on no line is torn, and no part of it is lost."""
    screen = Screen(width=10)
    lines = screen.lines(2, screen.words("a" * 25))
    assert lines == ["  " + "a" * 8, "  " + "a" * 8, "  " + "a" * 8, "  a"]


def test_colours_stand_around_words_and_take_no_room():
    """With colour the same words stand in the same columns."""
    plain, coloured = Screen(width=40), Screen(width=40, colour=True)
    label, text = [("label  ", DIM)], "some words that are bold, and wrap"
    lines = coloured.lines(2, coloured.words(text, BOLD), label=label)
    assert [CODES.sub("", line) for line in lines] == plain.lines(2, plain.words(text, BOLD), label=label)
    assert lines[0].endswith("\x1b[1msome words that are bold, and\x1b[0m")


@given(WORDS, WORDS, st.integers(0, 20), st.integers(60, 200), st.booleans())
def test_no_line_is_wider_than_the_screen(text, label, indent, width, together):
    """Whatever text and label come, every line fits and no character of the text is lost."""
    screen = Screen(width=width)
    words = [screen.together(text)] if together else screen.words(text)
    lines = screen.lines(indent, words, label=[(label, DIM)])
    assert max(map(columns_of, lines)) <= width
    bare = "".join(lines).replace(" ", "")
    assert bare.endswith(screen.clean(text).replace(" ", ""))


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("20", NARROWEST), ("100000", WIDEST), ("wide", 100)])
def test_the_width_is_that_of_the_terminal_within_bounds(monkeypatch, columns, width):
    """COLUMNS counts where it is a number; what is narrower or wider than sense is not followed."""
    monkeypatch.setenv("COLUMNS", columns)
    assert Screen.of(io.StringIO()).width == width


def test_without_a_terminal_the_width_is_fixed(monkeypatch):
    """On a pipe the same text comes whatever the window is."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert Screen.of(io.StringIO()) == Screen(UNKNOWN_WIDTH, colour=False, encoding="utf-8")


@pytest.mark.parametrize(
    ("stream", "wish", "environment", "colour"),
    [
        (Terminal(), "auto", {}, True),
        (Terminal(), "auto", {"NO_COLOR": "1"}, False),
        (Terminal(), "auto", {"NO_COLOR": ""}, True),
        (Terminal(), "auto", {"TERM": "dumb"}, False),
        (Terminal(), "never", {}, False),
        (io.StringIO(), "auto", {}, False),
        (io.StringIO(), "always", {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_is_for_terminals_and_those_who_ask(monkeypatch, stream, wish, environment, colour):
    """NO_COLOR counts when it is set and not empty (no-color.org); an option given on the command line is stronger."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Screen.of(stream, wish).colour is colour
