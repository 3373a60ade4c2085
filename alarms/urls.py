"""Pages about alarms, below the company's code."""

from django.urls import path

from alarms.pages import alarms

urlpatterns = [
    path("alarms/", alarms.overview, name="alarms"),
    path("alarms/mine/", alarms.mine, name="alarms-mine"),
]
