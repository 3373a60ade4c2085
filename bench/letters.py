"""Messages of a wanted size, each with an id of its own."""

import random
from collections.abc import Iterator
from functools import cache

# Real text comes to about half its size when it is compressed; so does this, where one repeated line would vanish.
_TEXT = """
order load truck tilt pallet driver customs invoice price please confirm unloading Monday Wednesday at eight
Rotterdam Riga Hamburg Gdansk Malmo Klaipeda reference with the and from before address ramp gross weight net
euro waiting hours signed consignment note by return mail dear colleagues regards we attached for your of to in
"""
_WORDS = _TEXT.split()
TELLING = 0.45  # of the words are a number


@cache
def text(size: int, number: int = 0) -> str:
    """Plain ASCII text of this many characters, the same each time for the same number."""
    chance = random.Random(number)
    lines, length = [], 0
    while length < size:
        said = [_word(chance) for _ in range(12)]
        lines.append(" ".join(said) + "\n")
        length += len(lines[-1])
    return "".join(lines)[:size]


def _word(chance: random.Random) -> str:
    return str(chance.randrange(100_000)) if chance.random() < TELLING else chance.choice(_WORDS)


def letters(count: int, size: int, prefix: str = "raw") -> Iterator[bytes]:
    """Finished messages as bytes with CRLF, `size` bytes of text each."""
    body = text(size).replace("\n", "\r\n")
    for number in range(count):
        yield (
            "From: Raw <raw@sender.example>\r\nTo: rita@recipient.example\r\nSubject: Order\r\n"
            f"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{prefix}-{number}@sender.example>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        ).encode()
