"""What do the numbers of a MAC or an address suggest by custom?

Law: a suggestion, which frames overrule: software makes up locally administered MACs (IEEE 802, second bit), some
projects begin theirs in a way of their own, and networks are mostly cut at the same places.
"""

from __future__ import annotations

from vxlan_dissect.addresses import IP, is_local_mac

CALICO_HOST_END = 0xEEEEEEEEEEEE  # every host end of Calico's (projectcalico/calico felix, cni-plugin)
CALICO_TUNNEL = 0x66  # the first byte of the MACs of Calico's VXLAN devices (felix calc/vxlan_resolver.go)
ANTREA_TUNNEL = 0xAABBCCDDEEFF  # GlobalVirtualMAC (antrea-io/antrea pkg/agent/openflow/pipeline.go)
# Locally administered, yet given to network cards of virtual machines: QEMU/KVM, OpenStack Neutron (base_mac).
_MACHINES = (0x525400, 0xFA163E)
# A MAC that ends in the IPv4 address: Docker (libnetwork netutils), CNI plugins and OVN-Kubernetes.
_WITH_ADDRESS = (0x0242, 0x0A58)


def is_machine(mac: int) -> bool:
    """A network card, of a machine or of a virtual one, rather than a veth or a bridge."""
    return not is_local_mac(mac) or mac >> 24 in _MACHINES


def address_in(mac: int) -> IP | None:
    """The IPv4 address that the MAC was made from, where its beginning says that it was."""
    return IP(4, mac & 0xFFFFFFFF) if mac >> 32 in _WITH_ADDRESS else None


def is_private(ip: IP) -> bool:
    """An address that a cluster may give to pods: RFC 1918, RFC 6598, RFC 4193; also a global one of IPv6."""
    if ip.version == 6:
        return True
    value = ip.value
    return value >> 24 == 10 or value >> 20 == 0xAC1 or value >> 16 == 0xC0A8 or value >> 22 == 0x191


def is_unique_local(ip: IP) -> bool:
    """In fc00::/7 (RFC 4193)."""
    return ip.version == 6 and ip.value >> 121 == 0x7E


def link_of(ip: IP) -> tuple[int, int]:
    """The link of an address where links are as large as they mostly are: /24 and /64."""
    return ip.version, ip.value >> (8 if ip.version == 4 else 64)


def cluster_of(ip: IP) -> tuple[int, int]:
    """What addresses of one cluster's pods mostly share: /16 and /32."""
    return ip.version, ip.value >> (16 if ip.version == 4 else 96)


def apart(one: IP, other: IP) -> bool:
    """Whether two addresses of one version are of different links."""
    return one.version == other.version and link_of(one) != link_of(other)


def is_first(ip: IP) -> bool:
    """The first address of a link, which gateways have by custom (CNI's host-local, cloud networks)."""
    return ip.value & (0xFF if ip.version == 4 else 0xFFFFFFFFFFFFFFFF) == 1


def is_base(ip: IP) -> bool:
    """The address of a range itself, which no host has but flannel's tunnel device (flannel pkg/backend/vxlan)."""
    return ip.value & (0xFF if ip.version == 4 else 0xFFFFFFFFFFFFFFFF) == 0
