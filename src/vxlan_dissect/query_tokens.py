"""Which pieces is a filter made of?

Law: each character is read once, so no text can hang it; what begins no piece is a QueryError with a caret under it.
Text in quotes has Wireshark's escapes; a byte that they name stays that byte where bytes are compared.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {
    "eq": "==", "any_eq": "==", "ne": "!=", "all_ne": "!=", "all_eq": "===", "any_ne": "!==", "lt": "<", "le": "<=",
    "gt": ">", "ge": ">=", "&&": "and", "||": "or", "!": "not", "~": "matches", "bitwise_and": "&",
}  # fmt: skip
ORDERING = ("<", "<=", ">", ">=")
EQUALITY = ("==", "!=", "===", "!==")
OPERATORS = (*EQUALITY, *ORDERING, "contains", "matches")
KEYWORDS = {"and", "or", "not", "in", "any", "all", "contains", "matches", "&", *WORDS, *WORDS.values()}
_PATTERN = re.compile(
    r'r"(?P<raw>(?:[^"\\]|\\.)*)"|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!(){},&~]|\[|\])|(?P<word>[\w.:/*-]+)'
    r'|"(?P<text>(?:[^"\\]|\\.)*)"|\s+',
    re.ASCII | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_SIGNS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", '"': '"', "\\": "\\"}
# What people write who know other versions or other languages.
_ADVICE = {
    "=": "write `==` for equal",
    "#": "levels are named: outer.ip.src is the tunnel's, inner.ip.src the innermost",
    "'": 'text stands in double quotes, as "web-1"',
    "$": "no references to other frames are offered",
    "|": "write `or`, or `||`",
    "^": "`xor` is not offered",
    "+": "arithmetic is not offered",
    "%": "arithmetic is not offered",
}
_BYTES = 0xDC00  # a byte that is no text, as Python's surrogateescape keeps it


class Token(NamedTuple):
    """A piece of the expression. `kind` is `word`, `text` (stood in quotes), `sign` or `end`."""

    kind: str
    text: str
    position: int


def tokens(expression: str) -> Iterator[Token]:
    """The pieces from left to right; the last one is the end. Raises QueryError."""
    position = 0
    while position < len(expression):
        match = _PATTERN.match(expression, position)
        if match is None:
            raise QueryError(expression, position, _why_not(expression, position))
        kind = match.lastgroup
        if kind == "text":
            yield Token(kind, unescaped(match[kind]), position)
        elif kind == "raw":  # only the quote needs its backslash, which stays
            yield Token("text", match[kind], position)
        elif kind is not None:
            yield Token(kind, WORDS.get(match[kind], match[kind]), position)
        position = match.end()
    yield Token("end", "", len(expression.rstrip()))


def unescaped(text: str) -> str:
    r"""Text without its escapes; one that means nothing, as `\d`, stays as it is written."""
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_character, text)
    try:  # bytes that are text together
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text


def encoded(text: str) -> bytes:
    """The bytes of a text, as UTF-8, and those that an escape named as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _character(match: re.Match[str]) -> str:
    escape = match[1]
    if escape in _SIGNS:
        return _SIGNS[escape]
    if escape[0] == "x" and len(escape) > 1:
        return _byte(int(escape[1:], 16))
    if escape[0] in "01234567":
        return _byte(int(escape, 8) & 0xFF)
    if escape[0] in "uU" and len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if code <= 0x10FFFF else "\ufffd"
    return match[0]


def _byte(value: int) -> str:
    return chr(value) if value < 0x80 else chr(_BYTES + value)


def _why_not(expression: str, position: int) -> str:
    if expression[position] == '"':
        return "this text has no closing quote"
    advice = _ADVICE.get(expression[position])
    return f"{expression[position]!r} means nothing here" + (f": {advice}" if advice else "")
