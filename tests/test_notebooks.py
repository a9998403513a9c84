"""Do the notebooks run, and do they still print what is stored in them?

`notebooks/run.py` runs them and stores what they print.
"""

from __future__ import annotations

import base64
import difflib
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

MISSING = [package for package in ("nbclient", "ipykernel", "matplotlib") if find_spec(package) is None]
if MISSING:
    pytest.skip(f"needs {', '.join(MISSING)}: pip install '.[dev]'", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def run():
    """The module that runs notebooks."""
    # Builds the cache of fonts where there is none, of which matplotlib would tell in the notebook.
    import_module("matplotlib.font_manager")
    return import_module("notebooks.run")


def stored(path):
    """The code cells of a notebook as it lies in the repository."""
    nbformat = import_module("nbformat")
    return code_cells(nbformat.read(path, as_version=4))


def code_cells(notebook):
    """The code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def bundles(cells):
    """Each thing that cells put out: the name of the cell, the kind (stdout, text/html and so on) and the content."""
    for cell in cells:
        for output in cell.outputs:
            if output.output_type == "stream":
                yield cell.id, output.name, output.text
            elif output.output_type == "error":
                yield cell.id, "error", f"{output.ename}: {output.evalue}"
            else:
                for kind, content in sorted(output.data.items()):
                    yield cell.id, kind, content


def lines(cells):
    """What cells put out, in lines to compare; of a picture only that there is one."""
    for name, kind, content in bundles(cells):
        if kind.startswith("image/"):
            yield f"{name} {kind}"
        else:
            # A page may be one line, of which a difference would show all.
            text = content.replace("><", ">\n<") if kind == "text/html" else content
            yield from (f"{name} {kind}: {line}" for line in text.splitlines())


def test_there_is_a_notebook():
    """The folder has notebooks, so that the tests below look at something."""
    assert NOTEBOOKS


@each_notebook
def test_stored_in_order(path):
    """Every code cell was run once, from top to bottom, and none failed."""
    cells = stored(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [content for _, kind, content in bundles(cells) if kind in {"error", "stderr"}] == []


@each_notebook
def test_stored_for_every_machine(path, run):
    """Nothing stored tells on whose machine, in which folder or with which version of Python the notebook was run."""
    nbformat = import_module("nbformat")
    assert nbformat.read(path, as_version=4).metadata == run.METADATA
    text = "\n".join(lines(stored(path)))
    assert [place for place in (f"{ROOT}/", f"{Path.home()}/", f"{tempfile.gettempdir()}/") if place in text] == []


@each_notebook
def test_pictures_are_small(path):
    """A picture stored in a notebook takes less than 150 kB."""
    sizes = [len(base64.b64decode(data)) for _, kind, data in bundles(stored(path)) if kind == "image/png"]
    assert [size for size in sizes if size >= 150_000] == []


@each_notebook
@pytest.mark.parametrize("folder", ["notebooks", "."])
def test_prints_what_is_stored(path, folder, run):
    """A fresh kernel, started beside the notebook or at the root of the repository, prints what is stored."""
    now = code_cells(run.executed(path, ROOT / folder))
    difference = list(difflib.unified_diff([*lines(stored(path))], [*lines(now)], "stored", "now", n=1, lineterm=""))
    advice = f"{path.name} prints something else; if that is right, store it with: python notebooks/run.py"
    assert not difference, "\n".join([advice, *difference])
