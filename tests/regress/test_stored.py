"""Are stored captures and their expectations found, and every gap between them?"""

from __future__ import annotations

import pytest

from vxlan_dissect.errors import UsageError
from vxlan_dissect.regress.stored import expectations_below


def test_captures_and_expectations_are_found_in_every_folder(tmp_path):
    """A folder below a folder counts, other files do not, and a capture of which none speaks is told."""
    scenario = tmp_path / "set" / "scenario"
    scenario.mkdir(parents=True)
    for name in ("a.pcap", "b.cap", "c.pcapng", "d.tcpdump.txt", "README.md", "notes.txt"):
        (scenario / name).touch()
    (scenario / "expect.yaml").write_text("empty: [a.pcap]\ncaptures: [{capture: ./b.cap, total: 1}]\n")
    expectations, without = expectations_below(tmp_path)
    assert [expectation.total for expectation in expectations] == [0, 1]
    assert without == [str(scenario / "c.pcapng"), str(scenario / "d.tcpdump.txt")]


def test_an_expectation_of_a_missing_capture_is_refused(tmp_path):
    """An expectation whose capture is gone is an error that names both."""
    (tmp_path / "expect.yaml").write_text("empty: [gone.pcap]\n")
    with pytest.raises(UsageError, match=r"expect\.yaml: there is no capture .*gone\.pcap"):
        expectations_below(tmp_path)
