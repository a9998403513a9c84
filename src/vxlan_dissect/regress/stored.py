"""Which captures are stored, what is expected of each, and does it hold?

Law: a capture without expectation and an expectation without capture are faults, as much as a wrong explanation.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from vxlan_dissect.errors import UsageError
from vxlan_dissect.regress.check import Mismatch, check
from vxlan_dissect.regress.expectations import NO_INVENTORY, Expectation, load_expectations

if TYPE_CHECKING:
    from collections.abc import Collection

    from vxlan_dissect.inventory import Inventory

EXPECTATIONS = "expect.yaml"
CAPTURES = (".pcap", ".pcapng", ".cap", ".tcpdump.txt")


def expectations_below(
    folder: str | os.PathLike[str], rules: Collection[str] | None = None
) -> tuple[list[Expectation], list[str]]:
    """The expectations of every scenario below `folder`, sorted by path, and the captures of which none speaks.

    `rules` as for load_expectations. Raises UsageError for a file of expectations that cannot be used or that names a
    capture which is not there.
    """
    expectations: list[Expectation] = []
    captures: list[str] = []
    for parent, folders, files in os.walk(folder):
        folders.sort()
        captures += [os.path.join(parent, name) for name in sorted(files) if name.endswith(CAPTURES)]
        if EXPECTATIONS in files:
            expectations += load_expectations(os.path.join(parent, EXPECTATIONS), rules)
    for expectation in expectations:
        if not os.path.isfile(expectation.capture):
            raise UsageError(f"{expectation.file}: there is no capture {expectation.capture}")
    spoken = {os.path.normpath(expectation.capture) for expectation in expectations}
    return expectations, [capture for capture in captures if os.path.normpath(capture) not in spoken]


def verify(expectation: Expectation) -> list[Mismatch]:
    """Explains the capture and compares. Raises the error that ended its reading, if one did."""
    from vxlan_dissect import pipeline
    from vxlan_dissect.beside import beside

    path = expectation.inventory or beside(expectation.capture)
    explanations = pipeline.explain(expectation.capture, _inventory(None if path == NO_INVENTORY else path))
    if explanations.problem is not None:
        raise explanations.problem
    return check((explanation.as_dict() for explanation in explanations), expectation)


@lru_cache(maxsize=4)
def _inventory(path: str | None) -> Inventory:
    """The inventory of a set, which its scenarios share."""
    from vxlan_dissect.inventory import Inventory

    return Inventory.load(path) if path else Inventory()
