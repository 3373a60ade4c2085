"""The company's e-mail method: the only way its people send by."""

import pytest

from accounts.audit import COMMAND_LINE
from mailsettings.credentials import store
from mailsettings.models import CompanyMailSettings, CredentialKind, UserMailSettings
from oauth.services import can_connect
from sender.routing import NoRoute, route
from tests.sender.test_routing import set_up_microsoft, set_up_server


def choose(world, method: str) -> None:
    CompanyMailSettings.objects.update_or_create(company=world.company, defaults={"method": method})


def test_every_other_rung_is_refused_with_the_companys_choice(world):
    set_up_microsoft(world)
    set_up_server(world)
    choose(world, "company_smtp")
    way = route(world.user)
    assert way.method == "company_smtp"
    assert {rung.cause for rung in way.refused} == {"method_not_allowed"}
    assert {rung.reason for rung in way.refused} == {"The company sends by Company mail server."}


def test_the_company_that_chose_nothing_goes_down_the_ladder(world):
    set_up_microsoft(world)
    set_up_server(world)
    choose(world, "")
    assert route(world.user).method == "microsoft_graph"


def test_a_chosen_way_that_does_not_work_leaves_no_other(world):
    set_up_server(world)
    choose(world, "microsoft_graph")
    with pytest.raises(NoRoute) as caught:
        route(world.user)
    own = next(rung for rung in caught.value.refused if rung.method == "microsoft_graph")
    assert (own.cause, own.reason) == (
        "settings_incomplete",
        "The company's Office 365 settings are not filled in.",
    )


def test_the_companys_choice_goes_before_the_persons(world):
    set_up_server(world)
    for kind in (CredentialKind.USER_PASSWORD, CredentialKind.GMAIL_APP_PASSWORD):
        store(world.company, kind, "long and secret", membership=world.user, actor=COMMAND_LINE)
    UserMailSettings.objects.create(company=world.company, membership=world.user, method="gmail_app_password")
    assert route(world.user).method == "gmail_app_password"
    choose(world, "smtp_password")
    assert route(world.user).method == "smtp_password"


def test_nobody_is_asked_to_connect_for_a_way_that_is_not_used(world):
    set_up_microsoft(world)
    choose(world, "smtp_password")
    assert can_connect(world.user) == ["Your company sends by E-mail password."]
    choose(world, "microsoft_graph")
    assert can_connect(world.user) == []
