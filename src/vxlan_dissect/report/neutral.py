"""How is text that came from a network or an inventory made safe to show?

Law: whatever leaves the program as text for a terminal goes through `clean`, and as HTML through `html`. Nothing is
dropped: a character that would move the cursor, turn the reading direction round or stay unseen is shown as its escape,
and what is cut says how much is missing.
"""

from __future__ import annotations

LIMIT = 2000
# Letters to Python, but blank on a screen: the Hangul fillers and the Braille blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# What our own words use beyond ASCII, for a terminal that cannot show it.
_PLAIN = {
    "→": "->", "←": "<-", "↔": "<->", "●": "*", "○": "o", "◌": "~", "·": "-", "•": "-", "✗": "x", "×": "x", "…": "...",
    "µ": "u", "–": "-", "—": "-", "≥": ">=", "≤": "<=", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def clean(text: str, limit: int = LIMIT, encoding: str = "utf-8") -> str:
    r"""`text` in one line of printable characters that `encoding` has, at most `limit` characters of it.

    Controls, direction marks, zero-width and unassigned characters, line separators, odd spaces and lone surrogates
    become escapes such as `\x1b` and `\u202e`.
    """
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more characters)"
    if not text.isascii():
        text = "".join(map(_visible, text))
        if encoding != "utf-8":
            text = _encodable(text, encoding)
    elif not text.isprintable():
        text = "".join(map(_visible, text))
    return text


def html(text: str, limit: int = LIMIT) -> str:
    """`clean`, then escaped for element content and for quoted attribute values."""
    text = clean(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#x27;")


def _visible(character: str) -> str:
    if character.isprintable() and character not in _BLANK:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _encodable(text: str, encoding: str) -> str:
    return "".join(
        character if character.isascii() or _has(encoding, character) else _PLAIN.get(character, _escaped(character))
        for character in text
    )


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode()
