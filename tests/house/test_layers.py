"""Do imports point downwards only?"""

from __future__ import annotations

import subprocess
import sys


def test_contracts_of_imports(root):
    """The contracts of pyproject.toml hold: layers, and packages that are imported nowhere."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
