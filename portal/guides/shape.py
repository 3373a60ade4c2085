"""What a guide is made of. Texts hold HTML of ours (<b>, <code>); a company's values stand in fields of their own."""

from dataclasses import dataclass

from diagnosis.causes.shape import Text
from diagnosis.readers import Reader
from mailsettings.retirements import Retirement


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `values` are names of `Values` to copy, `script` one of `scripts.SCRIPTS`.

    `page`: the URL name of the page here where it is done. `part`: a template with more words. `proof`: what shows
    that it was done (handover/ways.py). `handed`: other words, for the customer's IT on a hand-over page.
    """

    text: Text
    values: tuple[str, ...] = ()
    script: str = ""
    page: str = ""
    part: str = ""
    proof: str = ""
    handed: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    slug: str
    title: Text
    summary: Text  # one line of the list
    reader: Reader
    for_whom: Text
    minutes: Text
    before: tuple[Text, ...] = ()  # what has to be there, or speaks against it
    steps: tuple[Step, ...] = ()
    notes: tuple[Text, ...] = ()  # what goes wrong, and what other instructions get wrong
    retirements: tuple[Retirement, ...] = ()
    see: tuple[str, ...] = ()  # other guides
    sources: tuple[str, ...] = ()  # addresses of the providers' own pages
