"""What do the checks of the house look at?"""

from __future__ import annotations

import subprocess

import pytest


@pytest.fixture(scope="session")
def files(root):
    """Every file of the repository, as paths; also those not yet committed, but none that are ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a clone of the repository, so there is no list of its files")
    return [path for name in sorted(listed.stdout.split("\0")) if name and (path := root / name).is_file()]
