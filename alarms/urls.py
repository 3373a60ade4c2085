"""Pages about alarms, below the company's code."""

from django.urls import path

from alarms.pages import alarms, hook

urlpatterns = [
    path("alarms/", alarms.overview, name="alarms"),
    path("alarms/mine/", alarms.mine, name="alarms-mine"),
    path("alarms/hook/", hook.hook, name="alarms-hook"),
    path("alarms/hook/test/", hook.test, name="alarms-hook-test"),
    path("alarms/hook/remove/", hook.remove, name="alarms-hook-remove"),
]
