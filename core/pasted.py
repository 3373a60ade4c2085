"""What comes along when a word is copied from a page, a letter or a chat, and is not a part of it.

Unseen signs are of the Unicode category Cf (format), https://www.unicode.org/reports/tr44/#General_Category_Values.
"""

# Soft hyphen, zero-width space, marks of direction, word joiner, byte order mark. Not the joiners U+200C and U+200D:
# some scripts write words with them.
_RANGES = (
    (0x00AD, 0x00AD),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x2069),
    (0xFEFF, 0xFEFF),
)
_UNSEEN = "".join(chr(code) for first, last in _RANGES for code in range(first, last + 1))
_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_QUOTES = "\"'`“”„‘’‚«»"
_NOTHING = dict.fromkeys(map(ord, _UNSEEN))


def without_unseen(text: str) -> str:
    """Without the signs that nobody sees and nobody types, wherever they stand."""
    return text if text.isascii() else text.translate(_NOTHING)


def trimmed(text: str) -> str:
    """Without spaces and such signs around it; what is inside a password is its owner's affair."""
    return text.strip(_SPACES + _UNSEEN)


def bare(text: str) -> str:
    """An id, a name or a key alone: no unseen signs, and neither spaces nor quotation marks around it."""
    return without_unseen(text).strip(_SPACES + _QUOTES)
