"""Signing in without the form, as if the password had been typed a while ago."""

import time

from django.test import Client

from accounts.models import Membership, User


def sign_in(client: Client, person: Membership | User, *, minutes_ago: float = 0) -> Client:
    """Unlike `force_login`, this leaves the record that `recently_authenticated` asks for."""
    user = getattr(person, "user", person)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - minutes_ago * 60}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
