"""What can a program ask of this package?

Law: the names of `__all__` are the public ones, each loaded on first use, so that `import vxlan_dissect` costs nothing.

    import vxlan_dissect as vxd

    packets = vxd.read("1.cap")
    inventory = vxd.Inventory.load("inventory/")
    for explanation in vxd.explain("1.cap", inventory):
        print(explanation.summary)
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vxlan_dissect import errors
    from vxlan_dissect.capture import open_capture
    from vxlan_dissect.decode import read
    from vxlan_dissect.diagnosis import Diagnosis, diagnose
    from vxlan_dissect.explain.statements import Explanation
    from vxlan_dissect.infer.inferred import inventory_of as infer
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.joining import join
    from vxlan_dissect.packets import Packet, Packets
    from vxlan_dissect.pipeline import Explanations, explain
    from vxlan_dissect.trace import Journey, Trace, trace

    __version__: str

__all__ = [
    "Diagnosis",
    "Explanation",
    "Explanations",
    "Inventory",
    "Journey",
    "Packet",
    "Packets",
    "Trace",
    "__version__",
    "diagnose",
    "errors",
    "explain",
    "infer",
    "join",
    "open_capture",
    "read",
    "trace",
]

_HOME = {
    "Diagnosis": "diagnosis",
    "Explanation": "explain.statements",
    "Explanations": "pipeline",
    "Inventory": "inventory",
    "Packet": "packets",
    "Packets": "packets",
    "Journey": "trace",
    "Trace": "trace",
    "diagnose": "diagnosis",
    "join": "joining",
    "open_capture": "capture",
    "read": "decode",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "errors":
        return import_module("vxlan_dissect.errors")
    if name == "__version__":
        from importlib.metadata import version

        return version("vxlan_dissect")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps functions that have the name of a sub-package: importing those would hang them under the names."""

    @property
    def explain(self) -> Any:
        """The function `pipeline.explain`, whatever was imported before."""
        from vxlan_dissect.pipeline import explain

        return explain

    @explain.setter
    def explain(self, package: ModuleType) -> None:
        """Accept what the import system sets and keep the function; the sub-package stays in `sys.modules`."""

    @property
    def infer(self) -> Any:
        """The function `infer.inferred.inventory_of`, whatever was imported before."""
        from vxlan_dissect.infer.inferred import inventory_of

        return inventory_of

    @infer.setter
    def infer(self, package: ModuleType) -> None:
        """As for `explain`."""

    @property
    def trace(self) -> Any:
        """The function `trace.trace`, whatever was imported before."""
        from vxlan_dissect.trace import trace

        return trace

    @trace.setter
    def trace(self, package: ModuleType) -> None:
        """As for `explain`."""


sys.modules[__name__].__class__ = _Package
