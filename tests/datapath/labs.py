"""Which scenarios are there, and which inventory belongs to each?

Law: the folders tell; beside the project a topology.json says which inventory belongs to which variant.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from vxlan_dissect import Inventory

ROOT = Path(__file__).resolve().parents[2]
SETS = ("captures", "captures-versions", "captures-others")


def stored():
    """Every stored scenario folder with captures of several points."""
    folders = {path.parent for path in (ROOT / "captures").glob("*/*/*.pcap")}
    return sorted(folder for folder in folders if (folder / "expect.yaml").exists())


def families():
    """The families of scenarios beside the project, as far as they are on this machine."""
    found = [family for name in SETS for family in _of(ROOT.parent / "shared" / name)]
    return found or ["cilium"]


def scenarios(shared, family):
    """The scenario folders of a family, each with its inventory."""
    for name in SETS:
        inventory = _of(shared / name).get(family)
        if inventory is not None:
            for folder in sorted((shared / name).glob(f"{family}-[0-9]*")):
                yield folder, load(str(shared / name / inventory))


@functools.lru_cache(maxsize=4)
def load(path):
    """An inventory, kept for the next scenario of its family."""
    return Inventory.load(path)


def _of(folder):
    """Family -> inventory folder of one set."""
    if not (folder / "topology.json").exists():
        return {}
    truth = json.loads((folder / "topology.json").read_text(encoding="utf-8"))
    if "families" in truth:
        return {family: f"inventory/{family}" for family in truth["families"]}
    variants = truth["cilium"]
    if "variants" in variants:
        return {variant.partition("-NN")[0]: "inventory" for variant in variants["variants"]}
    return {variant: told["inventory"] for variant, told in variants.items()}
