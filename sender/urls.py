"""Pages of the outbox and the test send, below the company's code."""

from django.urls import path

from sender.pages import asking, batches, bulk, check, content, message, outbox, test_send

urlpatterns = [
    path("people/ask/", asking.ask, name="invite-to-connect"),
    path("test/", test_send.send_test, name="test-send"),
    path("check/", check.check, name="check"),
    path("check/<uuid:check_id>/", check.check_run, name="check-run"),
    path("check/<uuid:check_id>/status/", check.check_status, name="check-status"),
    path("check/<uuid:check_id>/later/", check.check_later, name="check-later"),
    path("check/<uuid:check_id>/bundle/", check.check_bundle, name="check-bundle"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/export/", outbox.export, name="outbox-export"),
    path("outbox/many/", bulk.many, name="outbox-many"),
    path("batches/", batches.overview, name="batches"),
    path("batches/<uuid:batch_id>/", batches.batch, name="batch"),
    path("batches/<uuid:batch_id>/status/", batches.batch_status, name="batch-status"),
    path("batches/<uuid:batch_id>/cancel/", batches.batch_cancel, name="batch-cancel"),
    path("batches/<uuid:batch_id>/refused/", batches.batch_refused, name="batch-refused"),
    path("outbox/<uuid:message_id>/", message.message, name="message"),
    path("outbox/<uuid:message_id>/status/", message.message_status, name="message-status"),
    path("outbox/<uuid:message_id>/retry/", message.retry, name="message-retry"),
    path("outbox/<uuid:message_id>/cancel/", message.cancel, name="message-cancel"),
    path("outbox/<uuid:message_id>/resolve/", message.resolve, name="message-resolve"),
    path("outbox/<uuid:message_id>/content/", content.content, name="message-content"),
    path("outbox/<uuid:message_id>/content/html/", content.html, name="message-html"),
    path("outbox/<uuid:message_id>/content/<int:number>/", content.attachment, name="message-attachment"),
]
