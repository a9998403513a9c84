"""Which line lies between bounds from above and bounds from below?

Law: a packet bounds the offset of two clocks from one side: it cannot arrive before it was sent. Of the lines that no
packet contradicts the one with the largest vertical margin is taken, a level one wherever that is as consistent. As a
function of the slope the margin is the smallest of many linear functions, hence concave, and its maximum lies where two
of them meet, at the slope of an edge of a hull (Moon, Skelly, Towsley: Estimation and removal of clock skew from
network delay measurements, 1999; Paxson: On calibrating measurements of packet transit times, 1998). Where packets
contradict one another, those that most agree on are kept (Marzullo's algorithm, RFC 5905 section 11.2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEEPEST = 1e-3
# Crystals are within 100 ppm: beyond this one packet in forty that belongs elsewhere is likelier.
_LIKELY = 200e-6
_RARE = 40
_SLACK = 2_000.0  # ns: two time stamps that were cut to whole microseconds
_SHORTEST = 1e9  # ns: below this a slope is only taken where no level line fits
_WORTH = 8.0
_FEWEST = 8  # packets each way, to tell how densely they lie near their bound
_STEPS = 100


class Points(NamedTuple):
    """Bounds of an offset: `t` when, `y` the offset at most or at least, float64, in ns from any origin."""

    t: NDArray[np.float64]
    y: NDArray[np.float64]

    def where(self, mask: NDArray[np.bool_]) -> Points:
        """Those that a mask selects."""
        return Points(self.t[mask], self.y[mask])

    def over(self, slope: float) -> NDArray[np.float64]:
        """How far each lies over the line of this slope through the origin."""
        return self.y - slope * self.t


class Line(NamedTuple):
    """`offset` at t = 0, in ns, and `slope`; lines of this slope fit from `least` to `most`.

    Over the span of the points the truth lies within `error` of it. `left_out` points were taken for wrong; `uneven`
    where they are too many for that, and count in the error: all of them where no majority agrees on a line.
    """

    offset: float
    slope: float
    least: float
    most: float
    error: float
    left_out: int = 0
    uneven: bool = False


class _Margin(NamedTuple):
    """Between `most`, the highest line of a slope that fits, and `least`, the lowest one; `gain` is its derivative."""

    slope: float
    most: float
    least: float
    gain: float

    @property
    def width(self) -> float:
        return self.most - self.least


def fit(upper: Points, lower: Points) -> Line:
    """The line below all of `upper` and above all of `lower`; neither may be empty."""
    best = _choose(upper, lower)
    if best is not None and abs(best.slope) <= _LIKELY:
        return _line(upper, lower, best)
    rest = _without_strays(upper, lower)
    if best is None:
        return _middle(upper, lower) if rest is None else rest
    rare = (upper.t.size + lower.t.size) // _RARE
    if rest is not None and rest.left_out <= rare and abs(rest.slope) <= _LIKELY:
        return rest
    return _line(upper, lower, best)


def _choose(upper: Points, lower: Points) -> _Margin | None:
    """The margin of the slope to take, None where no line fits."""
    found = _margin(upper, lower, 0.0)
    for limit in (_LIKELY, STEEPEST):
        steeper = _widest(upper, lower, limit)
        if found.width < -_SLACK or _worth(upper, lower, found, steeper):
            found = steeper
    return found if found.width >= -_SLACK else None


def _margin(upper: Points, lower: Points, slope: float) -> _Margin:
    above, below = upper.over(slope), lower.over(slope)
    i, j = int(above.argmin()), int(below.argmax())
    return _Margin(slope, float(above[i]), float(below[j]), float(lower.t[j] - upper.t[i]))


def _widest(upper: Points, lower: Points, limit: float) -> _Margin:
    """The widest margin of the slopes up to a limit, of several the one nearest to level.

    It lies below where the tangents of two slopes meet, and there once they touch it.
    """
    left, right = _margin(upper, lower, -limit), _margin(upper, lower, limit)
    best = max(left, right, key=lambda margin: margin.width)
    for _ in range(_STEPS if left.gain > 0 > right.gain else 0):
        slope = (right.width - right.gain * right.slope - left.width + left.gain * left.slope) / (
            left.gain - right.gain
        )
        bound = left.width + left.gain * (slope - left.slope)
        found = _margin(upper, lower, slope)
        best = max(best, found, key=lambda margin: margin.width)
        if found.width >= bound - 0.5 or found.gain == 0 or not left.slope < slope < right.slope:
            break
        left, right = (found, right) if found.gain > 0 else (left, found)
    return _margin(upper, lower, _reach(upper, lower, 0.0, best, best.width - _SLACK / 2))


def _reach(upper: Points, lower: Points, start: float, goal: _Margin, width: float) -> float:
    """The first slope from `start` to that of `goal` where the margin has a width that `goal` has: Newton's method."""
    slope = start
    for _ in range(_STEPS):
        margin = _margin(upper, lower, slope)
        if margin.width >= width - 0.5:
            return slope
        if margin.gain * (goal.slope - slope) <= 0:
            break
        slope += (width - margin.width) / margin.gain
        if (goal.slope - slope) * (goal.slope - start) <= 0:
            break
    return goal.slope


def _worth(upper: Points, lower: Points, flat: _Margin, steep: _Margin) -> bool:
    """Whether a slope gains more than chance does: the bounds nearest to the line lie apart by chance as well."""
    span = _ends(upper, lower)
    if min(upper.t.size, lower.t.size) < _FEWEST or span[1] - span[0] < _SHORTEST:
        return False
    apart = _apart(upper.over(steep.slope) - steep.most) + _apart(steep.least - lower.over(steep.slope))
    return steep.width - flat.width > _WORTH * apart + 2 * _SLACK


def _apart(distances: NDArray[np.float64]) -> float:
    """How far the points nearest to the line lie apart, on the average."""
    nearest = np.partition(distances, _FEWEST - 1)[:_FEWEST]
    return float(nearest.max() - nearest.min()) / (_FEWEST - 1)


def _ends(upper: Points, lower: Points) -> tuple[float, float]:
    return min(float(upper.t.min()), float(lower.t.min())), max(float(upper.t.max()), float(lower.t.max()))


def _line(upper: Points, lower: Points, margin: _Margin) -> Line:
    """The middle of a margin, and how far other lines that fit lie from it at the ends of the span.

    The highest of them is, at one end, the least steep that fits, at the other the steepest; so is the lowest.
    """
    begin, end = _ends(upper, lower)
    slack = max(0.0, -margin.width) / 2
    falling, rising = (
        _margin(upper, lower, _reach(upper, lower, slope, margin, -2 * slack)) for slope in (-STEEPEST, STEEPEST)
    )
    offset = (margin.most + margin.least) / 2
    far = (
        falling.most + falling.slope * begin - (offset + margin.slope * begin),
        rising.most + rising.slope * end - (offset + margin.slope * end),
        offset + margin.slope * begin - (rising.least + rising.slope * begin),
        offset + margin.slope * end - (falling.least + falling.slope * end),
    )
    return Line(offset, margin.slope, margin.least, margin.most, max(far) + 2 * slack)


def _without_strays(upper: Points, lower: Points) -> Line | None:
    """The line that most points agree on; None where all of one side would have to go."""
    slopes = _slopes(upper, lower)
    cost, slope, offset = min(
        (_agreed(upper.over(slope), lower.over(slope), slope) for slope in slopes), key=lambda found: found[0]
    )
    if cost >= 1:
        return None
    keep_upper, keep_lower = upper.over(slope) >= offset, lower.over(slope) <= offset
    for _ in range(_STEPS):
        kept = upper.where(keep_upper), lower.where(keep_lower)
        line = _line(*kept, _choose(*kept) or _margin(*kept, slope))
        again_upper = keep_upper | (upper.over(line.slope) >= line.offset)
        again_lower = keep_lower | (lower.over(line.slope) <= line.offset)
        if (again_upper == keep_upper).all() and (again_lower == keep_lower).all():
            break
        keep_upper, keep_lower = again_upper, again_lower
    out = int((~keep_upper).sum()), int((~keep_lower).sum())
    if out[0] <= _few(upper.t.size) and out[1] <= _few(lower.t.size):
        return line._replace(left_out=sum(out))
    wrong = max(
        line.offset - float(upper.over(line.slope).min()), float(lower.over(line.slope).max()) - line.offset, 0.0
    )
    return line._replace(left_out=sum(out), error=line.error + wrong, uneven=True)


def _few(size: int) -> int:
    return max(size // 6, 1 if size >= 4 else 0)


def _slopes(upper: Points, lower: Points) -> list[float]:
    """Slopes that strays do not turn: level first, then the median slope of pairs of points half the number apart."""
    found = []
    for points in (upper, lower):
        order = np.argsort(points.t, kind="stable")
        half = order.size // 2
        first, second = order[:half], order[order.size - half :]
        runs = points.t[second] - points.t[first]
        rises = (points.y[second] - points.y[first])[runs > 0]
        if rises.size:
            found.append(float(np.median(rises / runs[runs > 0])))
    return [0.0, *(min(max(slope, -STEEPEST), STEEPEST) for slope in (*found, sum(found) / max(len(found), 1)))]


def _agreed(above: NDArray[np.float64], below: NDArray[np.float64], slope: float) -> tuple[float, float, float]:
    """The offset that the fewest bounds contradict, as (share of the upper plus share of the lower, slope, offset)."""
    above, below = np.sort(above), np.sort(below)
    offsets = np.concatenate((above, below))

    def costs(at: NDArray[np.float64]) -> NDArray[np.float64]:
        too_low = np.searchsorted(above, at, "left") / above.size
        return too_low + (below.size - np.searchsorted(below, at, "right")) / below.size

    cost = costs(offsets)
    best = np.sort(offsets[cost <= cost.min()])
    middle = (best[:1] + best[-1:]) / 2
    return float(cost.min()), slope, float(middle[0] if costs(middle)[0] <= cost.min() else best[0])


def _middle(upper: Points, lower: Points) -> Line:
    """For bounds that all contradict one another: between their medians, as uncertain as they are far apart."""
    above, below = float(np.median(upper.y)), float(np.median(lower.y))
    offset = (above + below) / 2
    error = max(offset - float(upper.y.min()), float(lower.y.max()) - offset, abs(above - below) / 2)
    return Line(offset, 0.0, below, above, error, upper.t.size + lower.t.size, uneven=True)
