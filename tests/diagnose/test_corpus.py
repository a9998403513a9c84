"""Are public captures of others named right or left unnamed, and are healthy ones left in peace?

Law: what a capture is, its manifest says; nothing of the captures themselves is stored here.
"""

from __future__ import annotations

import csv
import re

import pytest

import vxlan_dissect as vxd
from tests.diagnose.baseline import baseline
from tests.diagnose.test_score import needs_diagnose
from vxlan_dissect import Inventory
from vxlan_dissect.errors import CaptureError

EVERY = 12  # of captures without a tunnel, one in so many
TELLING = re.compile(r"k8s|vxlan|geneve|gre|nd_types|ipip|wireguard|esp", re.IGNORECASE)


@pytest.fixture(scope="module")
def rows(corpus_dir):
    """Manifest lines of the sample with their paths."""
    with (corpus_dir / "manifest.tsv").open(newline="") as stream:
        found = list(csv.DictReader(stream, delimiter="\t"))
    return [
        (row, str(corpus_dir / row["file"]))
        for number, row in enumerate(found)
        if TELLING.search(row["notes"]) or number % EVERY == 0
    ]


def known(part):
    """What is known of the corpus, by file."""
    return baseline("corpus").get(part) or []


def test_networks_are_named_right(rows):
    """Only a capture of Cilium is called Cilium, only one of flannel or Calico by that name."""
    wrong = []
    for row, path in rows:
        try:
            network = vxd.explain(path, Inventory()).notes[0]
        except CaptureError:
            continue
        except Exception:
            assert row["file"] in known("crashes"), row["file"]
            continue
        named = [name for name in ("Cilium", "flannel", "Calico") if network.startswith(f"network: {name}")]
        wrong += [(row["file"], network) for name in named if name.lower() not in row["path"].lower()]
    assert [one for one in wrong if one[0] not in known("misnamed")] == []
    assert len(rows) > 150


@needs_diagnose
def test_diagnosis_of_others(rows):
    """Every capture that can be read is diagnosed, and one without damage or craft has no error."""
    crashed, accused = [], []
    for row, path in rows:
        try:
            findings = vxd.diagnose([path], Inventory()).as_dict()["findings"]
        except CaptureError:
            continue
        except Exception as problem:
            crashed.append((row["file"], repr(problem)))
            continue
        plain = row["malformed"] == "no" and "crafted" not in row["notes"]
        accused += [(row["file"], one["rule"]) for one in findings if plain and one["severity"] == "error"]
    assert [one for one in crashed if one[0] not in known("crashes")] == []
    assert [one for one in accused if one[0] not in known("errors")] == []
