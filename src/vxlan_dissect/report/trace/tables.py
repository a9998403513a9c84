"""How does a trace become Parquet?

Law: a folder with one file for each table of the trace, under the names that they have in Python. Nothing else in the
folder is touched.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vxlan_dissect.errors import UsageError

if TYPE_CHECKING:
    from vxlan_dissect.report.trace import Traced

TABLES = ("sightings", "hops", "losses")


def folder_of(path: str | None) -> str:
    """The folder that tables go to. Raises UsageError where none is named, or a file has the name."""
    if path is None or path == "-":
        raise UsageError(f"Parquet is {len(TABLES)} tables ({', '.join(TABLES)}): name a folder for them with -o")
    if os.path.exists(path) and not os.path.isdir(path):
        raise UsageError(f"{path}: is a file, and Parquet needs a folder for {len(TABLES)} tables")
    return path


def write(trace: Traced, path: str) -> list[str]:
    """Write the tables into the folder `path`, which is made where there is none, and give the paths of the files."""
    os.makedirs(path, exist_ok=True)
    written = []
    for name in TABLES:
        file = os.path.join(path, f"{name}.parquet")
        getattr(trace, name).to_parquet(file, index=False)
        written.append(file)
    return written
