"""Pages about people, below the company's code and people/."""

from django.urls import path

from accounts.pages import inviting, mailing, people, second_step

urlpatterns = [
    path("", people.people, name="people"),
    path("invite/", inviting.invite, name="invite"),
    path("invite/many/", mailing.invite_many, name="invite-many"),
    path("letters/<uuid:mailing_id>/", mailing.mailing, name="mailing"),
    path("letters/<uuid:mailing_id>/status/", mailing.mailing_status, name="mailing-status"),
    path("letters/<uuid:mailing_id>/start/", mailing.mailing_start, name="mailing-start"),
    path("letters/<uuid:mailing_id>/stop/", mailing.mailing_stop, name="mailing-stop"),
    path("letters/<uuid:mailing_id>/letters.csv", mailing.mailing_file, name="mailing-file"),
    path("asked/<uuid:letter_id>/", mailing.asked, name="asked"),
    path("invitations/<uuid:invitation_id>/revoke/", people.revoke, name="invitation-revoke"),
    path("second-step/", second_step.policy_page, name="second-step-policy"),
    path("<uuid:membership_id>/", people.person, name="person"),
    path("<uuid:membership_id>/role/", people.role, name="person-role"),
    path("<uuid:membership_id>/remove/", people.remove, name="person-remove"),
]
