"""Who is who, by the packets alone?

Law: the inventory knows no packet and this knows no file of it: Packets in, facts of the inventory's model out, every
one with the frames that it follows from. What is given is never overridden; `disagreements` says where frames
contradict it.
"""

from __future__ import annotations

from vxlan_dissect.infer.disagree import Disagreement, disagreements
from vxlan_dissect.infer.inferred import Inferred, Learner, infer, read
from vxlan_dissect.infer.ledger import Role
from vxlan_dissect.infer.network import Network, Reason

__all__ = ["Disagreement", "Inferred", "Learner", "Network", "Reason", "Role", "disagreements", "infer", "read"]
