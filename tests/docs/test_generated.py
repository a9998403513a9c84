"""Are the generated pages what the code says, and does the JSON page name what the JSON has?"""

import importlib.util
import json
import re

from vxlan_dissect import explain


def generator(root):
    """The script that writes the generated pages, as a module."""
    spec = importlib.util.spec_from_file_location("generate", root / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date(root):
    """Each generated page is what docs/generate.py writes now."""
    for name, make in generator(root).PAGES.items():
        assert make() == (root / "docs" / name).read_text(encoding="utf-8"), f"run python docs/generate.py: {name}"


def test_every_json_key_is_described(root, captures_dir):
    """Every key of an explanation, at every depth, stands in docs/json.md."""
    page = (root / "docs" / "json.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w-]+)`", page)) | set(re.findall(r'"([\w-]+)":', page))
    keys = set()

    def gather(pairs):
        keys.update(key for key, _ in pairs if "." not in key)
        return dict(pairs)

    for name in ("1.cap", "pod-eth0.pcap"):
        for frame in explain(str(captures_dir / "dual-stack-ping6" / name)):
            json.loads(json.dumps(frame.as_dict()), object_pairs_hook=gather)
    assert {"statements", "mac_owner", "node_address", "after_ns"} <= keys
    assert sorted(keys - named) == []


def test_readme_shows_what_is_printed(root, vxd):
    """The frame that README shows is what the command prints of it."""
    shown = re.search(
        r"^    2  07:44:28.*?(?=^\S)", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )[0]
    wanted = [line.removeprefix("    ").rstrip() for line in shown.rstrip().splitlines()]
    capture = root / "captures" / "dual-stack-ping6" / "pod-eth0.pcap"
    # A worker of a parallel test run has the width of its terminal in COLUMNS.
    result = vxd("explain", capture, "-Y", "frame.number == 2", env={"COLUMNS": "100"})
    printed = [line.rstrip() for line in result.stdout.splitlines()]
    start = printed.index(wanted[0])
    assert printed[start : start + len(wanted)] == wanted


def test_no_page_of_rules_is_left_over(root):
    """The folder of rule pages holds those of the families that there are, and no other."""
    wanted = {name for name in generator(root).PAGES if name.startswith("rules/")}
    assert {f"rules/{path.name}" for path in (root / "docs" / "rules").iterdir()} == wanted
