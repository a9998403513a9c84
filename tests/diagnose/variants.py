"""Is the same said of a scenario whose names, addresses and times are others, and no more without an inventory?

Law: what is said follows from the facts. Renamed, a scenario has the same verdict; without an inventory no cause is
claimed that is not one, no healthy network has a finding, and only what is Cilium is called so.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import vxlan_dissect as vxd
from tests.diagnose.renamed import renamed
from tests.diagnose.score import CLAIMS, Verdict, cause_of, diagnose, judge, told
from tests.diagnose.truth import captures_of, inventory_of, table
from vxlan_dissect import Inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

# Our own programs (ownbpf) treat packets as Cilium does, so that nothing in a capture tells them apart.
CILIUM = ("cilium", "ownbpf")


def differences(names: list[str]) -> Iterator[str]:
    """Where the verdict of a renamed scenario, all points together, is another than that of the stored one."""
    for name in names:
        truth = table()[name]
        if not all(path.suffix == ".pcap" for path in captures_of(name).values()):
            continue
        with tempfile.TemporaryDirectory() as made:
            new, captures, inventory = renamed(truth, Path(made))
            before = judge(truth, diagnose([*captures_of(name).values()], inventory_of(name)), name)
            after = judge(new, diagnose([*captures.values()], inventory), name)
        if _short(before) != _short(after):
            yield f"{name}: {_short(before)} became {_short(after)}"
            yield from (f"    before {one}" for one in before.false)
            yield from (f"    after {one}" for one in after.false)


def overclaims(names: list[str]) -> Iterator[str]:
    """What is claimed wrongly of a scenario without its inventory, from all points together."""
    for name in names:
        truth, captures = table()[name], captures_of(name)
        every = {cause for loss in truth.losses for cause in loss.causes} | truth.side
        for one in diagnose([*captures.values()], Inventory()):
            first = cause_of(one)
            claimed = one["severity"] in CLAIMS and first and first not in every and one["confidence"] != "possible"
            if claimed or (truth.healthy and one["severity"] != "info"):
                yield f"{name}: {told(one)}"


def misnamed(names: list[str]) -> Iterator[str]:
    """Captures that are called Cilium and are not."""
    for name in names:
        if not name.startswith(CILIUM):
            for inventory in (inventory_of(name), Inventory()):
                for point, path in captures_of(name).items():
                    network = vxd.explain(str(path), inventory).notes[0]
                    if "cilium" in network.lower():
                        yield f"{name}@{point}: {network}"


def _short(verdict: Verdict) -> tuple[str, bool, int]:
    return verdict.outcome, verdict.exact, len(verdict.false)
