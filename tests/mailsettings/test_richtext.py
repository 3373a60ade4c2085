"""Formatted text: what stays, what goes and is named, and the plain-text version."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsettings import richtext

PIECES = st.sampled_from([
    "<p>", "</p>", "<ul>", "<li>", "</ul>", "<b>", "</b>", "<h3>", "</h3>", "<table>", "<tr>", "<td>", "</table>",
    "<script>", "</script>", "<svg>", "<!--", "-->", "<a href=https://x.example/>", "</a>", "<br>", "\n\n",
    "pay <5 days", "&lt;b&gt;", "&amp;", " ", "Rīga", "<style>", "<math>", "<p style=x>", "<", "]]>", '"',
    "<![", "<!", "<?", ">", "</", "&#", "&#x0;",
])  # fmt: skip


def test_the_small_part_of_html_stays_as_it_is():
    text = (
        "<h3>Terms</h3><p>Pay <strong>within</strong> <b>30</b> <em>days</em> <i>or</i> <u>less</u>.<br>Thanks</p>"
        '<ul><li>one</li></ul><ol><li>two</li></ol><p><a href="https://firm.example/terms">Terms</a> '
        '<a href="mailto:orders@firm.example">write</a></p>'
        "<table><thead><tr><th>Day</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    )
    assert richtext.clean(text) == text
    assert richtext.removed(text) == []


@pytest.mark.parametrize(
    ("text", "left", "named"),
    [
        ("<p>a<script>alert(1)</script></p>", "<p>a</p>", ["<script>"]),
        ('<p style="color:red" onclick="x()">a</p>', "<p>a</p>", ["style=…", "onclick=…"]),
        ("<p>a<img src=x></p>", "<p>a</p>", ["<img>"]),
        ("<div>a</div>", "<p>a</p>", ["<div>"]),
        ('<p><a href="javascript:x()">a</a></p>', "<p><a>a</a></p>", ["href=javascript:x()"]),
        ('<p><a href="http://firm.example">a</a></p>', "<p><a>a</a></p>", ["href=http://firm.example"]),
        ('<p><a href="//firm.example">a</a></p>', "<p><a>a</a></p>", ["href=//firm.example"]),
        ('<p><a href="java\nscript:x">a</a></p>', "<p><a>a</a></p>", ["href=java\nscript:x"]),
        ("<p>a<!-- note --></p>", "<p>a</p>", ["<!-- … -->"]),
        ("<p>a</p><style>p{}</style>", "<p>a</p>", ["<style>"]),
        ("<!DOCTYPE html><?xml?><![x y]><p>a</p>", "<p>a</p>", ["<!…>", "<?…>"]),
    ],
)
def test_everything_else_goes_and_is_named(text, left, named):
    assert richtext.clean(text) == left
    assert richtext.removed(text) == named
    assert richtext.clean(left) == left


def test_a_text_without_paragraphs_gets_them():
    text = "We & you\r\nagree.\r\n\r\n\r\nPay in <b>5</b> days, if < 10."
    assert richtext.clean(text) == "<p>We &amp; you<br>agree.</p>\n<p>Pay in <b>5</b> days, if &lt; 10.</p>"


@pytest.mark.parametrize("text", ["a <b", "if x <y and more", "<p>a</p", "<p>a <i<b>x</b></p>"])
def test_a_tag_that_does_not_end_is_noticed(text):
    assert richtext.has_unfinished_tag(text)


@pytest.mark.parametrize("text", ["a < b", "a <5", "<p>a</p>", "1 > 0", "a<br/>b"])
def test_a_mere_sign_is_no_tag(text):
    assert not richtext.has_unfinished_tag(text)


def test_the_plain_text_has_lists_links_and_tables():
    html = (
        "<h3>Terms</h3><p>One<br>two\n <b>words</b>&nbsp;more</p>"
        "<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul><ol><li>x</li><li>y</li></ol><p>z</p><table><tr><th>A</th><th>B</th></tr><tr><td></td><td><p>2</p></td></tr>"
        "</table>"
    )
    assert richtext.plain(html).split("\n") == [
        "Terms", "", "One", "two words more", "", "- a", "  - b", "- c", "", "1. x", "2. y", "", "z", "",
        "A | B", " | 2",
    ]  # fmt: skip


def test_a_links_address_stands_after_it_unless_it_is_the_words_themselves():
    html = '<p><a href="https://firm.example/t">Terms</a>, <a href="mailto:a@firm.example">a@firm.example</a></p>'
    assert richtext.plain(html) == "Terms (https://firm.example/t), a@firm.example"


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_whatever_comes_in_nothing_else_comes_out(text):
    html = richtext.clean(text)
    assert richtext.removed(html) == []
    assert isinstance(richtext.removed(text), list)
    assert set(re.findall(r"<(\w+)", html)) <= richtext.TAGS


def test_a_deeply_nested_text_stays_small():
    assert len(richtext.plain(richtext.clean("<ul><li>a" * 10_000))) < 1_000_000
