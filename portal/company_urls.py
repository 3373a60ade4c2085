"""Pages over several apps, below the company's code."""

from django.urls import path

from portal import audit
from portal.dashboard import overview
from portal.explaining import explain_text
from portal.figures import days_file
from portal.guides import pages as guides
from portal.people_file import people_file
from portal.profile import profile
from portal.secret_calendar import calendar, calendar_file

urlpatterns = [
    path("", overview, name="overview"),
    path("days.csv", days_file, name="overview-days"),
    path("calendar/", calendar, name="calendar"),
    path("calendar/ends.ics", calendar_file, name="calendar-file"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.export, name="audit-export"),
    path("explain/", explain_text, name="explain"),
    path("guides/", guides.index, name="guides"),
    path("guides/<slug:guide>/", guides.guide, name="guide"),
    path("people/people.csv", people_file, name="people-file"),
    path("profile/", profile, name="profile"),
]
