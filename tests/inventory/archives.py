"""What archives do the tests read? They are made in memory, honest ones by the standard library."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib


def zipped(members, *, method=zipfile.ZIP_DEFLATED):
    """A zip of a dict (or list of pairs) of names and contents."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(members, *, mode="w:gz", form=tarfile.PAX_FORMAT):
    """A tar of a dict (or list of pairs) of names (or TarInfo) and contents."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=form) as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            data = content.encode() if isinstance(content, str) else content
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def raw_zip(entries, *, count=None):
    """A zip written by hand: (name, flags, method, checksum, stored bytes, offset of its local header or None)."""
    body, directory = bytearray(), bytearray()
    for name, flags, method, checksum, data, offset in entries:
        at = len(body) if offset is None else offset
        if offset is None:
            body += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags, method, 0, 0, checksum, len(data), len(data),
                                len(name), 0) + name + data  # fmt: skip
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, flags, method, 0, 0, checksum, len(data),
                                 len(data), len(name), 0, 0, 0, 0, 0, at) + name  # fmt: skip
    said = len(entries) if count is None else count
    return body + directory + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, said, said, len(directory), len(body), 0)


def deflated(data):
    """Deflate alone, as a zip holds it."""
    inner = zlib.compressobj(9, wbits=-15)
    return inner.compress(data) + inner.flush()
