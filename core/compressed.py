"""Text made smaller before it is encrypted: afterwards nothing can be.

Zstandard (RFC 8878) at its fastest ordinary level halves a mail of 10 kB in some 30 µs. Who can see how long the
result is learns a little about the text; nobody sees it but who reads the database, and no secret stands beside what
a stranger wrote.
"""

import sys
import threading

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 1
LARGE_BYTES = 1_000_000  # beyond, nothing is gained by keeping what was set up, and it would be large
BEGINNING = b"\x28\xb5\x2f\xfd"  # of each frame: RFC 8878, section 3.1.1
_own = threading.local()


def compress(data: bytes) -> bytes:
    """Smaller bytes, or `data` itself where that is no larger and cannot be taken for a frame."""
    made = _compressor(len(data)).compress(data, zstd.ZstdCompressor.FLUSH_FRAME)
    return made if len(made) < len(data) or data.startswith(BEGINNING) else data


def _compressor(size_bytes: int) -> zstd.ZstdCompressor:
    """This thread's own: setting one up takes as long as compressing a short mail."""
    if size_bytes > LARGE_BYTES:
        return zstd.ZstdCompressor(LEVEL)
    if not hasattr(_own, "compressor"):
        _own.compressor = zstd.ZstdCompressor(LEVEL)
    return _own.compressor


def decompress(data: bytes) -> bytes:
    """What `compress` was given."""
    return zstd.decompress(data) if data.startswith(BEGINNING) else data
