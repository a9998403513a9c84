"""Do the notebooks still print what the code says?

Law: a notebook is stored as a fresh kernel leaves it, run from top to bottom, without times, versions or paths of a
machine. Run `python notebooks/run.py` after a change; a test compares.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
# What a kernel reports of itself names its version, which would change the file on every machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebooks() -> list[Path]:
    """The notebooks of this folder, in reading order."""
    return sorted(HERE.glob("*.ipynb"))


def executed(path: Path, folder: Path = HERE) -> nbformat.NotebookNode:
    """The notebook as a fresh kernel of this Python leaves it, started in `folder`. Raises CellExecutionError."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(execution_count=None, outputs=[])
    with TemporaryDirectory() as scratch:
        manager = AsyncKernelManager(
            kernel_name="python3",
            # No folder to look in: a kernelspec of the user would start another Python than this one.
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=str(Path(scratch, "connection.json")),
        )
        client = NotebookClient(
            notebook,
            km=manager,
            resources={"metadata": {"path": str(folder)}},
            timeout=300,
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--HistoryManager.enabled=False", "--log-level=ERROR"],
        )
        # Neither start-up files of the user nor another choice of where figures go.
        env = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | {"IPYTHONDIR": scratch}
        client.execute(env=env, cleanup_kc=True)
    notebook.metadata = nbformat.from_dict(METADATA)
    return notebook


if __name__ == "__main__":
    for path in notebooks():
        nbformat.write(executed(path), path)
