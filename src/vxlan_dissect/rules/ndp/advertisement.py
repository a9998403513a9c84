"""The owner of an IPv6 address answers for it.

Shows
    Which interface answers, that the address is its own or its host's, and which question this answers.

Why it matters
    It is the ordinary case, the one to compare a proxy's answer with: an owner that was asked by multicast sets the
    override flag, a proxy does not.

How we know
    RFC 4861 section 7.2.4: an owner's solicited answer to a multicast question has S=1 and O=1; the answer to a unicast
    probe may leave out option and override flag (Linux net/ipv6/ndisc.c, `ndisc_recv_ns`). The inventory lists the
    address on the answering interface, or the address is made from its MAC (RFC 4291 appendix A).

What to check next
    Two answers with different MACs to one question (`ndp.conflict`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.answers import as_whose, owns
from vxlan_dissect.rules.ndp.flags import FIELDS, flags_of, is_unsolicited, judged

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "ndp.advertisement"


def check(context: Context) -> Statement | None:
    """Speak on an answer for an address that the sender has, or seems to have."""
    answer = judged(context)
    if answer is None or answer.proxy or is_unsolicited(context):
        return None
    text = f"{answer.who} answers for {answer.target}, {as_whose(answer)} (flags {flags_of(context)})."
    return owns(NAME, context, answer, FIELDS, text)
