"""What do tests of inference ask again and again?"""

from __future__ import annotations

from tests.explain.made import packets
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.infer import infer


def inferred(*rows, **more):
    """What a capture of these frames tells."""
    return infer([packets(*rows, **more)])


def role(found, text):
    """What a MAC or an address is, and how sure that is; None where nothing tells."""
    subject = parse_mac(text) if text.count(":") == 5 and "::" not in text else parse_ip(text)
    told = found.roles.get(subject)
    return None if told is None else (told.what, told.confidence)


def what(found, *texts):
    """The roles alone, in order."""
    return [told and told[0] for told in (role(found, text) for text in texts)]
