r"""Is a line a prompt, and which host does it name?

Law: a prompt is told from prose by its form alone (`user@host:path#`, `host~$`, `/ #`, `PS C:\>`, the arrows of
oh-my-zsh); a bare `#`, `$` or `>`, or none at all, only if a command that is known follows, since prose and comments
begin so too. Every quantifier is bounded: a line of any length costs no more than its length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.session.commands import NOTHING, STARTS, understand

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_TIME = r"(?:\[?[\d:. TZ/-]{5,30}\]? )?"
# `(venv) root@worker:/tmp# ip a`, `[root@worker ~]# ip a`, `user@host ~ % ip a`.
_USER_AT_HOST = re.compile(
    rf"\s*{_TIME}(?:\([^()\s]{{1,64}}\) ?)?"
    rf"(?:\[[\w.-]{{1,64}}@({HOST})[ :][^\]#$]{{0,200}}\]"
    rf"|[\w.-]{{1,64}}@({HOST})(?::[^\s#$%]{{0,200}}| [~/\[][^\s#$%]{{0,200}})?)"
    r" ?[#$%](.*)"
)
# `查看网卡：[root@worker ~]# ip a`: behind a sentence only in brackets.
_IN_BRACKETS = re.compile(rf"\[[\w.-]{{1,64}}@({HOST})[ :][^\]#$]{{0,200}}\] ?[#$](.*)")
# `cni-7t9p4~$ip a l`, `worker:/etc# ip a`.
_HOST_AND_PATH = re.compile(rf"\s*({HOST})(?::?~[^\s#$]{{0,200}}|:/(?!/)[^\s#$]{{0,200}}) ?[#$](.*)")
# `/ # ip a`, `~ $ ip a`, `bash-5.1# ip a`.
_NAMELESS = re.compile(r"\s*((?:bash|sh|ash)-[\d.]{1,9}|[~/][^\s#$]{0,200} )[#$](.*)")
# `PS C:\Users\me> kubectl get pods`, `C:\>kubectl get pods`.
_WINDOWS = re.compile(r"\s*((?:PS )?[A-Za-z]:\\[^<>|]{0,200})> ?(.*)")
# `➜  ~ ip a`, `➜  k8s git:(main) ✗ ip a`, `❯ ip a`, the second line of two: `└─# ip a`, `╰─$ ip a`.
_ARROW = re.compile(r"\s*(?:\([^()\s]{1,64}\) ?)?([➜❯]|[└╰]─*[#$>➤❯]?)\s?(.*)")
# The first of two lines: `┌──(root㉿kali)-[~]`, `╭─root@worker ~`.
_FIRST_OF_TWO = re.compile(rf"\s*[┌╭][─\s]{{0,8}}[(\[]?[\w.-]{{1,64}}[@㉿]({HOST})")
# `worker# ip a`, `worker $ ip a`, `[worker ~]# ip a`, `worker> ip a`.
_HOST_SIGN = re.compile(rf"\[?({HOST})(?: ~)?\]? ?[#$%>] *(?=\S)")
_SIGNS = "-#$>+*` ›»λ→⚡"
_LONGEST = 4096


class Prompt(NamedTuple):
    """A line with a command: `host` is the name in the prompt, None where the prompt has none.

    `form` is what a prompt without a name looks like, so that two of one shell are told. A prompt of two lines is two:
    the first has no command and `opens` the second.
    """

    host: str | None
    command: str
    form: str = ""
    opens: bool = False


def prompt_of(line: str, aliases: Mapping[str, str] = NOTHING) -> Prompt | None:
    """The prompt that the line begins with, or None for a line of output or prose."""
    if len(line) > _LONGEST or not line.strip():
        return None
    if "$" in line or "#" in line or "%" in line:
        match = _USER_AT_HOST.match(line)
        if match:
            return Prompt(match[1] or match[2], match[3].strip())
        match = _HOST_AND_PATH.match(line)
        if match:
            return Prompt(match[1], match[2].strip())
        match = _NAMELESS.match(line)
        if match:
            return Prompt(None, match[2].strip(), match[1].strip())
        match = _IN_BRACKETS.search(line) if "@" in line and "[" in line else None
        if match:
            return Prompt(match[1], match[2].strip())
    return _other_form(line) or _by_command(line, aliases)


def _other_form(line: str) -> Prompt | None:
    """Windows, and the signs that only prompts have."""
    match = _WINDOWS.match(line) if ":\\" in line and ">" in line else None
    if match:
        return Prompt(None, match[2].strip(), match[1].strip())
    if line.isascii():
        return None
    match = _FIRST_OF_TWO.match(line)
    if match:
        return Prompt(match[1], "", opens=True)
    match = _ARROW.match(line)
    if match is None:
        return None
    words = match[2].split()
    if match[1] == "➜":  # oh-my-zsh, robbyrussell.zsh-theme: the directory, the branch and whether it is clean
        del words[:1]
        if words and words[0].startswith("git:("):
            del words[: 2 if words[1:2] == ["✗"] else 1]
    return Prompt(None, " ".join(words), match[1])


def _by_command(line: str, aliases: Mapping[str, str]) -> Prompt | None:
    """A prompt without a host (`# ip a`, `+ ip a`) or a heading (`ip a:`), if the command is known."""
    text = line.strip().lstrip(_SIGNS).rstrip("`: ")
    signed = line.strip()[:1] in "#$>+›»λ→⚡"
    sign = _HOST_SIGN.match(text)
    if sign:
        text = text[sign.end() :]
    first = text.partition(" ")[0].rpartition("/")[2]
    known = first in STARTS or (first in aliases and signed)
    if known and (signed or sign or text.isascii()) and understand(text, (), aliases).is_read:
        return Prompt(sign[1] if sign else None, text, line.strip()[:1] if signed else "")
    return None
