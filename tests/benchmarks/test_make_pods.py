"""Are the pods of the measurements what they are said to be?"""

from __future__ import annotations

import json
import subprocess
import sys

import yaml

from vxlan_dissect.inventory import Inventory


def test_pods(root, tmp_path):
    """YAML and JSON hold the same pods, each as long as a real one, and both are read whole."""
    for name in ("pods.yaml", "pods.json"):
        subprocess.run([sys.executable, root / "benchmarks" / "make_pods.py", "30", tmp_path / name], check=True)
    text = (tmp_path / "pods.yaml").read_text()
    items = json.loads((tmp_path / "pods.json").read_text())["items"]
    assert yaml.safe_load(text)["items"] == items
    assert 200 < text.count("\n") / 30 < 300
    for name in ("pods.yaml", "pods.json"):
        inventory = Inventory.load(tmp_path / name)
        assert [(pod.name, [str(ip) for ip in pod.ips]) for pod in inventory.facts] == [
            (item["metadata"]["name"], [each["ip"] for each in item["status"]["podIPs"]]) for item in items
        ]
        assert inventory.notes == ()
