"""Addresses below /<company_code>/webhooks/."""

from django.urls import path

from webhooks.pages import deliveries, endpoints

urlpatterns = [
    path("", endpoints.overview, name="webhooks"),
    path("new/", endpoints.new, name="webhook-new"),
    path("<uuid:endpoint_id>/", deliveries.page, name="webhook-page"),
    path("<uuid:endpoint_id>/edit/", endpoints.edit, name="webhook-edit"),
    path("<uuid:endpoint_id>/secret/", endpoints.new_secret, name="webhook-secret"),
    path("<uuid:endpoint_id>/switch/", endpoints.switch, name="webhook-switch"),
    path("<uuid:endpoint_id>/remove/", endpoints.remove, name="webhook-remove"),
    path("<uuid:endpoint_id>/test/", deliveries.send_test, name="webhook-test"),
    path("<uuid:endpoint_id>/again/", deliveries.send_failed_again, name="webhook-again"),
    path(
        "<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/again/",
        deliveries.send_again,
        name="webhook-one-again",
    ),
]
