"""Two lines of settings are all that a Django project elsewhere needs."""

import pytest

from sender.models import OutboxMessage
from tests.postroom.outside import run_in_a_project

PROGRAM = """
assert send_mail("Order 1", "One truck.", "bob@people.example", ["rita@recipient.example"]) == 1
message = EmailMultiAlternatives("Order 2", "Text", "bob@people.example", ["rita@recipient.example"])
message.attach_alternative("<p>HTML</p>", "text/html")
message.attach("order.pdf", b"%PDF", "application/pdf")
assert message.send() == 1
print(message.postroom_id)
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_two_lines_of_settings_are_enough(by_rest, live_server, tmp_path):
    printed = run_in_a_project(tmp_path, live_server.url, by_rest, PROGRAM)
    first, second = OutboxMessage.objects.order_by("id")
    assert (first.subject, first.person, first.submitted_by) == (
        "Order 1",
        "bob@people.example",
        "API key Shop",
    )
    assert (second.subject, str(second.pk)) == ("Order 2", printed)
