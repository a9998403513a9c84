"""Are headings told from sentences about a host?"""

from __future__ import annotations

import pytest

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.session.headings import heading_of

KNOWN = {"worker", "worker2", "cni-7t9p4", "10.169.72.93"}
NODE, POD = Host("worker"), Host(None, "cni-7t9p4")


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("## worker", NODE),
        ("#### 1.2 worker", NODE),
        ("worker:", NODE),
        ("**worker**", NODE),
        ("== worker ==", NODE),
        ("--- worker2 ---", Host("worker2")),
        ("On node worker:", NODE),
        ("From the node worker", NODE),
        ("### worker ip route", NODE),
        ("3. worker 节点", NODE),
        ("节点 worker2", Host("worker2")),
        ("在 worker 节点上执行 ip a 查看", NODE),
        ("pod cni-7t9p4:", POD),
        ("容器cni-7t9p4:", POD),
        ("进入 pod cni-7t9p4 查看路由", POD),
        ("node 10.169.72.93 ip addr show", Host("10.169.72.93")),
        ("From master node vm-1:", Host("vm-1")),
        ("node1:", Host("node1")),
        ("# On Kubernetes Node1", Host("Node1")),
        ("k8s-master:", Host("k8s-master")),
        ("### k3s-agent-0", Host("k3s-agent-0")),
    ],
)
def test_headings(line, host):
    """The host of a heading is found, in English and Chinese, known from elsewhere or not."""
    assert heading_of(line, KNOWN) == host


@pytest.mark.parametrize(
    "line",
    [
        "",
        "worker",
        "# cni-7t9p4 POD eth0 的 veth pair 网卡信息",
        "cni-7t9p4 POD 所在 worker 节点 eth0 网卡抓包分析数据包",
        "The worker answers for it:",
        "worker and worker2:",
        "eth0:",
        "Output:",
        "Routes:",
        "node:",
        "## Environment",
        "the node is down:",
        "on the node:",
        "I restarted node worker.",
        "https://example.com/worker:",
        "Name: cni",
        "2: eth0:",
        "inet6:",
        "RX:",
        "-N KIND-MASQ-AGENT",
        ":KUBE-NODE-PORT - [0:0]",
        "worker " * 40,
    ],
)
def test_sentences(line):
    """Outputs, sentences and headings about something else name nobody."""
    assert heading_of(line, KNOWN) is None
