"""Pages of the outbox and the test send, below the company's code."""

from django.urls import path

from sender.pages import check, outbox, test_send

urlpatterns = [
    path("test/", test_send.send_test, name="test-send"),
    path("check/", check.check, name="check"),
    path("check/<uuid:check_id>/", check.check_run, name="check-run"),
    path("check/<uuid:check_id>/status/", check.check_status, name="check-status"),
    path("check/<uuid:check_id>/later/", check.check_later, name="check-later"),
    path("check/<uuid:check_id>/bundle/", check.check_bundle, name="check-bundle"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<uuid:message_id>/", outbox.message, name="message"),
    path("outbox/<uuid:message_id>/status/", outbox.message_status, name="message-status"),
    path("outbox/<uuid:message_id>/retry/", outbox.retry, name="message-retry"),
    path("outbox/<uuid:message_id>/cancel/", outbox.cancel, name="message-cancel"),
    path("outbox/<uuid:message_id>/resolve/", outbox.resolve, name="message-resolve"),
]
