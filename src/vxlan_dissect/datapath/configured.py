"""How is the recognised network set up, by what its own configuration and agents say?

Law: a line of the inventory that says it outright is certain; what only follows from a program on a device is likely;
where nothing speaks it stays open. Each answer is put in words with its line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.datapath import calico, cilium, flannel
from vxlan_dissect.inventory.model import Filter, Setting

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Profile
    from vxlan_dissect.inventory.inventory import Inventory

_VERSION = re.compile(r"\bv?(\d)\.(\d{1,2})\.\d+")
_YES, _NO = frozenset(("true", "strict", "yes", "enabled")), frozenset(("false", "disabled", "no"))
_NATIVE = frozenset(("native", "disabled"))


class Setup(NamedTuple):
    """What is known of a Cilium: host routing, first and last release that it may be, no tunnel, kube-proxy replaced.

    `said` puts each in words with what it is known from.
    """

    routing: str | None = None
    since: tuple[int, int] = cilium.FIRST
    until: tuple[int, int] = cilium.LAST
    native: bool = False
    kpr: bool | None = None
    said: tuple[str, ...] = ()

    @property
    def profile(self) -> Profile:
        """The profile that these facts make."""
        return cilium.profile(self.routing, self.since, self.until, native=self.native, kpr=self.kpr)


def version_of(text: str) -> tuple[int, int] | None:
    """Major and minor number of the first release that a text names."""
    found = _VERSION.search(text)
    return None if found is None else (int(found[1]), int(found[2]))


def cilium_setup(inventory: Inventory) -> Setup:
    """What agents, configuration and programs say of Cilium."""
    found = _Collected(inventory)
    release, routing = found.version(), found.routing()
    since, until = (release, release) if release is not None else (cilium.FIRST, cilium.LAST)
    return Setup(routing, since, until, found.native(), found.kpr(), tuple(found.said))


class _Collected:
    """The lines that speak of one question each, looked up once; `said` grows with every answer."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._settings: dict[str, Setting] = {}
        for setting in inventory.of(Setting):
            if setting.origin in ("cilium-config", "helm"):
                self._settings.setdefault(setting.key.lower(), setting)
        self.said: list[str] = []

    def routing(self) -> str | None:
        """Legacy or BPF host routing."""
        for agent in self._inventory.agents:
            if "Routing" not in agent.key:
                continue
            # `Host Routing: BPF`; since v1.14 `Routing: Network: Tunnel [vxlan] Host: BPF`
            host = agent.value.rpartition("Host:")[2]
            for mode, word in ((cilium.BPF, "BPF"), (cilium.LEGACY, "Legacy")):
                if word in host:
                    self.said.append(f"{_ROUTING[mode]} ({agent.key}: {agent.value} at {agent.source})")
                    return mode
        legacy = self._setting("enable-host-legacy-routing", "enablehostlegacyrouting", "bpf.hostlegacyrouting")
        if legacy is not None and legacy.value.lower() in _YES:
            self.said.append(f"{_ROUTING[cilium.LEGACY]} ({legacy.words} at {legacy.source})")
            return cilium.LEGACY
        self._programs()
        return None

    def _programs(self) -> None:
        """BPF host routing needs kube-proxy's replacement, which puts a program on what network cards send.

        Where it is there, legacy host routing may still be on (cilium/cilium daemon/cmd/kube_proxy_replacement.go).
        Where it is not, that speaks for legacy host routing, but the capture may be of another day: what a host end
        does not show is then no proof, so no more than a word is made of it.
        """
        filters = self._inventory.of(Filter)
        at_pod = next((one for one in filters if "from_contai" in one.program or one.program == "from-container"), None)
        if at_pod is None or any("to_netdev" in one.program or one.program == "to-netdev" for one in filters):
            return
        why = f"no program to-netdev among those at {at_pod.source.file}"
        self.said.append(f"{_ROUTING[cilium.LEGACY]} (possible: {why})")

    def version(self) -> tuple[int, int] | None:
        """The release."""
        for agent in self._inventory.agents:
            if agent.key == "Cilium" and (found := version_of(agent.value)) is not None:
                self.said.append(f"version {found[0]}.{found[1]} (Cilium: {agent.value} at {agent.source})")
                return found
        tag = self._setting("image.tag", "version", "image.override")
        found = version_of(tag.value) if tag is not None else None
        if tag is not None and found is not None:
            self.said.append(f"version {found[0]}.{found[1]} ({tag.words} at {tag.source})")
        return found

    def native(self) -> bool:
        """Whether pods of different nodes reach each other without a tunnel."""
        for agent in self._inventory.agents:
            if agent.key == "Routing" and "Network: Native" in agent.value:
                self.said.append(f"native routing (Routing: {agent.value} at {agent.source})")
                return True
        mode = self._setting("routing-mode", "routingmode", "tunnel")
        if mode is not None and mode.value.lower() in _NATIVE:
            self.said.append(f"native routing ({mode.words} at {mode.source})")
            return True
        return False

    def kpr(self) -> bool | None:
        """Whether Cilium translates service addresses itself."""
        for agent in self._inventory.agents:
            if agent.key == "KubeProxyReplacement":
                # `True [eth0 172.18.0.4 (Direct Routing)]`, `Strict`, `False`, `Disabled`
                return _truth(agent.value.split(maxsplit=1)[0])
        found = self._setting("kube-proxy-replacement", "kubeproxyreplacement")
        return None if found is None else _truth(found.value)

    def _setting(self, *keys: str) -> Setting | None:
        return next((found for key in keys if (found := self._settings.get(key)) is not None), None)


def _truth(value: str) -> bool | None:
    word = value.lower()
    return True if word in _YES else False if word in _NO else None


_ROUTING = {cilium.BPF: "BPF host routing", cilium.LEGACY: "legacy host routing"}


def flannel_setup(inventory: Inventory) -> tuple[Profile, tuple[str, ...]]:
    """flannel with or without a tunnel, on a bridge or on routed veths (Canal)."""
    profile = flannel.PROFILE
    said: tuple[str, ...] = ()
    if not any(interface.name.startswith(profile.tunnels) for interface in inventory.interfaces):
        profile, said = flannel.HOST_GW, ("no flannel tunnel device: host-gw routes",)
    if not any(interface.name == profile.bridge for interface in inventory.interfaces):
        profile = profile._replace(bridge=None, falls_local=1)
    return profile, said


def calico_setup(inventory: Inventory) -> tuple[Profile, tuple[str, ...]]:
    """Calico's encapsulation and data plane, by its devices and settings."""
    names = {interface.name: interface for interface in inventory.interfaces if interface.host.pod is None}
    for prefix, profile, said in _CALICO:
        found = next((one for name, one in names.items() if name.startswith(prefix)), None)
        if found is not None:
            return profile, (f"{said} ({found.name} at {found.source})",)
    for setting in inventory.of(Setting):
        if setting.origin == "calico" and setting.key.lower().endswith("bpfenabled") and setting.value == "true":
            return calico.EBPF, (f"eBPF data plane ({setting.words} at {setting.source})",)
    return calico.PROFILE, ()


_CALICO = (
    ("bpfin.cali", calico.EBPF, "eBPF data plane"),
    ("wireguard.cali", calico.WIREGUARD, "WireGuard"),
    ("wg-v6.cali", calico.WIREGUARD, "WireGuard"),
    ("vxlan.calico", calico.PROFILE, "VXLAN"),
    ("vxlan-v6.calico", calico.PROFILE, "VXLAN"),
    ("tunl0", calico.IPIP, "IP in IP"),
)
