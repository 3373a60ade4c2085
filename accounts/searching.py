"""What people are looked for by: one line of letters that sorts and searches the same in every database.

SQLite knows upper and lower case of ASCII only, and PostgreSQL sorts as its locale says. Accents are left out, so
that “berzina” finds Bērziņa, and she stands beside Berzins.
"""

import unicodedata

FOUND_BY_CHARACTERS = 410


def folded(text: str) -> str:
    """Small letters without accents, single spaces."""
    letters = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def found_by(name: str, email: str) -> str:
    """The name, as the list is in its order, then the address."""
    return folded(f"{name} {email}")[:FOUND_BY_CHARACTERS]
