"""Does the JSON contract have this path?

Law: the contract is what `as_dict` of the explanation writes; no second list of its keys is kept here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from vxlan_dissect.datapath.base import Hop
from vxlan_dissect.explain.statements import (
    BY_DESIGN,
    CapturePoint,
    Damage,
    Endpoint,
    Explanation,
    FieldEvidence,
    Outer,
    Related,
    Statement,
)
from vxlan_dissect.inventory.model import Owner


def fault_of_path(path: str) -> str | None:
    """Why no explanation can have a value at `path`, or None where one can."""
    value: Any = _whole_explanation()
    steps = path.split(".")
    for index, step in enumerate(steps):
        if isinstance(value, list):
            if not step.isdigit():
                return f"{path}: {'.'.join(steps[:index])} is a list, so a number is needed, not {step!r}"
            value = value[0]
        elif not isinstance(value, dict):
            return f"{path}: {'.'.join(steps[:index])} has no parts"
        elif not value:  # an open mapping, such as what a hop predicts: its keys are column names, dots and all
            return None
        elif step not in value:
            return f"{path}: unknown key {step!r}; known are {', '.join(value)}"
        else:
            value = value[step]
    return None


@lru_cache(maxsize=1)
def _whole_explanation() -> dict[str, Any]:
    """An explanation in which nothing is absent and each list has one item."""
    owner = Owner(None, None, "pod", None, names=("",))
    side = Endpoint(0, None, owner, owner)
    return Explanation(
        frame=1,
        capture="",
        time_ns=0,
        dated=True,
        length=0,
        summary="",
        kind="",
        layers=("eth",),
        outer=Outer("vxlan", 0, 0, "", side, side, 0),
        src=side,
        dst=side,
        hop_limit=0,
        capture_point=CapturePoint(None, None, None, ""),
        hops=(Hop(1, None, None, None, "send", "", {}),),
        statements=(Statement("", "", BY_DESIGN, "", (FieldEvidence("ip.ttl", None),)),),
        related=(Related(1, "", 0),),
        damaged=Damage("", 0, 0, "", 0),
    ).as_dict()
