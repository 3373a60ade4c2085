"""One thing that needs mending, as an overview shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`url` is empty where the viewer's role cannot mend it."""

    tone: str
    title: str
    text: str = ""
    action: str = ""
    url: str = ""
