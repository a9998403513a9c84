"""Does `vxd inventory script` print the script that was asked for?"""

from __future__ import annotations

from vxlan_dissect.cli.main import main


def test_the_script_goes_to_standard_output_or_a_file(capsys, tmp_path):
    """One for the cluster by default, one for a host; both name who wrote them."""
    assert main(["inventory", "script"]) == 0
    cluster = capsys.readouterr().out
    assert main(["inventory", "script", "--host", "-o", str(tmp_path / "host.sh")]) == 0
    host = (tmp_path / "host.sh").read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    for text in (cluster, host):
        assert text.startswith("#!/bin/sh\n")
        assert "Written by vxd " in text
    assert "kubectl" in cluster
    assert "kubectl" not in host
