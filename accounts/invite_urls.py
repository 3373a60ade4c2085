"""The link of an invitation: outside any company, for people who are not in one yet."""

from django.urls import path

from accounts.pages import joining

urlpatterns = [path("<str:token>/", joining.accept_invitation, name="accept-invitation")]
