"""How is one command run so that it can neither hang nor fill a disk?

Law: no shell, no input, a bound on its time and on its output, its own process group that ends with it. The answer goes
into a file that gets its name when it is whole; a failure is a value, never an exception. POSIX only.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.collect.folder import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

_LOOK_UP = 0.2  # seconds between two looks at whether to stop
_MOST_ERRORS = 4096  # bytes of standard error that are kept, from its end

# kubectl says so when the command ran and failed (client-go tools/remotecommand/v4.go).
_RAN = re.compile(r"command terminated with exit code (\d{1,3})\b")
# What runc, crun and CRI-O say of a program that the image does not have, and a shell's two statuses for it.
_NO_PROGRAM = re.compile(r"executable file .{0,300}not found|exec: .{0,300}no such file or directory", re.DOTALL)
_NO_RESOURCE = re.compile(r"doesn't have a resource type|Error from server \(NotFound\)")
# The remarks of kubectl that are no reason.
_REMARK = re.compile(r"command terminated with exit code|Defaulted container|^Unable to use a TTY")
# A cobra command that has lost a subcommand prints its help and status 0 (cobra args.go, legacyArgs).
_HELP = re.compile(rb"^Usage:\r?\n", re.MULTILINE)


class Outcome(NamedTuple):
    """How a command ended: `why` is None where its whole answer stands in the file, else the reason in words.

    `absent` tells that the cluster or the image does not have what was asked for, `no_program` that it was the program,
    `ran` that the program itself ran and failed, `cut` that the beginning was kept. `errors` is the end of standard
    error. Both texts are from outside.
    """

    why: str | None = None
    absent: bool = False
    no_program: bool = False
    ran: bool = False
    errors: str = ""
    cut: bool = False


def run(words: Sequence[str], path: str, seconds: float, most: int, stop: Event) -> Outcome:
    """Run a command and put its output, if it is of use, into the file `path`.

    `most` bounds the output in bytes: what is longer is cut there, kept, and said. `stop` ends it early.
    """
    try:
        with replacing(path) as output:
            outcome, keep = _run(words, output, seconds, most, stop)
            if not keep:
                os.unlink(output.name)
    except OSError as error:  # a full disk, a folder that somebody removed
        return Outcome(f"cannot write {path}: {error.strerror}")
    return outcome


def _run(words: Sequence[str], output: IO[bytes], seconds: float, most: int, stop: Event) -> tuple[Outcome, bool]:
    """How it ended, and whether what was written is worth keeping."""
    try:
        process = subprocess.Popen(  # noqa: S603 - words, never a shell
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Outcome(f"cannot run {words[0]}: {getattr(error, 'strerror', None) or error}"), False
    reading = _Reading(process, output, most)
    try:
        ended = reading.until(time.monotonic() + seconds, stop)
    finally:
        reading.end()
    if ended:
        return Outcome(f"{ended} after {seconds:g} s" if ended == "no end" else ended), False
    if reading.size > most:
        return Outcome(f"cut after {most} bytes", cut=True), True
    return _outcome(process.returncode, reading.errors.decode("utf-8", "replace"), reading.head)


class _Reading:
    """What a process writes, up to a bound."""

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes], most: int) -> None:
        self.process, self.output, self.most = process, output, most
        self.size, self.head, self.errors = 0, b"", b""

    def until(self, deadline: float, stop: Event) -> str | None:
        """Read until both streams end; the reason where they did not."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            selector.register(self.process.stderr, selectors.EVENT_READ)
            while selector.get_map() and self.size <= self.most:
                if stop.is_set():
                    return "interrupted"
                left = deadline - time.monotonic()
                if left <= 0:
                    return "no end"
                for key, _ in selector.select(min(left, _LOOK_UP)):
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is self.process.stderr:
                        self.errors = (self.errors + data)[-_MOST_ERRORS:]
                    else:
                        self._take(data)
        if self.size > self.most:
            return None
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return "no end"
        return None

    def end(self) -> None:
        """Leave nothing behind that runs or is open."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _take(self, data: bytes) -> None:
        if len(self.head) < _MOST_ERRORS:
            self.head = (self.head + data)[:_MOST_ERRORS]
        self.output.write(data[: max(0, self.most - self.size)])
        self.size += len(data)


def _outcome(status: int, errors: str, head: bytes) -> tuple[Outcome, bool]:
    if status == 0:
        if _HELP.search(head):
            return Outcome("there is no such command in this version", absent=True), False
        return Outcome(errors=errors), True
    remote = _RAN.search(errors)
    code = int(remote[1]) if remote else status
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not _REMARK.search(line)]
    why = f"exit status {code}" + (f": {lines[-1]}" if lines else "")
    no_program = bool(_NO_PROGRAM.search(errors)) or code in {126, 127}
    absent = no_program or bool(_NO_RESOURCE.search(errors))
    return Outcome(why, absent, no_program, remote is not None and not no_program, errors), False
