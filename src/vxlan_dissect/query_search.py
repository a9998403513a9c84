"""Which texts, and which bytes of frames, does a search find?

Law: regular expressions run in RE2, whose time is linear in what is searched, so no pattern can hang a filter; one that
would repeat too much is refused, and so is one that turns out to be slow. Bytes are searched where they lie, some
megabytes at a time.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vxlan_dissect.arrow import numbers, strings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_AT_ONCE = 4_000_000  # bytes
_AT_FIRST = 65_536
# What a pattern may repeat, all counts multiplied out: each is work for every byte where RE2 cannot do better.
_MOST = 1000
# Time that a search may take: seconds, and seconds for each byte. Common patterns need a thousandth of it.
_GRACE, _FOR_A_BYTE = 1.0, 2e-7


class TooSlowError(Exception):
    """A regular expression that takes too long for what it searches."""


def fault_of(pattern: str) -> str | None:
    """What is wrong with a regular expression, None where nothing is."""
    if _size(pattern) > _MOST:
        return f"it repeats more than {_MOST} signs, counts multiplied out"
    try:
        _found(pattern, strings(["x"]))
    except pa.ArrowInvalid as error:
        return str(error).partition(": ")[2] or str(error)
    except UnicodeEncodeError:
        return "it has signs that are no text"
    return None


def _size(pattern: str) -> int:
    """How many signs a pattern has with its counted repetitions multiplied out."""
    totals, last = [0], 0
    for piece in _PIECES.finditer(pattern):
        if piece["open"]:
            totals.append(0)
        elif piece["close"]:
            last = totals.pop() if len(totals) > 1 else 0
            totals[-1] += last
        elif piece["least"]:
            more = last * (max(int(piece["least"]), int(piece["most"] or 0), 1) - 1)
            totals[-1] += more
            last += more
        else:
            last = 1
            totals[-1] += 1
    return sum(totals)


_PIECES = re.compile(
    r"(?P<open>\()|(?P<close>\))|\{(?P<least>\d{1,9})(?:,(?P<most>\d{0,9}))?\}|\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]?|[^*+?|]",
    re.DOTALL,
)


def matching_texts(pattern: str, texts: Sequence[str]) -> Mask:
    """Which texts a regular expression matches, in whatever case, shape (len(texts),), bool."""
    return _as_mask(_found(pattern, strings(texts)))


def matching(pattern: str) -> Callable[[pa.Array], pa.Array]:
    """A test for bytes that a regular expression matches; a sign of it is a byte."""
    return lambda data: _found(pattern, data)


def containing(wanted: bytes) -> Callable[[pa.Array], pa.Array]:
    """A test for bytes that have these among them."""
    pattern = "".join(f"\\x{byte:02x}" for byte in wanted)
    return lambda data: pc.match_substring_regex(data, pattern)


def equal_to(several: Sequence[bytes]) -> Callable[[pa.Array], pa.Array]:
    """A test for bytes that are one of these."""
    wanted = _binary(np.frombuffer(b"".join(several), dtype=np.uint8), np.cumsum([0, *map(len, several)]))
    return lambda data: pc.is_in(data, value_set=wanted)


def search(data: NDArray[np.uint8], starts: Ints, ends: Ints, test: Callable[[pa.Array], pa.Array]) -> Mask:
    """Which of the pieces data[start:end] fit a test, shape (k,), bool. Raises TooSlowError."""
    result = np.zeros(len(starts), dtype=bool)
    order = np.argsort(starts, kind="stable")
    total = np.cumsum((ends - starts)[order])
    first, done, at_once = 0, 0, _AT_FIRST
    begin = time.thread_time()
    while first < len(order):
        last = int(np.searchsorted(total, done + at_once)) + 1
        rows = order[first:last]
        result[rows] = _as_mask(test(_pieces(data, starts[rows], ends[rows])))
        first, done, at_once = last, int(total[min(last, len(total)) - 1]), min(2 * at_once, _AT_ONCE)
        if time.thread_time() - begin > _GRACE + _FOR_A_BYTE * done:
            raise TooSlowError
    return result


def _pieces(data: NDArray[np.uint8], starts: Ints, ends: Ints) -> pa.Array:
    """Pieces in the order of their starts as an Arrow array."""
    if bool((ends[:-1] <= starts[1:]).all()):  # what lies between them is every other element
        offsets = np.stack([starts, ends], axis=1).reshape(-1)
        return _binary(data, offsets).take(numbers(np.arange(0, 2 * len(starts), 2)))
    pieces = [data[start:end].tobytes() for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return _binary(np.frombuffer(b"".join(pieces), dtype=np.uint8), np.cumsum([0, *map(len, pieces)]))


def _binary(data: NDArray[np.uint8], offsets: NDArray[Any]) -> pa.Array:
    places = pa.py_buffer(offsets.astype(np.int64))
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, [None, places, pa.py_buffer(data)])


def _found(pattern: str, texts: pa.Array) -> pa.Array:
    # What an escape of the filter made a byte is written as an escape of the expression.
    pattern = re.sub("[\udc80-\udcff]", lambda byte: f"\\x{ord(byte[0]) & 0xFF:02x}", pattern)
    return pc.match_substring_regex(texts, pattern, ignore_case=True)


def _as_mask(found: pa.Array) -> Mask:
    bits = np.frombuffer(found.buffers()[1], dtype=np.uint8)
    return np.unpackbits(bits, count=found.offset + len(found), bitorder="little")[found.offset :].astype(bool)
