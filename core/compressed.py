"""Text made smaller before it is encrypted: afterwards nothing can be.

Zstandard (RFC 8878) at its fastest ordinary level halves a mail of 10 kB in some 30 µs. Who can see how long the
result is learns a little about the text; nobody sees it but who reads the database, and no secret stands beside what
a stranger wrote.
"""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 1
BEGINNING = b"\x28\xb5\x2f\xfd"  # of each frame: RFC 8878, section 3.1.1


def compress(data: bytes) -> bytes:
    """Smaller bytes, or `data` itself where that is no larger and cannot be taken for a frame."""
    made = zstd.compress(data, LEVEL)
    return made if len(made) < len(data) or data.startswith(BEGINNING) else data


def decompress(data: bytes) -> bytes:
    """What `compress` was given."""
    return zstd.decompress(data) if data.startswith(BEGINNING) else data
