"""Do the forms of time say what tshark says?"""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.listing import tshark
from tests.wire.frames import decode_all, echo6, ether, ipv6
from vxlan_dissect.cli.packets import TIMES
from vxlan_dissect.decode import read
from vxlan_dissect.listing import times
from vxlan_dissect.listing.batches import Batch

ECHO = ether(ipv6(echo6()))
CAPTURE = "cilium-1.16/cilium-31-ndp-variants/worker.any.pcap"
SECOND, DAY = 1_000_000_000, 1_720_742_400  # 2024-07-12 00:00 UTC, day 194 of the year


def made(*nanoseconds, **options):
    """A batch of frames with these times."""
    packets = decode_all([ECHO] * len(nanoseconds), **options)
    name = "frame.time_of_day" if "frame.time_of_day" in packets.columns else "frame.time_epoch"
    packets.columns[name].values[:] = nanoseconds
    return Batch.of(packets)


@pytest.fixture
def zone(monkeypatch):
    """A clock that is not UTC's: two hours ahead in summer, one in winter."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_command_offers_every_form():
    """The command line cannot ask the library, which imports numpy, and has the same list."""
    assert tuple(times.FORMS) == TIMES


@tshark.needed
@pytest.mark.parametrize("form", TIMES)
@pytest.mark.usefixtures("zone")
def test_forms_are_those_of_tshark(captures_dir, form):
    """Each form writes each frame of a capture as tshark does, in another time zone, also behind a filter."""
    path = captures_dir / CAPTURE
    packets = read(str(path))
    shown = np.flatnonzero(packets.column("arp.opcode").valid)
    said = times.Clock(form).texts(Batch.of(packets, shown))
    options = ("-t", form, "-Y", "arp")
    rows = tshark.fields(path, "_ws.col.Time", options=options, zone="CET-1CEST,M3.5.0,M10.5.0/3")
    assert said == [row[0] for row in rows]
    assert len(said) == 7


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("r", ["0.000000", "1.500000", "1.250000"]),
        ("d", ["0.000000", "1.500000", "-0.250000"]),
        ("e", ["1720742400.000000", "1720742401.500000", "1720742401.250000"]),
        ("u", ["00:00:00.000000", "00:00:01.500000", "00:00:01.250000"]),
        ("ud", ["2024-07-12 00:00:00.000000", "2024-07-12 00:00:01.500000", "2024-07-12 00:00:01.250000"]),
        ("udoy", ["2024/194 00:00:00.000000", "2024/194 00:00:01.500000", "2024/194 00:00:01.250000"]),
    ],
)
def test_frames_out_of_order(form, expected):
    """A frame may be older than the one before it."""
    start = DAY * SECOND
    assert times.Clock(form).texts(made(start, start + 1_500_000_000, start + 1_250_000_000)) == expected


def test_nanoseconds_are_shown_once_there_are_any():
    """Six decimals as long as they tell the time, nine from then on."""
    clock = times.Clock("e")
    assert clock.texts(made(1000)) == ["0.000001"]
    later = made(1001)
    later.whole.columns["frame.number"].values[:] = 2
    assert clock.texts(later) == ["0.000001001"]
    last = made(2000)
    last.whole.columns["frame.number"].values[:] = 3
    assert clock.texts(last) == ["0.000002000"]


@pytest.mark.parametrize(("form", "expected"), [("r", "3.000000"), ("d", "2.000000"), ("dd", "2.000000")])
def test_counting_goes_on_from_batch_to_batch(form, expected):
    """The first frame and the one before are remembered, until the next capture begins."""
    clock = times.Clock(form)
    assert clock.texts(made(0, SECOND))[0] == "0.000000"
    later = made(3 * SECOND)
    later.whole.columns["frame.number"].values[:] = 3
    assert clock.texts(later) == [expected]
    assert clock.texts(made(9 * SECOND)) == ["0.000000"]


def test_since_the_frame_shown_before():
    """`dd` counts from the frame that was shown, `d` from the one that was captured."""
    for form, expected in (("dd", "2.000000"), ("d", "1.000000")):
        whole = made(0, SECOND, 2 * SECOND).whole
        assert times.Clock(form).texts(Batch.of(whole, np.array([0, 2])))[1] == expected


@pytest.mark.parametrize(
    ("form", "expected"), [("ad", "00:00:02.000000"), ("udoy", "00:00:02.000000"), ("r", "1.000000")]
)
def test_times_without_a_date(form, expected):
    """A text that names no date has clock times, which no time zone shifts."""
    assert times.Clock(form).texts(made(SECOND, 2 * SECOND, dated=False))[1] == expected


@pytest.mark.parametrize(
    ("form", "expected"), [("r", ["0.000000", "", "5.000000"]), ("d", ["0.000000", "", "5.000000"])]
)
def test_frames_without_a_time(form, expected):
    """A frame without a time has an empty one, and the next counts from the last that has one."""
    batch = made(0, 7 * SECOND, 5 * SECOND, timed=np.array([True, False, True]))
    assert times.Clock(form).texts(batch) == expected


def test_no_time_at_all():
    """Frames of a text without times are listed without."""
    batch = made(0, 0, timed=np.zeros(2, dtype=bool))
    assert times.Clock("r").texts(batch) == ["", ""]


def test_years_that_no_calendar_has():
    """A time far beyond the calendar is written as seconds and crashes nothing."""
    assert times.Clock("ud").texts(made(2**62)) == ["2116-02-20 23:53:38.427387904"]
    assert times.Clock("ud").texts(made(-1))[0].startswith("1969-12-31 23:59:59.999999999")
