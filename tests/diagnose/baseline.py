"""Which shortcomings are known?

Law: baseline.yaml names each of them; what is not named there fails a test. `python -m tests.diagnose.score --update`
writes it anew; read the difference before it is committed.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).with_name("baseline.yaml")
HEAD = """\
# Known shortcomings of `vxd explain` and `vxd diagnose` against the table of truth, each by name.
# Written by `python -m tests.diagnose.score --update`; a new line here is a step back and needs a reason.
"""


@functools.lru_cache(maxsize=1)
def _all() -> dict[str, Any]:
    return yaml.safe_load(PATH.read_text(encoding="utf-8")) or {} if PATH.exists() else {}


def baseline(part: str) -> dict[str, Any]:
    """One part: `frames`, `all` (all points together), `alone` (one point at a time), `variants`, `corpus`."""
    return _all().get(part) or {}


def write(parts: dict[str, dict[str, Any]]) -> None:
    """Write these parts anew and keep the others."""
    kept = {name: _all().get(name) or {} for name in ("frames", "all", "alone", "variants", "corpus")} | parts
    text = yaml.safe_dump(kept, width=118, sort_keys=True, allow_unicode=True, default_flow_style=False)
    PATH.write_text(HEAD + text, encoding="utf-8")
    _all.cache_clear()
