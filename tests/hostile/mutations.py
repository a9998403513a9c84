"""How is a frame damaged, so that a decoder that trusts any byte of it goes wrong?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.wire.real import Frame

if TYPE_CHECKING:
    import random

# Values that lengths, versions and offsets are forged to.
FORGED = (0, 1, 2, 7, 8, 0x3F, 0x40, 0x45, 0x4F, 0x60, 0x7F, 0x80, 0xFE, 0xFF)


def mutated(frame: Frame, source: random.Random) -> Frame:
    """A frame with bytes flipped, lengths forged, bytes cut or added: one to five faults, mostly in its headers."""
    data, original = bytearray(frame.data), frame.original
    for _ in range(source.randint(1, 5)):
        fault = source.random()
        place = min(int(source.expovariate(1 / 50)), max(len(data) - 1, 0))
        if fault < 0.35 and data:
            data[place] ^= 1 << source.randrange(8)
        elif fault < 0.7 and data:
            data[place] = source.choice(FORGED)
        elif fault < 0.85:
            del data[source.randrange(len(data) + 1) :]
            original = len(data) if source.random() < 0.5 else original
        elif fault < 0.95:
            data[place:place] = source.randbytes(source.randrange(40))
        else:
            original = source.choice((0, 1, len(data), 0xFFFFFFFF))
    return Frame(bytes(data), original, frame.source)
