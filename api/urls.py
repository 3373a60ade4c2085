"""Addresses below /<company_code>/keys/."""

from django.urls import path

from api.pages import keys

urlpatterns = [
    path("", keys.overview, name="api-keys"),
    path("new/", keys.new, name="api-key-new"),
    path("<uuid:key_id>/revoke/", keys.revoke, name="api-key-revoke"),
]
