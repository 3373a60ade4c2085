"""Addresses below /<company_code>/hand-over/, for the company's admins."""

from django.urls import path

from handover.pages import admin

urlpatterns = [
    path("", admin.overview, name="hand-over"),
    path("new/", admin.new, name="hand-over-new"),
    path("<uuid:link_id>/", admin.link, name="hand-over-link"),
    path("<uuid:link_id>/renew/", admin.renew, name="hand-over-renew"),
    path("<uuid:link_id>/revoke/", admin.revoke, name="hand-over-revoke"),
    path("<uuid:link_id>/take-over/", admin.take_over, name="hand-over-take"),
    path("<uuid:link_id>/decline/", admin.decline, name="hand-over-decline"),
    path("<uuid:link_id>/reopen/", admin.reopen, name="hand-over-reopen"),
]
