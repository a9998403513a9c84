"""The owner of an IPv4 address answers for it.

Shows
    Which interface answers, that the address is its own or its host's, and which question this answers.

Why it matters
    It is the ordinary case. A Linux host answers on any interface for every address that it has, unless `arp_ignore`
    says otherwise, so the address need not be on the interface that answers.

How we know
    RFC 826; Linux net/ipv4/arp.c `arp_process` and Documentation/networking/ip-sysctl.rst (`arp_ignore`). The inventory
    lists the address on the answering interface or host.

What to check next
    Two answers with different MACs to one question (`arp.conflict`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.names import device
from vxlan_dissect.rules.answers import as_whose, owns
from vxlan_dissect.rules.arp.judge import FIELDS, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "arp.reply"


def check(context: Context) -> Statement | None:
    """Speak on a reply for an address that the sender has, or seems to have."""
    answer = judged(context)
    if answer is None or answer.proxy:
        return None
    home, holder = answer.home, answer.holder
    elsewhere = home and holder and home.interface and home.interface != holder.interface and home.host == holder.host
    own = f"which its host has on {device(home)}" if elsewhere else as_whose(answer)
    return owns(NAME, context, answer, FIELDS, f"{answer.who} answers for {answer.target}, {own}.")
