"""Are prompts told from prose, whatever shell, theme or web page they come from?"""

from __future__ import annotations

import time

import pytest

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.session.commands import aliases_of, understand
from vxlan_dissect.inventory.session.prompts import prompt_of


@pytest.mark.parametrize(
    ("line", "host", "command"),
    [
        ("[root@k8s-master ~]# ip a", "k8s-master", "ip a"),
        ("root@worker:~ # ip a", "worker", "ip a"),
        ("root@worker [~]# ip a", "worker", "ip a"),
        ("2024-07-12 07:00:21 root@worker:~# ls", "worker", "ls"),
        ("[07:00:21] root@worker:~# ls", "worker", "ls"),
        ("先看网卡:[root@worker ~]# ip a", "worker", "ip a"),
        ("(kind-kind:default) root@worker:~$ ip a", "worker", "ip a"),
        ("worker $ ip a", "worker", "ip a"),
        ("[worker ~]# ip a", "worker", "ip a"),
        ("worker> ip a", "worker", "ip a"),
        (r"PS C:\Users\me> kubectl get pods", None, "kubectl get pods"),
        (r"C:\>kubectl get pods", None, "kubectl get pods"),
        ("➜  ~ kubectl get pods", None, "kubectl get pods"),
        ("➜  k8s git:(main) ✗ kx worker ip a", None, "kx worker ip a"),
        ("❯ ip a", None, "ip a"),
        ("› ip a", None, "ip a"),
        ("└─# ip a", None, "ip a"),
        ("╰─$ ip a", None, "ip a"),
        ("sh-4.4# ip a", None, "ip a"),
        ("$ bridge fdb show dev flannel.1", None, "bridge fdb show dev flannel.1"),
        ("# route -n", None, "route -n"),
    ],
)
def test_forms(line, host, command):
    """The host and the command of a prompt are found in every form that shells and themes give it."""
    found = prompt_of(line)
    assert found is not None
    assert (found.host, found.command) == (host, command)


@pytest.mark.parametrize("line", ["┌──(root㉿worker)-[~]", "╭─root@worker ~"])
def test_first_line_of_two(line):
    """The first line of a prompt of two names the host of the second."""
    found = prompt_of(line)
    assert found is not None
    assert (found.host, found.command, found.opens) == ("worker", "", True)


@pytest.mark.parametrize(
    "line",
    [
        "route table of the pod",
        "arp requests are answered by the host",
        "ifconfig is old, as everybody knows by now",
        "cat sat on the mat",
        "hostname of the pod is its name",
        "bridge fdb entries are learnt",
        "iptables rules follow",
        "tc filter shows nothing",
        "ethtool tells more",
        "nft is the newer one",
        "> quoted words",
        "- a list",
        "10.0.0.1 dev eth0 lladdr 02:00:00:00:00:09 STALE",
        "├── worker",
        "│ worker",
        "ip rule 的输出如下",
    ],
)
def test_prose(line):
    """A sentence that begins with the name of a tool is no command."""
    assert prompt_of(line) is None


@pytest.mark.parametrize(
    ("text", "host", "command"),
    [
        ("ip a 查看网卡", None, "ip a"),
        ("ip r s   # the routes", None, "ip r s"),
        ("crictl exec -it 0123456789ab ip a", Host(None), "ip a"),
        ("docker exec 0123456789ab ip a", Host(None), "ip a"),
        ("docker exec k8s_app_web-1_shop_0a1b_0 ip a", Host(None, "web-1"), "ip a"),
        ("multipass exec node-7 -- ip a", Host("node-7"), "ip a"),
        ("lxc exec node-7 -- ip a", Host("node-7"), "ip a"),
        ("vagrant ssh node-7 -c 'ip a'", Host("node-7"), "ip a"),
        ("limactl shell node-7 ip a", Host("node-7"), "ip a"),
        ("minikube ssh -n node-7 'ip a'", Host("node-7"), "ip a"),
        ("minikube ssh ip a", Host("minikube"), "ip a"),
        ("kubectl node-shell node-7 -- ip a", Host("node-7"), "ip a"),
        ("kubectl debug -it web-1 --image=busybox -- ip a", Host(None, "web-1"), "ip a"),
        ("oc rsh web-1 ip a", Host(None, "web-1"), "ip a"),
        ("docker exec node-7 crictl exec 3f2a9d5c7b1e ip a", Host(None), "ip a"),
    ],
)
def test_wrappers(text, host, command):
    """Each tool that runs a command elsewhere says where, and the author's words behind it are left out."""
    found = understand(text)
    assert (found.host, found.text) == (host, command)


def test_aliases():
    """An alias or a function of one line stands for its words."""
    lines = [(1, "root@kind:~# alias lo='docker exec -it'"), (2, 'kx() { kubectl exec -it "$@"; }')]
    aliases = aliases_of(lines)
    assert aliases == {"lo": "docker exec -it", "kx": "kubectl exec -it"}
    assert understand("lo node-7 ip a", (), aliases).host == Host("node-7")
    assert understand("kx web-1 -- ip a", (), aliases).host == Host(None, "web-1")
    assert prompt_of("$ lo node-7 ip a", aliases) is not None
    assert prompt_of("$ lo node-7 ip a") is None


UNITS = ["a@", "a-", "a.", "[a@b ", "(a) ", "'", '"', ";a", " ", "# ", "➜ ", "┌──(", "~/a ", "a:/", "C:\\a", "> ", "1:"]


@pytest.mark.parametrize("unit", UNITS)
def test_time_is_linear(unit):
    """Long lines made of what prompts are made of take no longer than their length."""
    line = (unit * 4096)[:4096]
    start = time.perf_counter()
    for text in (line, line + "$ x", line + "\x00", f"root@{line}"[:4096]):
        prompt_of(text)
        understand(text, {"a", "b"}, {"a": "docker exec"})
        aliases_of([(1, text)])
    assert time.perf_counter() - start < 1
