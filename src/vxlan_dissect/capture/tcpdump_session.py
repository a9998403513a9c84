"""Where, how and when did the tcpdump run whose output a text shows?

Law: only what the text says: the command with the prompt before it, and what tcpdump prints when it starts. A run lasts
until the next one or until tcpdump says how many packets it captured; packets outside of one have no known place.
"""

from __future__ import annotations

import re

from vxlan_dissect.capture.records import ETHERNET, LINUX_SLL, LINUX_SLL2, LOOP, NULL, RAW

_STARTED = re.compile(
    r"[\s>|]{0,40}(?:tcpdump: )?(?:listening on (\S{1,60})|reading from file .{1,300}?), link-type (\w{1,40})"
)
_ENDED = re.compile(r"[\s>|]{0,40}\d{1,12} packets? (?:captured|received by filter|dropped by kernel)")
_LINKTYPES = {
    "EN10MB": ETHERNET, "LINUX_SLL": LINUX_SLL, "LINUX_SLL2": LINUX_SLL2, "RAW": RAW, "NULL": NULL, "LOOP": LOOP,
}  # fmt: skip
TIME = re.compile(
    r"[\s>|]{0,40}(?:\d{1,9} {1,2})?"  # the number that --number prints
    r"(?:(?:(\d{4})-(\d\d)-(\d\d) )?(-?)([01]\d|2[0-3]):([0-5]\d):([0-6]\d)|(\d{9,10}))\.(\d{9}|\d{6})\s+"
)
_VALUED = "BcCEFGijkmMQrsTVwWyzZ"  # options of tcpdump with a value (its getopt string in tcpdump.c)
_COMMAND = re.compile(r"(?:^|(?<=[\s/$#>%'\"]))tcpdump(?=\s|$)")
_PROMPT = re.compile(r"[$#%>](?:\s|$)")
_WRAPPERS = frozenset(("exec", "sudo", "ssh", "lo", "nsenter", "timeout"))
_USER_AT_HOST = re.compile(r"[\w.-]{1,64}@([\w.-]{1,253})")
_HOST_PROMPT = re.compile(r"[\s>|]{0,40}([A-Za-z0-9][\w.-]{0,252}?)\s?(?:~|:\S{0,200})?\s?[$#%>]")
_SHELL = re.compile(r"(?:ba|a|da|z|k)?sh(?:-\d.*)?$")  # `bash-5.1$` names a shell
# Words before a host, and their options that take a value.
_VALUED_BY_WRAPPER = {
    "exec": {"-n", "-c", "-u", "-e", "-w", "--namespace", "--container", "--user", "--env", "--workdir", "--context"},
    "ssh": {"-i", "-p", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E", "-m", "-S", "-W"},
    "lo": set(),  # an alias for "docker exec" that lab write-ups define
}
_SECOND = 1_000_000_000
_DAY = 86400 * _SECOND
_EPOCH = 719163  # proleptic Gregorian ordinal of 1970-01-01
_LARGEST = (1 << 63) - 1  # nanoseconds that Records.times can hold: until 2262


class Session:
    """One run of tcpdump. `interface`, `host` and `linktype` are None where the text is silent.

    `stored`: it read a file, so the interfaces that it names in its lines are those of another machine (-r of a
    capture on `any`). `absolute`: it ran with -S. `times`: how often -t was given, None where the command is not shown.
    `column`: where its packet lines begin, None before the first.
    """

    def __init__(self, host: str | None = None) -> None:
        self.host = host
        self.interface: str | None = None
        self.linktype: int | None = None
        self.stored = False
        self.absolute = False
        self.times: int | None = None
        self.column: int | None = None
        self.used = False
        self._last: int | None = None
        self._added = 0

    def time(self, found: re.Match[str]) -> tuple[int, bool] | None:
        """Nanoseconds of a TIME and whether they count from 1970; None where no day or no int64 is so.

        Others count from midnight or, where tcpdump ran with -ttt or -ttttt, from the first packet.
        """
        year, month, day, minus, hours, minutes, seconds, epoch, fraction = found.groups()
        time, dated = int(fraction.ljust(9, "0")), True
        if epoch:
            time += int(epoch) * _SECOND
        else:
            time += (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * _SECOND
            days = _days(int(year), int(month), int(day)) if year else 0
            if days is None:
                return None
            if year:
                time += days * _DAY
            else:
                time, dated = self._time_of_day(-time if minus else time), False
        return (time, dated) if abs(time) <= _LARGEST else None

    def _time_of_day(self, time: int) -> int:
        """Sum up differences (-ttt); where a clock time goes back by more than half a day, a day has passed."""
        if self.times is None and self._last is None and time == 0:
            self.times = 3  # a capture that begins at midnight to the microsecond is less likely
        if self.times == 3:
            self._added += time
            time = 0
        elif self._last is not None and time - self._last < -_DAY // 2:
            self._added += _DAY
        self._last = time
        return time + self._added


class Sessions:
    """The runs of tcpdump in a text, one after the other; `current` is the one whose packets come now."""

    def __init__(self) -> None:
        self.current = Session()
        self._entered: str | None = None  # host of a shell that was opened in it, for prompts that name none

    def note(self, line: str) -> bool:
        """Take a line that is no packet; True where tcpdump starts, so that its packets follow."""
        started = "link-type" in line and _STARTED.match(line)
        if started:
            if self.current.used or self.current.linktype is not None:
                self.current = Session()
            self.current.interface = started[1] or self.current.interface
            self.current.stored = started[1] is None
            self.current.linktype = _LINKTYPES.get(started[2])
            return True
        if "packet" in line and _ENDED.match(line):
            if self.current.used:
                self.current = Session()
        elif "tcpdump" in line:
            self._command(line)
        elif " exec " in line and line.rstrip().endswith("sh"):
            self._entered = _host(line.split()) or None
        elif line.rstrip().endswith("exit"):
            self._entered = None
        return False

    def _command(self, line: str) -> None:
        """A line with a tcpdump command in it, after a prompt."""
        found = _COMMAND.search(line)
        if found is None:
            return
        before = line[max(found.start() - 300, 0) : found.start()]
        words = before.split()
        if words and not _PROMPT.search(before) and not _WRAPPERS.intersection(words):
            return
        inside = _host(words)
        self.current = Session(_prompt_host(before) or self._entered if inside is None else inside or None)
        self.current.interface, letters = _options(line[found.end() : found.end() + 1000].split())
        self.current.stored = "r" in letters
        self.current.absolute = "S" in letters
        self.current.times = letters.count("t")


def _options(words: list[str]) -> tuple[str | None, str]:
    """The interface of a tcpdump command, and its options of one letter."""
    interface, letters = None, ""
    left = list(reversed(words))
    while left:
        word = left.pop()
        name, _, value = word.partition("=")
        if name == "--interface":
            interface = interface or value or (left.pop() if left else None)
        elif word.startswith("-") and not word.startswith("--"):
            for at, letter in enumerate(word[1:], 2):
                letters += letter
                if letter in _VALUED:
                    value = word[at:] or (left.pop() if left else "")
                    interface = interface or (value or None if letter == "i" else None)
                    break
    return interface, letters


def _host(words: list[str]) -> str | None:
    """The host that `kubectl exec`, `docker exec`, `ssh` or `lo` in a command names; the last of them counts.

    Empty where it may be any of several (`ds/cilium`), None where there is no such command.
    """
    for at in range(len(words) - 1, -1, -1):
        valued = _VALUED_BY_WRAPPER.get(words[at])
        if valued is None or words[at - 1 : at] == ["netns"]:
            continue
        rest = iter(words[at + 1 :])
        for word in rest:
            if word in valued:
                next(rest, None)
            elif not word.startswith("-"):
                name = re.sub(r"^pods?/|^[^@/]*@", "", word)
                return name if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,252}", name) else ""
    return None


def _prompt_host(before: str) -> str | None:
    """The host that a prompt names: `root@worker:/#`, `[root@worker ~]#`, `cni-7t9p4~$`."""
    users = _USER_AT_HOST.findall(before)
    if users:
        return str(users[-1])
    found = _HOST_PROMPT.match(before)
    return str(found[1]) if found and not _SHELL.match(found[1]) else None


def _days(year: int, month: int, day: int) -> int | None:
    """Days since 1970, None where the calendar has no such day."""
    from datetime import date

    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
