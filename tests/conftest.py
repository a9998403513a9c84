"""What do all tests share?

Fixtures for the stored captures, for captures that lie beside the repository, and for running the command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent

# The same examples in every run of CI, so that a red run can be repeated; new ones at a developer's desk.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def captures_dir() -> Path:
    """The stored captures of the repository."""
    return ROOT / "captures"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """More captures with their ground truth, kept beside the repository, for wide sweeps."""
    folder = ROOT.parent / "shared"
    if not (folder / "captures").is_dir():
        pytest.skip("needs the captures of ../shared, which are not on this machine")
    return folder


@pytest.fixture(scope="session")
def corpus_dir() -> Path:
    """Public captures of other projects (VXD_CORPUS or ../shared/corpus); they may not be copied into this one."""
    folder = Path(os.environ.get("VXD_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip("needs a corpus of captures: set VXD_CORPUS, or put it into ../shared/corpus")
    return folder


@pytest.fixture(scope="session")
def vxd() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in a process of its own: `vxd("explain", path)` gives the CompletedProcess with text output.

    Options of subprocess.run may be given by keyword; `env` is added to the environment. Runs at the repository root.
    """

    def run(*arguments: object, env: dict[str, str] | None = None, **options: object) -> subprocess.CompletedProcess:
        settings = {"capture_output": True, "text": True, "cwd": ROOT, "timeout": 120} | options
        command = [sys.executable, "-m", "vxlan_dissect", *map(str, arguments)]
        return subprocess.run(command, env=os.environ | (env or {}), check=False, **settings)

    return run
