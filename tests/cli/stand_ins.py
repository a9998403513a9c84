"""What stands in for the pipeline where a test looks at the command alone?

Law: the stand-ins have the pipeline's signatures and give the hand-written explanations of the report tests, so that
options, streams and exit statuses are tested apart from what the rules say.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import NamedTuple

from tests.report import samples
from vxlan_dissect.errors import CaptureError, QueryError, UsageError


class Batch:
    """What the command reads of Explanations."""

    def __init__(self, name, frames, problem=None, notes=("network: Cilium",)):
        self.name, self.frames, self.problem, self.notes = name, frames, problem, list(notes)

    def __iter__(self):
        return iter(self.frames)

    def __len__(self):
        return len(self.frames)


class Pipeline:
    """Captures by name: frames, or an error; every call is remembered."""

    def __init__(self):
        self.calls, self.found = [], None
        self.captures = {
            "1.cap": [samples.REQUEST, samples.ADVERTISEMENT],
            "bad.cap": [samples.BROKEN],
            "empty.cap": [],
            "hostile.cap": [samples.HOSTILE],
        }

    def explain(self, capture, inventory=None, *, at=None, where=None, names=True, decode_as=(), datapath=None):
        """One batch; `missing.cap` cannot be read, `cut.cap` not to its end."""
        self._remember(inventory, at=at, where=where, names=names, decode_as=decode_as, datapath=datapath)
        if where == "broken(":
            raise QueryError(where, 6, "expected a name")
        if capture == "cut.cap":
            return Batch(capture, [samples.REQUEST], CaptureError(capture, "cut in a record", frame=2, offset=208))
        if capture not in self.captures:
            raise CaptureError(capture, "no such file")
        return Batch(capture, self.captures[capture])

    def stream(self, name, inventory=None, *, at=None, where=None, names=True, decode_as=(), datapath=None):
        """A batch for each frame, the first without any."""
        self._remember(inventory, at=at, where=where, names=names, decode_as=decode_as, datapath=datapath)
        yield Batch(name, [])
        for frame in self.captures["1.cap"]:
            yield Batch(name, [frame])
        yield Batch(name, [], CaptureError(name, "cut in a record", frame=3))

    def _remember(self, inventory, **options):
        self.calls.append({"inventory": inventory, **options})

    def beside(self, capture):
        """What the test put beside the capture."""
        return None if capture == "-" else self.found


class Inventory:
    """Remembers what was loaded; knows one address."""

    def __init__(self, *paths):
        self.paths = paths

    @classmethod
    def load(cls, *paths):
        """An inventory of any path."""
        return cls(*paths)

    def who(self, text):
        """The one known address, an unknown one, or an error."""
        if text == "nonsense":
            raise UsageError(f"not an address: {text}")
        return Answer(text, ("cni-7t9p4 \x1b[31meth0",) if text == "fd00::1" else ())


class Answer(NamedTuple):
    """What the command reads of Who."""

    query: str
    lines: tuple

    def __str__(self):
        return "\n  ".join([self.query, *(self.lines or ("nothing is known",))])


def install(monkeypatch):
    """Put the stand-ins where the commands import from, and give the pipeline."""
    import vxlan_dissect

    pipeline = Pipeline()
    for name, module in (
        ("pipeline", pipeline),
        ("beside", SimpleNamespace(beside=pipeline.beside)),
        ("inventory", SimpleNamespace(Inventory=Inventory)),
    ):
        monkeypatch.setitem(sys.modules, f"vxlan_dissect.{name}", module)
        monkeypatch.setattr(vxlan_dissect, name, module, raising=False)
    return pipeline
