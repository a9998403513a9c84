"""Is every MAC and address of the labs called what it is, with nothing but one capture at hand?

Law: the truth is topology.json, which the program never reads; a share counts every MAC and address that occurs in a
capture and that the truth knows, so what stays unnamed counts against it. The table is printed with `pytest -s`.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.infer.truth import SHARED, scenario_truths
from vxlan_dissect import decode
from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.infer import infer

ASKED = frozenset(("pod", "lxc", "node", "router", "tunnel"))
ENOUGH = 0.96


def occurring(packets):
    """The MACs and the IP addresses that stand in frames of a capture, outside of what ICMP errors quote."""
    macs, ips = set(), set()
    for name, (values, valid) in packets.columns.items():
        there, bare = values[valid].tolist(), name.removeprefix("outer.")
        if bare in {"eth.src", "eth.dst", "sll.src.mac"}:
            macs |= set(there)
        elif bare in {"ip.src", "ip.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"}:
            ips |= {IP(4, value) for value in there}
        elif bare in {"ipv6.src", "ipv6.dst"}:
            ips |= {IP(6, high << 64 | low) for high, low in there}
    return macs, ips


def verdicts(packets, truth):
    """For each MAC and address that the truth knows: itself, what is right, and whom the inventory names first."""
    inventory = infer([packets]).inventory
    macs, ips = occurring(packets)
    for known, found, owners in ((truth.macs, macs, inventory.owners_of_mac), (truth.ips, ips, inventory.owners_of_ip)):
        for subject in sorted(found & known.keys()):
            named = owners(subject)
            yield subject, known[subject], named[0] if named else None


def judged():
    """Counts of (family, result, confidence), and some of what is wrong though it was called certain or likely."""
    counts, wrong = Counter(), []
    for folder, family, truth in scenario_truths():
        for path in sorted(folder.glob("*.pcap*")):
            for subject, right, owner in verdicts(decode.read(str(path)), truth):
                what = owner.what if owner is not None and owner.what in ASKED else None
                if what is None:
                    result = "unnamed" if right & ASKED else "rightly unnamed"
                else:
                    result = "right" if what in right else "wrong"
                confidence = owner.confidence if what is not None else ""
                counts[family, result, confidence] += 1
                if result == "wrong" and confidence == "certain":
                    name = format_mac(subject) if isinstance(subject, int) else subject
                    wrong.append(f"{folder.name}/{path.name}: {name} is {sorted(right)}, not {what}: {owner.inferred}")
    return counts, wrong


def share(counts, family=None):
    """Right ones of all that have a role: what stays unnamed counts as missed."""
    total = Counter()
    for (of, result, _), count in counts.items():
        if family in {None, of}:
            total[result] += count
    return total["right"] / max(total["right"] + total["wrong"] + total["unnamed"], 1), total


def table(counts):
    """The counts as lines, one a family."""
    yield f"{'family':18} {'right':>7} {'wrong':>6} {'unnamed':>8} {'share':>7} {'of named':>9}"
    for family in [*sorted({family for family, _, _ in counts}), None]:
        part, total = share(counts, family)
        named = total["right"] / max(total["right"] + total["wrong"], 1)
        yield (
            f"{family or 'all':18} {total['right']:7} {total['wrong']:6} {total['unnamed']:8} {part:7.1%} {named:9.1%}"
        )
    for confidence in ("certain", "likely", "possible"):
        right, wrong = (
            sum(count for (_, result, sure), count in counts.items() if (result, sure) == (kind, confidence))
            for kind in ("right", "wrong")
        )
        yield f"{confidence:18} {right:7} {wrong:6}"


def test_roles_by_one_capture_alone():
    """Of all MACs and addresses in every capture enough are called what they are, and none wrongly for certain."""
    if not (SHARED / "captures").is_dir():
        pytest.skip("needs the captures of ../shared, which are not on this machine")
    counts, wrong = judged()
    print("\n" + "\n".join(table(counts)))
    assert wrong == []
    assert share(counts)[0] >= ENOUGH
