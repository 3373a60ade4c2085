"""Pages over several apps, below the company's code."""

from django.urls import path

from portal.audit import audit
from portal.dashboard import overview

urlpatterns = [
    path("", overview, name="overview"),
    path("audit/", audit, name="audit"),
]
