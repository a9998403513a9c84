"""Which moment does a text name, and how is one written?

Law: a moment is a number of ns since 1970, UTC. A text without a zone is not guessed at: it gives None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:([Zz])|([+-])(\d\d):?(\d\d))\Z"
)


def parse_time(text: object) -> int | None:
    """A time of RFC 3339 with a zone, as Kubernetes and Cilium print it, in ns since 1970; None for anything else."""
    match = _RFC3339.match(text) if isinstance(text, str) and len(text) < 64 else None
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    fraction = int((match[7] or "0").ljust(9, "0"))
    ahead = (int(match[10]) * 60 + int(match[11])) * (-1 if match[9] == "-" else 1) if match[9] else 0
    return (int(moment.timestamp()) - ahead * 60) * 1_000_000_000 + fraction


def format_time(ns: int) -> str:
    """A moment as RFC 3339 in UTC, with as many digits below the second as are not zero."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{digits}Z"
