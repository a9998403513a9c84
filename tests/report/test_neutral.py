"""Does text from outside reach a terminal or a page only in a harmless form?"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxlan_dissect.report.neutral import LIMIT, clean, html

# Every code point, lone surrogates included: what a file name or a decoded byte string can hold in Python.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\tc", "a\\x0d\\x0ab\\x09c"),
        ("\x00\x7f", "\\x00\\x7f"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028para\u2029", "line\\u2028para\\u2029"),
        ("\ud800\ufffe\U000e0041", "\\ud800\\ufffe\\U000e0041"),
        ("\u00a0\u3164\u2800", "\\xa0\\u3164\\u2800"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_escape(raw, shown):
    """Controls, direction marks, separators, surrogates, odd spaces and blank letters become visible escapes."""
    assert clean(raw) == shown


@pytest.mark.parametrize("text", ["cni-7t9p4", "节点一 eth0", "Größe µs → ●", "🖼", "e\u0301"])
def test_what_can_be_seen_is_left_alone(text):
    """Letters of any script, symbols and combining accents pass unchanged."""
    assert clean(text) == text


@given(ANY_TEXT)
def test_no_text_leaves_with_a_character_that_acts_on_a_terminal(text):
    """Whatever comes in, nothing unseen goes out, and cleaning again changes nothing."""
    shown = clean(text)
    assert not {unicodedata.category(character) for character in shown} & UNSEEN
    assert clean(shown) == shown


@given(ANY_TEXT, st.sampled_from(["ascii", "latin-1", "cp437", "shift_jis", "koi8-r"]))
def test_text_can_be_written_in_the_encoding_of_the_terminal(text, encoding):
    """A terminal that is not UTF-8 never makes the program fail."""
    assert clean(text + "→ ● µs 节", encoding=encoding).encode(encoding)


def test_our_own_marks_have_plain_forms():
    """Where a mark is missing from the encoding its ASCII form stands in, so that the meaning stays."""
    assert clean("a → b ● 607 µs · x", encoding="ascii") == "a -> b * 607 us - x"


def test_long_text_is_cut_and_says_so():
    """A megabyte from the network takes no more than its share, and the reader knows how much is missing."""
    shown = clean("x" * 1_000_000)
    assert shown == "x" * LIMIT + f"… ({1_000_000 - LIMIT} more characters)"


def test_html_has_no_markup_of_its_own():
    """Angle brackets, ampersands and both quotes are entities, controls are escapes."""
    assert html("<b a=\"x\" b='y'>&\x1b") == "&lt;b a=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;\\x1b"


@given(ANY_TEXT)
def test_no_text_becomes_markup(text):
    """Whatever comes in, no character that HTML acts on goes out except the ampersand of an entity."""
    assert not set(html(text)) & set("<>\"'")
