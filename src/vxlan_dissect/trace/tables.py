"""How does a trace become pandas tables?

Law: from the arrays, in the order of the journeys; words are made once for each place, look and route. An absent value
is missing, never empty and never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.trace.model import Change
    from vxlan_dissect.trace.result import Findings, Trace

# Columns and dtypes: what each of the tables has. Times are by the clock of reference but for `time`.
SIGHTINGS = {
    "journey": "int64", "place": "int64", "capture": "category", "frame": "int64", "time": "datetime64[ns, UTC]",
    "corrected_time": "datetime64[ns, UTC]", "node": "category", "interface": "category", "pod": "category",
    "delay_ns": "Int64", "hop_limit": "UInt8", "tunnelled": "bool", "frames": "int64", "lacking": "int64",
    "ambiguous": "bool", "lost": "bool",
}  # fmt: skip
HOPS = {
    "journey": "int64", "from_node": "category", "from_interface": "category", "from_pod": "category",
    "to_node": "category", "to_interface": "category", "to_pod": "category", "time": "datetime64[ns, UTC]",
    "delay_ns": "int64", "changes": "category",
}  # fmt: skip
LOSSES = {
    "journey": "int64", "time": "datetime64[ns, UTC]", "protocol": "category", "src": "category", "dst": "category",
    "src_port": "UInt16", "dst_port": "UInt16", "src_name": "category", "dst_name": "category",
    "after_node": "category", "after_interface": "category", "after_pod": "category", "before_node": "category",
    "before_interface": "category", "before_pod": "category", "cause": "category", "confidence": "category",
    "verdict": "category",
}  # fmt: skip


def sightings(trace: Trace, found: Findings) -> pd.DataFrame:
    """One row a sighting of the journeys, in the order of each journey; `place` counts from 1.

    `delay_ns` is missing for the first one, `hop_limit` where the packet has none; `frames` is in how many records of
    all captures it was seen there, `lacking` the bytes of its payload that did not pass.
    """
    seen, records = found.seen, found.read.records
    rows = _rows(found, trace.selected)
    record, packet = seen.record[rows], seen.packet[rows]
    first = rows == seen.begins[packet]
    tap = records.tap[record]
    labels = [capture.label for capture in found.read.captures]
    capture = np.array([one.capture for one in found.read.taps], dtype=np.int64)[tap]
    times = found.times[record]
    delay = np.zeros(len(rows), dtype=np.int64)
    delay[~first] = found.delays(rows[~first])
    limit = records.hop_limit[record]
    columns: dict[str, Any] = {
        "journey": packet + 1,
        "place": rows - seen.begins[packet] + 1,
        "capture": _words(capture, labels),
        "frame": records.frame[record].astype(np.int64),
        "time": _times(records.time[record]),
        "corrected_time": _times(times),
        **_at("", *_places(found, rows)),
        "delay_ns": _missing(delay, first),
        "hop_limit": _missing(limit, limit == 0),
        "tunnelled": records.tunnelled[record],
        "frames": np.diff(seen.frames)[rows],
        "lacking": seen.lacking[rows],
        "ambiguous": found.doubts[packet],
        "lost": found.ended[packet] > 0,
    }
    return _table(columns, SIGHTINGS)


def hops(trace: Trace, found: Findings) -> pd.DataFrame:
    """One row a step from one sighting to the next; `time` is when it ended.

    `changes` says in words what all packets of the same way have in common; ports and offload are in the journeys.
    """
    seen = found.seen
    rows = _rows(found, trace.selected)
    rows = rows[rows != seen.begins[seen.packet[rows]]]
    route, spot = seen.route[seen.packet[rows]], seen.spot[rows]
    pairs, codes = np.unique(route << 32 | spot, return_inverse=True)
    words = [_said(seen.routes[pair >> 32].spots[pair & 0xFFFFFFFF].changes) for pair in pairs.tolist()]
    times = found.times[seen.record[rows]]
    columns = {
        "journey": seen.packet[rows] + 1,
        **_at("from_", *_places(found, rows - 1)),
        **_at("to_", *_places(found, rows)),
        "time": _times(times),
        "delay_ns": found.delays(rows),
        "changes": _words(codes, words),
    }
    return _table(columns, HOPS)


def losses(trace: Trace, found: Findings) -> pd.DataFrame:
    """One row a packet that ended before its goal, with the likeliest cause; `time` is that of its last sighting.

    Those that nobody is harmed by, as the probes of a traceroute, have the verdict `normal` or `by-design`.
    """
    seen = found.seen
    packets = trace.selected[found.ended[trace.selected] > 0]
    flows = [trace.flow(packet) for packet in packets.tolist()]
    told = [found.losses[ended - 1] for ended in found.ended[packets].tolist()]
    last = seen.begins[packets + 1] - 1
    causes = [one.causes[0] if one.causes else None for one in told]
    columns: dict[str, Any] = {"journey": packets + 1, "time": _times(found.times[seen.record[last]])}
    for name in ("protocol", "src", "dst", "src_port", "dst_port", "src_name", "dst_name"):
        columns[name] = [getattr(flow, name) for flow in flows]
    columns |= _at("after_", *_places(found, last))
    columns |= _at("before_", np.arange(len(told)), [one.before for one in told])
    columns["cause"] = [cause and cause.cause for cause in causes]
    columns["confidence"] = [cause and cause.confidence for cause in causes]
    columns["verdict"] = [one.verdict for one in told]
    return _table(columns, LOSSES)


def _table(columns: dict[str, Any], kinds: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: _series(columns[name], kind) for name, kind in kinds.items()})


def _series(values: Any, kind: str) -> pd.Series[Any]:
    """A column of the dtype `kind`."""
    import pandas as pd

    if kind == "category" and isinstance(values, list):
        values = _words(np.arange(len(values)), values)  # of text, also where there are none
    return pd.Series(values, dtype=None if kind.startswith(("category", "datetime")) else kind)


def _rows(found: Findings, packets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sightings of some packets, in their order."""
    begins = found.seen.begins
    sizes = begins[packets + 1] - begins[packets]
    rows: NDArray[np.int64] = np.arange(int(sizes.sum())) + np.repeat(begins[packets] - np.cumsum(sizes) + sizes, sizes)
    return rows


def _places(found: Findings, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], Sequence[At]]:
    looks = found.looks
    return looks.place_of_tap[found.read.records.tap[found.seen.record[rows]]], looks.places


def _at(prefix: str, codes: NDArray[np.int64], places: Sequence[At | None]) -> dict[str, Any]:
    """The three columns of a place."""
    return {
        f"{prefix}{name}": _words(codes, [None if at is None else getattr(at, name) for at in places])
        for name in ("node", "interface", "pod")
    }


def _words(codes: NDArray[np.int64], words: Sequence[str | None]) -> Any:
    """A categorical column: for each row a code into `words`, of which None is missing."""
    import pandas as pd

    known = list(dict.fromkeys(word for word in words if word is not None))
    numbers = {word: number for number, word in enumerate(known)}
    of = np.array([-1 if word is None else numbers[word] for word in words] or [-1], dtype=np.int32)
    return pd.Categorical.from_codes(of[codes], categories=pd.Index(known, dtype="str"))


def _times(times: NDArray[np.int64]) -> Any:
    import pandas as pd

    return pd.DatetimeIndex(times.view("datetime64[ns]")).tz_localize("UTC")


def _missing(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """A column of whole numbers, some of which are missing."""
    import pandas as pd

    return pd.arrays.IntegerArray(values.copy(), missing)


def _said(changes: Iterable[Change]) -> str | None:
    """`hop-limit 64 → 63; decapsulated VXLAN, ...`, None for nothing."""
    parts = [f"{one.what} " + " → ".join(filter(None, (one.before, one.after))) for one in changes]
    return "; ".join(parts) or None
