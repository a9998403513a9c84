"""Are the packets of a pasted terminal session found, with the place and time that the session says?"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.capture.reading import frames_of, read, read_text
from vxlan_dissect.capture import tcpdump_session, tcpdump_text
from vxlan_dissect.capture.records import BATCH_RECORDS

DATA = Path(__file__).parent / "data"
PACKET = "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64"
LISTENING = "listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes"
DAY = 86_400_000_000_000


def places(*lines: str) -> list[tuple[str | None, str | None, int]]:
    """Host, interface and link type of each packet of a text."""
    return [
        (batch.interfaces[index].host, batch.interfaces[index].name, batch.interfaces[index].linktype)
        for batch in read_text(*lines).batches
        for index in batch.interfaces_of.tolist()
    ]


def place(*lines: str) -> tuple[str | None, str | None]:
    """Host and interface of the one packet below these lines."""
    ((host, name, _),) = places(*lines, "07:44:28.594775 " + PACKET)
    return host, name


def test_the_article(shared_dir: Path) -> None:
    """The article, as it stands, is a capture of six frames, taken in the pod at eth0."""
    got = read(shared_dir / "seed.txt")
    assert got.error is None
    (batch,) = got.batches
    assert (len(batch), batch.dated, batch.unread) == (6, False, 0)
    clock = [int(time[:2]) * 3600 + int(time[3:5]) * 60 + int(time[6:8]) for time in ["07:44:28"] * 6]
    fractions = [594775, 594812, 594846, 594851, 594856, 595463]
    assert got.times == [second * 10**9 + micro * 1000 for second, micro in zip(clock, fractions, strict=True)]
    assert {(i.host, i.name, i.linktype) for i in batch.interfaces} == {("cni-7t9p4", "eth0", 1)}
    assert [told["icmpv6.type"] for told in got.told] == [135, 136, 135, 136, 128, 129]
    assert [told["frame.len"] for told in got.told] == [86, 86, 86, 86, 118, 118]
    assert got.told[3]["ipv6.src"] == got.told[3]["icmpv6.nd.na.target_address"] == "fd00:10:244:1::22f1"
    assert got.told[5] == {
        "eth.src": "a2:79:14:47:80:b3", "eth.dst": "4e:5b:57:45:63:3b", "eth.type": 0x86DD, "frame.len": 118,
        "ipv6.src": "fd00:10:244:2::9461", "ipv6.dst": "fd00:10:244:1::4749", "ipv6.nxt": 58, "icmpv6.type": 129,
        "icmpv6.echo.identifier": 44, "icmpv6.echo.sequence_number": 0, "frame.tunnels": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("command", "host", "interface"),
    [
        ("cni-7t9p4~$tcpdump -pne -i eth0", "cni-7t9p4", "eth0"),
        ("root@cilium-dual-stack-worker:/# tcpdump -pne -i eth0", "cilium-dual-stack-worker", "eth0"),
        ("[root@node1 ~]# tcpdump -nni any port 8472", "node1", "any"),
        ("me@laptop:~$ kubectl exec -it cni-7t9p4 -- tcpdump -nei eth0", "cni-7t9p4", "eth0"),
        ("me@laptop:~$ kubectl -n web exec -c main -it pod/shop-0 -- tcpdump -ni eth0", "shop-0", "eth0"),
        ("me@laptop:~$ kubectl exec -it ds/cilium -n kube-system -- tcpdump -ni cilium_vxlan", None, "cilium_vxlan"),
        ("root@kind:~# docker exec -it cilium-dual-stack-worker tcpdump -ieth0", "cilium-dual-stack-worker", "eth0"),
        ("me@laptop:~$ ssh -p 2222 admin@node-3 sudo tcpdump --interface=ens5 -n", "node-3", "ens5"),
        ("root@KinD:~# lo cilium-dual-stack-worker2 tcpdump -n --interface ens5", "cilium-dual-stack-worker2", "ens5"),
        ("root@node1:~# ip netns exec blue tcpdump -n -i veth0", "node1", "veth0"),
        ("worker2:/# sudo timeout 10 /usr/sbin/tcpdump -evvni lxc1 -c 5 'icmp6 && host -i'", "worker2", "lxc1"),
        ("/ # tcpdump -ne", None, None),
        ("bash-5.1# tcpdump -ni eth0", None, "eth0"),
        ("$ tcpdump -r file -n", None, None),
        ("tcpdump -s 0 -B 4096 -nvi wg0", None, "wg0"),
    ],
)
def test_prompts(command: str, host: str | None, interface: str | None) -> None:
    """The host is that of the prompt, or of the exec or ssh before tcpdump; the interface that of -i."""
    assert place(command) == (host, interface)
    assert place("some prose", command, "", LISTENING.replace("eth0", "tunl0")) == (host, "tunl0")


def test_shell_in_a_pod() -> None:
    """A prompt that names no host is that of the pod whose shell was opened, until it is left."""
    opened = ["me@laptop:~$ kubectl exec -it web-1 -- sh", "/ # tcpdump -ni eth0"]
    assert place(*opened) == ("web-1", "eth0")
    assert place(*opened, "/ # exit", "# tcpdump -ni eth1") == (None, "eth1")
    assert place(*opened, "root@node1:~# tcpdump -ni eth1") == ("node1", "eth1")


def test_runs_one_after_the_other() -> None:
    """Each run has its own place; after its end, packets have none."""
    line = "07:44:28.594775 " + PACKET
    assert places(
        "a@one:~# tcpdump -i eth0", LISTENING, line, "^C", "1 packet captured", "1 packet received by filter", line,
        "a@two:~# tcpdump -i any", "listening on any, link-type LINUX_SLL2 (Linux cooked v2), capture size 262144",
        "07:44:28.594775 eth1  In  " + PACKET, "07:44:29.594775 lxc0  Out " + PACKET,
        "listening on wg0, link-type RAW (Raw IP), snapshot length 262144 bytes", line,
    ) == [
        ("one", "eth0", 1), (None, None, 1), ("two", "eth1", 276), ("two", "lxc0", 276), (None, "wg0", 101),
    ]  # fmt: skip


def test_names_of_another_machine() -> None:
    """Of a stored capture on `any`, tcpdump prints the names of the machine that reads it: they say nothing."""
    line = "07:44:28.594775 eth1  In  " + PACKET
    head = "reading from file a.pcap, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144"
    assert places(head, "Warning: interface names might be incorrect", line) == [(None, None, 276)]
    assert places("root@a:~# tcpdump -nr a.pcap", line) == [("a", None, 276)]


def test_commands_without_output() -> None:
    """A command whose packets went into a file leaves nothing behind, and prose about tcpdump is no command."""
    line = "07:44:28.594775 " + PACKET
    assert places(
        "a@one:~# tcpdump -i eth0 -w /tmp/1.cap", "a@one:~# sz /tmp/1.cap", "b@two:~# tcpdump -i eth1", line
    ) == [("two", "eth1", 1)]
    assert places("b@two:~# tcpdump -i eth1", "as tcpdump shows, it is lost:", line) == [("two", "eth1", 1)]


@pytest.mark.parametrize(
    ("start", "dated", "times"),
    [
        (("07:44:28.594775 ", "07:44:29.000000 "), False, [27868594775000, 27869000000000]),
        (("07:44:28.594775123 ",), False, [27868594775123]),
        (("1720770268.594775 ", "1720770268.594776 "), True, [1720770268594775000, 1720770268594776000]),
        (
            ("2024-07-12 07:44:28.594775 ", "2024-02-29 00:00:00.000000 "),
            True,
            [1720770268594775000, 1709164800000000000],
        ),
        ((" 00:00:00.000000 ", " 00:00:00.000037 ", " 00:00:01.000000 "), False, [0, 37000, 1000037000]),
        (("    1  07:44:28.594775 ", "    2  07:44:28.594776 "), False, [27868594775000, 27868594776000]),
        (("> 07:44:28.594775 ", "> 07:44:28.594776 "), False, [27868594775000, 27868594776000]),
        (("", ""), False, [None, None]),
        (("2024-02-30 00:00:00.000000 ",), False, [None]),
        (("9999-01-01 00:00:00.000000 ", "9999999999.000000 "), False, [None, None]),
    ],
)
def test_times(start: tuple[str, ...], dated: bool, times: list[int | None]) -> None:
    """All forms of time: clock, nanoseconds, -tt, -tttt, -ttt, numbered (--number), quoted, none (-t), impossible."""
    got = read_text(*(time + PACKET for time in start))
    assert got.times == times
    assert got.batches[0].dated == dated


def test_time_since_the_first() -> None:
    """With -ttttt in the command, times are those since the first packet, as written; with -ttt they are summed."""
    lines = [f" 00:00:0{second}.000000 {PACKET}" for second in (0, 1, 2)]
    assert read_text("$ tcpdump -nttttt -i eth0", *lines).times == [0, 10**9, 2 * 10**9]
    assert read_text("$ tcpdump -nttt -i eth0", *lines).times == [0, 10**9, 3 * 10**9]


def test_midnight() -> None:
    """A clock that goes back by more than half a day has passed midnight; a few seconds back are disorder."""
    got = read_text(
        *(f"{time}.000000 {PACKET}" for time in ("23:59:59", "00:00:01", "00:00:00", "12:00:00", "00:00:00"))
    )
    hours = [DAY - 10**9, DAY + 10**9, DAY, DAY + DAY // 2, DAY]
    assert got.times == [*hours[:4], DAY]
    got = read_text(*(f"{time}.000000 {PACKET}" for time in ("23:00:00", "01:00:00", "23:00:00", "01:00:00")))
    assert got.times == [DAY - DAY // 24, DAY + DAY // 24, 2 * DAY - DAY // 24, 2 * DAY + DAY // 24]


def test_clock_that_never_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """After more midnights than the time can hold, it is absent."""
    monkeypatch.setattr(tcpdump_session, "_LARGEST", 2 * DAY)
    got = read_text(*(f"{hour}:00:00.000000 {PACKET}" for hour in ("23", "01", "23", "01", "02")))
    assert got.times == [DAY - DAY // 24, DAY + DAY // 24, 2 * DAY - DAY // 24, None, None]


def test_too_many_interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """More interfaces than can be numbered are an error, after the packets of the others."""
    monkeypatch.setattr(tcpdump_text, "MAX_INTERFACES", 3)
    got = read_text(*(f"07:44:28.594775 if{n} In  {PACKET}" for n in range(5)))
    assert got.interfaces == ["if0", "if1", "if2"]
    assert (got.error.frame, got.error.reason) == (4, "more than 3 interfaces")


def test_dated_and_undated() -> None:
    """In one batch the times of the kind that comes first are the times; the others are told in their own column."""
    got = read_text("07:44:28.594775 " + PACKET, "1720770268.594775 " + PACKET, PACKET)
    assert got.batches[0].dated is False
    assert got.times == [27868594775000, None, None]
    assert [told.get("frame.time_epoch") for told in got.told] == [None, 1720770268594775000, None]


@pytest.mark.parametrize("lost", [False, True])
def test_verbose_lines(lost: bool) -> None:
    """The lines below a packet line (-v) belong to it, also where their indentation was lost."""
    lines = (DATA / "verbose.session").read_text().splitlines()
    got = read_text("prose before", *(line.lstrip() if lost else line for line in lines), "prose > after: this")
    assert got.count == 3
    first, second, third = got.told
    assert (first["outer.ip.ttl"], first["ipv6.hlim"], first["frame.tunnels"]) == (64, 255, 1)
    assert first["icmpv6.opt.src_linkaddr"] == "4e:5b:57:45:63:3b"
    assert (second["quoted.ip.ttl"], second["quoted.ip.dst"], second["quoted.udp.dstport"]) == (1, "10.9.0.1", 5002)
    assert (third["icmpv6.nd.ra.router_lifetime"], third["icmpv6.opt.mtu"]) == (1800, 1450)
    assert got.frames == [b"", b"", b""]


def test_payload_is_no_packet() -> None:
    """What -v or -A shows of a payload, indented below its packet, is not taken for packets."""
    forged = "\t07:44:28.594775 IP 6.6.6.6 > 7.7.7.7: ICMP echo request, id 6, seq 6, length 64"
    first = (
        "07:44:28.594775 IP 10.0.0.1.80 > 10.0.0.2.40000: Flags [P.], seq 1:9, ack 1, win 1, length 8: HTTP, length: 8"
    )
    assert read_text(first, forged, "\tHTTP/1.1 200 OK", forged).count == 1


def test_indented_paste() -> None:
    """A whole session may be indented, and the next one otherwise."""
    line = "07:44:28.594775 " + PACKET
    assert read_text(line, "and then", "    " + line, "        below it", "    " + line, line).count == 4


def test_prose_is_no_packet() -> None:
    """Logs, routes, addresses and arrows of other kinds are not taken for packets."""
    got = read_text(
        "07:44:28 INFO started", "07:44:28.594775 openat(AT_FDCWD, file) = 3", "IP > NAT > pod", "a > b: c",
        "MAC 4e:5b:57:45:63:3b > x", "root@kind:~# ip r s", "default via 10.244.1.154 dev eth0 mtu 1450",
        "4e:5b:57:45:63:3b > a2:79:14:47:80:b3 maybe", "2024-07-12T07:44:28.594775Z IP 1.1.1.1", "IP 1.1.1.1 > 2.2.2.2",
    )  # fmt: skip
    assert got.error.reason == "no packets: not a capture and no tcpdump lines in it"


def test_colours_and_line_ends() -> None:
    """Escape codes of a terminal, carriage returns and the text of another system's shell do not matter."""
    line = "\x1b[01;32m07:44:28.594775 IP\x1b[0m 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 1, seq 1, length 64\r"
    assert read_text(line, "\x1b[K").told[0]["icmp.type"] == 0
    assert [read(line.encode(code)).told[0]["icmp.type"] for code in ("utf-16", "utf-8-sig")] == [0, 0]


def test_long_texts() -> None:
    """A long text comes in batches, numbered through; packets without a newline at the end are there too."""
    count = BATCH_RECORDS + 3
    got = read_text(*(f"07:44:28.594775 IP 10.0.0.1.1 > 10.0.0.2.2: UDP, length {n % 1000}" for n in range(count)))
    assert [(batch.first, len(batch)) for batch in got.batches] == [(1, BATCH_RECORDS), (BATCH_RECORDS + 1, 3)]
    assert [told["udp.length"] for told in got.told] == [n % 1000 + 8 for n in range(count)]


@pytest.mark.parametrize(
    "line",
    [
        "IP " + "1.1.1.1 > " * 6000, "IP6 fe80::1 > ff02::1: " + "HBH (padn)" * 6000, "0x0000:" + " 4500" * 12000,
        "IP6 (hlim 1, next-header " + "(" * 60000, "x" * 3_000_000, "IP 1.1.1.1 > 2.2.2.2: " + "[a] " * 15000,
        "IP 1.1.1.1 > 2.2.2.2: Flags [.], options [" + "nop," * 15000, "\x1b[" * 30000,
    ],
)  # fmt: skip
def test_hostile_lines(line: str) -> None:
    """Lines made to be slow are read in no time, and hide none of the packets around them."""
    good = "07:44:28.594775 " + PACKET
    got = read_text(good, "07:44:28.594775 " + line, line, good)
    types = [told.get("icmp.type") for told in got.told]
    assert (types[0], types[-1]) == (8, 8)


def test_noise_between_packets() -> None:
    """Packets are found between any bytes."""
    noise = random.Random(3)
    good = f"07:44:28.594775 {PACKET}\n".encode()
    data = b"".join(good + noise.randbytes(noise.randrange(2000)).replace(b"0", b"") + b"\n" for _ in range(100))
    got = read(data)
    assert sum(told.get("icmp.type") == 8 for told in got.told) == 100
    assert all(frame == b"" for batch in got.batches for frame in frames_of(batch))
