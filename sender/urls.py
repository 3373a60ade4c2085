"""Pages of the outbox and the test send, below the company's code."""

from django.urls import path

from sender.pages import outbox, test_send

urlpatterns = [
    path("test/", test_send.send_test, name="test-send"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<uuid:message_id>/", outbox.message, name="message"),
    path("outbox/<uuid:message_id>/status/", outbox.message_status, name="message-status"),
    path("outbox/<uuid:message_id>/retry/", outbox.retry, name="message-retry"),
    path("outbox/<uuid:message_id>/cancel/", outbox.cancel, name="message-cancel"),
    path("outbox/<uuid:message_id>/resolve/", outbox.resolve, name="message-resolve"),
]
