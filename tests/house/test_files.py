"""Is every file short enough to read, free of its maker's machine, and the whole small enough to clone?"""

from __future__ import annotations

import re

LONGEST = 400
LARGEST = 30_000_000
WRITTEN = {".py", ".md", ".toml", ".html", ".css", ".js", ".sh", ".cfg"}
# Names of registries, in pieces so that this file does not name them, and options that lead to one.
HOSTS = re.compile("|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(?:org|com)", "index" + "-url"]))
HOMES = re.compile(r"(?<![\w.~-])/(?:root|home/\w+|Users/\w+|work)/\w")


def ours(path, root):
    """Whether people wrote this file here: stored captures and what hosts printed are data."""
    name = path.relative_to(root)
    return path.suffix in WRITTEN or name.parts[0] == ".ci"


def test_no_file_is_long(files, root):
    """No file that people wrote is over 400 lines."""
    lengths = {str(path.relative_to(root)): len(path.read_bytes().splitlines()) for path in files if ours(path, root)}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_names_a_machine(files, root):
    """No text names a home folder, this very folder, or the host of a package registry."""
    found = []
    for path in files:
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if HOSTS.search(line) or HOMES.search(line) or f"{root}/" in line:
                found.append(f"{path.relative_to(root)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_the_repository_is_small(files):
    """All files together are under 30 MB."""
    assert sum(path.stat().st_size for path in files) < LARGEST


def test_text_ends_with_a_newline(files, root):
    """A file that people wrote ends with one newline and has no blanks at the end of a line."""
    texts = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files if ours(path, root)}
    assert [name for name, text in texts.items() if text and (not text.endswith("\n") or text.endswith("\n\n"))] == []
    assert [name for name, text in texts.items() if re.search(r"[ \t]$", text, re.MULTILINE)] == []
