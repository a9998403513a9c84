"""Where was a capture taken that comes on standard input and so has no name?"""

import vxlan_dissect as vxd


def place(captures_dir, name):
    """The capture point of the first frame of the article's tunnel capture under another name."""
    folder = captures_dir / "dual-stack-ping6"
    packets = vxd.read(str(folder / "1.cap"))
    packets.name = name
    return vxd.explain(packets, str(folder / "inventory"))[0].capture_point


def test_only_recording(captures_dir):
    """The one tcpdump that the session ran at a node of these tunnel packets is possibly what is piped in."""
    found = place(captures_dir, "-")
    assert (found.node, found.interface, found.pod) == ("cilium-dual-stack-worker", "eth0", None)
    assert found.confidence == "possible"
    assert "session.txt:125" in found.basis


def test_another_name_is_another_capture(captures_dir):
    """A file of a name that no command wrote may come from either node."""
    found = place(captures_dir, "elsewhere.pcap")
    assert found.node is None
    assert "which of both cannot be told" in found.basis
