"""Addresses below /api/v1/."""

from django.urls import path

from api.v1.site import site

urlpatterns = [path("", site.urls)]
