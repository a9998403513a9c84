"""A policy or firewall rejects a packet, and says so.

Shows
    Who rejects which packet as prohibited.

Why it matters
    This is no loss: a rule decided it. It was meant, or the rule is wider than it should be.

How we know
    RFC 1812 section 5.2.7.1 (type 3 codes 9, 10 and 13), RFC 4443 section 3.1 (type 1 codes 1 and 5). iptables and
    nftables send them for `REJECT --reject-with icmp-admin-prohibited` and the like. Cilium's policy drops in silence,
    unless `policy-deny-response` is set to icmp (option since v1.19).

What to check next
    The rules at the reporting host (`iptables-save`, `nft list ruleset`) and the network policies that select the
    receiver, or the sender for egress.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import QUOTED, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.icmp.about import about, where

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "policy.rejected"
_SOURCE_PROHIBITED = 5
_PROHIBITED, _PROHIBITED6 = (9, 10, 13), (1, _SOURCE_PROHIBITED)


def check(context: Context) -> Statement | None:
    """Speak on every unreachable that says prohibited."""
    old = context.get("icmp.type") == 3 and context.get("icmp.code") in _PROHIBITED
    new = context.get("icmpv6.type") == 1 and context.get("icmpv6.code") in _PROHIBITED6
    quoted = about(context)
    if quoted is None or not (old or new):
        return None
    who = called(context.src)
    text = f"{who} rejects {quoted.words}: prohibited by a rule."
    causes = [Cause("policy", "the error itself says that a rule prohibits it")]
    if new and context.get("icmpv6.code") == _SOURCE_PROHIBITED:
        causes.insert(0, Cause("invalid-source", "the error itself says that the source address is not allowed"))
    evidence = (*quoted.evidence, *said_by(context.src.owner))
    return Statement(
        NAME, text, SUSPICIOUS, quoted.sure(context.src.owner), evidence, QUOTED, tuple(causes), where(context)
    )
