"""Is what a text says and nobody understands counted and said?"""

import vxlan_dissect as vxd

LINE = "10:00:00.000001 IP 10.244.1.7 > 10.244.0.6: ICMP echo request, id 44, seq 1, length 64\n"
ODD = "10:00:00.000005 this is no packet that tcpdump ever printed\n"


def test_understood_text_has_no_note(tmp_path):
    """A text that was read in full says nothing of lines."""
    (tmp_path / "a.txt").write_text(LINE, encoding="utf-8")
    assert vxd.read(str(tmp_path / "a.txt")).unread == 0
    assert [note for note in vxd.explain(str(tmp_path / "a.txt")).notes if note.startswith("text")] == []


def test_lines_that_were_not_understood_are_counted(tmp_path):
    """Each packet line that was not understood is a frame, is counted, and a note says how many there are."""
    (tmp_path / "b.txt").write_text(LINE + ODD + LINE + ODD, encoding="utf-8")
    explained = vxd.explain(str(tmp_path / "b.txt"))
    assert (len(explained), explained.packets.unread) == (4, 2)
    assert "text: 2 packet lines or hex dumps not understood in full" in explained.notes
