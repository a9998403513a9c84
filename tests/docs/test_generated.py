"""Are the generated pages what the code says, and does the JSON page name what the JSON has?"""

import importlib.util
import json
import re

import vxlan_dissect as vxd


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
        for frame in vxd.explain(str(captures_dir / "dual-stack-ping6" / name)):
            json.loads(json.dumps(frame.as_dict()), object_pairs_hook=gather)
    assert {"statements", "mac_owner", "node_address", "after_ns"} <= keys
    assert sorted(keys - named) == []
