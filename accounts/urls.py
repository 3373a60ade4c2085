"""Pages about people, below the company's code and people/."""

from django.urls import path

from accounts.pages import inviting, people

urlpatterns = [
    path("", people.people, name="people"),
    path("invite/", inviting.invite, name="invite"),
    path("invitations/<uuid:invitation_id>/revoke/", people.revoke, name="invitation-revoke"),
    path("<uuid:membership_id>/", people.person, name="person"),
    path("<uuid:membership_id>/role/", people.role, name="person-role"),
    path("<uuid:membership_id>/remove/", people.remove, name="person-remove"),
]
