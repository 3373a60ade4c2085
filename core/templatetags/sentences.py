"""`{{ row.note|said }}`: a sentence that was stored, in the language of the page."""

from django import template

from core import sentences

register = template.Library()
register.filter("said", sentences.said)
