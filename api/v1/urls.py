"""Addresses below /api/v1/."""

from django.urls import path

from api.pages.docs import docs
from api.v1.site import site

urlpatterns = [path("docs", docs, name="api-docs"), path("", site.urls)]
