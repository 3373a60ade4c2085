"""The addresses of links: outside any company, for people who have no account."""

from django.urls import path

from handover.pages import it

urlpatterns = [
    path("<str:token>/", it.page, name="handover"),
    path("<str:token>/opened/", it.opened, name="handover-opened"),
    path("<str:token>/certificate.cer", it.certificate, name="handover-certificate"),
    path("<str:token>/look/", it.look, name="handover-look"),
    path("<str:token>/hand-in/", it.hand_in, name="handover-hand-in"),
]
