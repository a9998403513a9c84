"""How does decoding many batches keep from asking the system for the same memory again and again?

Law: only speed depends on it. glibc gives large pieces of memory back to the system when they are freed, and every
batch then waits for fresh pages to be mapped and cleared, which takes as long as decoding it (docs/performance.md). So
the process keeps what it has freed, up to KEPT bytes. Sources: mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
"""

from __future__ import annotations

import gc

KEPT = 256 << 20
_LARGEST = 32 << 20  # the most that M_MMAP_THRESHOLD takes (HEAP_MAX_SIZE / 2 of glibc)
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_freed_memory() -> None:
    """Let this process keep freed memory; nothing happens where the C library is another."""
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_TRIM_THRESHOLD, KEPT)
    mallopt(_MMAP_THRESHOLD, _LARGEST)


def collect_seldom() -> None:
    """Look for garbage in cycles less often: what is kept of a capture has none, and grows with it.

    Of the 41 s that a million packets took to diagnose, 14 were Python looking through what was kept.
    """
    gc.set_threshold(100_000, 50, 100)
