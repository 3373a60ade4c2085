"""Messages of a wanted size, each with an id of its own."""

from collections.abc import Iterator

LINE = "One truck with tilt, loading on Monday at eight, unloading on Wednesday; please confirm the price.\n"


def text(size: int) -> str:
    """Plain text of about this many characters."""
    return (LINE * (size // len(LINE) + 1))[:size]


def letters(count: int, size: int, prefix: str = "raw") -> Iterator[bytes]:
    """Finished messages as bytes with CRLF, `size` bytes of text each."""
    body = text(size).replace("\n", "\r\n")
    for number in range(count):
        yield (
            "From: Raw <raw@sender.example>\r\nTo: rita@recipient.example\r\nSubject: Order\r\n"
            f"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{prefix}-{number}@sender.example>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        ).encode()
