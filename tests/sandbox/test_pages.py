import re
from email.message import EmailMessage

import pytest

from tests.sandbox.people import NORDIC, SECRET, ULLA, Visitor, text_of

WICKED = (
    '<p onclick="x()">Hello <img src="cid:logo"><img src="https://tracker.example/p.gif"></p>'
    "<script>alert(1)</script><style>p{}</style><form action='/faults/clear'><button>b</button></form>"
    "<iframe src='/'></iframe><a href='javascript:alert(1)'>bad</a>"
)


def wicked_message() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = ULLA, "kunde@example.com"
    message["Subject"] = "<script>alert('Ā')</script>"
    message.set_content("Plain <b>text</b>\n")
    message.add_alternative(WICKED, subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<logo>")
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename='Rē"k.pdf')
    return message.as_bytes()


@pytest.fixture
def mail_id(visitor: Visitor, sandbox_client) -> str:
    assert visitor.send(visitor.access_token(), wicked_message()).status_code == 202
    return sandbox_client.mail()[0].id


def test_the_home_page_has_all_that_the_portals_forms_want(visitor: Visitor):
    page = visitor.web.get(visitor.url("/"))
    words = text_of(page)
    for wanted in (NORDIC.directory, NORDIC.client_id, SECRET, *NORDIC.redirect_uris, ULLA, "Ulla-sails-1"):
        assert wanted in words
    assert str(visitor.sandbox.starttls_port) in words
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_redirect_address_is_added_by_the_form(visitor: Visitor):
    form = visitor.url(f"/registrations/{NORDIC.client_id}/redirect-uris")
    page = visitor.web.post(form, data={"uri": "https://mail.example/cb"})
    assert "https://mail.example/cb" in page.text
    refused = visitor.web.post(form, data={"uri": "http://mail.example/cb"})
    assert (refused.status_code, "starts with https://" in refused.text) == (400, True)


def test_faults_are_added_and_cleared_by_the_forms(visitor: Visitor, sandbox_client):
    form = {"where": "graph.send", "status": "429", "times": "2", "mailbox": "", "retry_after": "3"}
    assert "status=429" in visitor.web.post(visitor.url("/faults"), data=form).text
    (fault,) = sandbox_client.faults()
    assert (fault["status"], fault["times"], fault["retry_after"]) == (429, 2, "3")
    assert "Nothing goes wrong" in visitor.web.post(visitor.url("/faults/clear")).text
    refused = visitor.web.post(visitor.url("/faults"), data={"where": "nowhere"})
    assert (refused.status_code, "Give a known place" in refused.text) == (400, True)


def test_the_mail_page_is_empty_at_first_and_then_lists_what_came(visitor: Visitor, mail_id, sandbox_client):
    page = visitor.web.get(visitor.url("/mail"))
    assert f'href="/mail/{mail_id}"' in page.text
    assert "alert('Ā')" in text_of(page)
    assert "<script" not in page.text
    sandbox_client.clear_mail()
    assert "Nothing has arrived yet" in visitor.web.get(visitor.url("/mail")).text


def test_a_message_is_shown_with_its_parts(visitor: Visitor, mail_id):
    page = visitor.web.get(visitor.url(f"/mail/{mail_id}"))
    assert "Plain <b>text</b>" in text_of(page) or "Plain &lt;b&gt;text" in page.text
    assert re.search(r'<iframe sandbox src="/mail/[^"]+/html"', page.text)
    assert "<script" not in page.text
    assert "kunde@example.com" in page.text


def test_its_html_is_cleaned_and_may_do_nothing(visitor: Visitor, mail_id):
    frame = visitor.web.get(visitor.url(f"/mail/{mail_id}/html"))
    for gone in ("<script", "onclick", "<form", "<iframe", "javascript:", "alert(1)", "tracker"):
        assert gone not in frame.text
    assert 'src="data:image/png;base64,' in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "img-src data:" in policy


def test_attachments_come_as_downloads_only(visitor: Visitor, mail_id):
    links = re.findall(
        r'href="(/mail/[^"]+/attachments/\d+)"', visitor.web.get(visitor.url(f"/mail/{mail_id}")).text
    )
    pdf = visitor.web.get(visitor.url(links[-1]))
    assert pdf.content == b"%PDF-1"
    assert pdf.headers["Content-Type"] == "application/octet-stream"
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="R__k.pdf"'
    assert visitor.web.get(visitor.url(f"/mail/{mail_id}/attachments/99")).status_code == 404


def test_unknown_mail_is_a_404(visitor: Visitor):
    assert visitor.web.get(visitor.url("/mail/nothing")).status_code == 404
