from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import lucide
import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import timezone

from portal.templatetags.icons import icon
from portal.templatetags.times import ago, days_left, exact
from portal.templatetags.tones import spoken, tone_of_end, tone_of_state

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: NOW)


class Example(forms.Form):
    host = forms.CharField(label="Mail server", help_text="Without https://")
    note = forms.CharField(label="Note", required=False)
    secret = forms.CharField(label="Secret", widget=forms.PasswordInput)
    way = forms.ChoiceField(label="Way", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    on = forms.BooleanField(label="Switched on", required=False, help_text="Off: nothing is sent.")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        raise forms.ValidationError("These do not fit together.")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(hours=5, minutes=40), "5 hours ago"),
        (timedelta(days=8), "13 Nov 2026"),
        (timedelta(minutes=-15), "in 15 minutes"),
        (timedelta(days=-10), "1 Dec 2026"),
    ],
)
def test_recent_times_are_relative_and_far_ones_are_days(passed, words):
    assert ago(NOW - passed) == words


def test_days_stay_days():
    assert ago(NOW.date()) == "21 Nov 2026"
    assert exact(NOW.date()) == "21 Nov 2026"


def test_an_exact_time_names_its_zone():
    with timezone.override("Europe/Riga"):
        assert exact(NOW) == "21 Nov 2026, 14:00 EET"


@pytest.mark.parametrize(("days", "tone"), [(-1, "bad"), (0, "warn"), (30, "warn"), (31, "good")])
def test_an_end_has_a_tone(days, tone):
    assert tone_of_end(NOW.date() + timedelta(days=days)) == tone
    assert days_left(NOW.date() + timedelta(days=days)) == days


def test_no_end_is_no_worry():
    assert tone_of_end(None) == "plain"
    assert days_left(None) is None


def test_small_words():
    assert spoken("member.role_changed") == "Member: role changed"
    assert tone_of_state("failed") == "bad"
    assert tone_of_state("sending") == "info"


def test_an_icon_is_silent_and_an_unknown_one_is_an_error():
    assert 'aria-hidden="true"' in icon("send")
    assert 'width="24"' in icon("send", 24)
    with pytest.raises(lucide.IconDoesNotExist):
        icon("no-such-icon")


def test_a_field_ties_label_hint_and_error_together():
    text = str(Example({"host": ""}))
    assert '<label for="id_host">Mail server</label>' in text
    assert 'id="id_host_helptext">Without https://' in text
    assert 'id="id_host_error"' in text
    assert 'aria-describedby="id_host_helptext id_host_error"' in text
    assert 'aria-invalid="true"' in text
    assert text.index("id_host_error") < text.index('name="host"')


def test_optional_fields_say_so_and_nothing_has_an_asterisk():
    text = str(Example())
    assert 'for="id_note">Note <span class="optional">(optional)</span>' in text
    assert "*" not in text
    assert text.count("(optional)") == 1


def test_choices_have_a_legend_and_a_box_its_label_after_it():
    text = str(Example())
    assert "<legend>Way</legend>" in text
    assert text.index('name="on"') < text.index("Switched on")
    assert text.count('type="hidden"') == 1


def test_a_secret_never_comes_back():
    assert "hunter2" not in str(Example({"secret": "hunter2", "host": "x"}))


def test_the_summary_names_the_fields_and_leads_to_them():
    form = Example({"host": ""})
    text = render_to_string("elements/error_summary.html", {"form": form})
    assert "There is a problem" in text
    assert "<li>These do not fit together.</li>" in text
    assert '<a href="#id_host">Mail server: This field is required.</a>' in text
    assert '<a href="#id_way">Way: This field is required.</a>' in text
    assert 'id="id_way"' in str(form)
    assert render_to_string("elements/error_summary.html", {"form": Example()}).strip() == ""


def credential(**fields):
    facts = {
        "set_at": NOW - timedelta(days=18),
        "set_by_label": "anna@people.example",
        "expires_on": NOW.date() + timedelta(days=172),
        "fingerprint": "c41e",
        "get_kind_display": "client secret",
    }
    return SimpleNamespace(**facts | fields)


def secret(**context):
    return " ".join(render_to_string("elements/secret.html", context).split())


def test_a_secret_shows_when_by_whom_until_when_and_its_fingerprint():
    text = secret(credential=credential(), replace_url="/replace", delete_url="/delete")
    assert "Set 3 Nov 2026 by anna@people.example" in text
    assert "ends 12 May 2027 (172 days)" in text
    assert "…c41e" in text
    assert 'href="/replace"' in text
    assert 'href="/delete"' in text


def test_an_ended_secret_and_a_missing_one_say_so():
    ended = secret(credential=credential(expires_on=NOW.date() - timedelta(days=1)))
    assert "Ended" in ended
    assert "ended 20 Nov 2026" in ended
    missing = secret(credential=None, replace_url="/set", delete_url="/delete")
    assert "Not set" in missing
    assert "/delete" not in missing


def test_a_value_is_copied_from_a_labelled_field():
    text = render_to_string(
        "elements/copy.html", {"value": "https://x.example/?a=1&b", "label": "Callback address"}
    )
    assert '<label for="copy-callback-address">Callback address</label>' in text
    assert 'value="https://x.example/?a=1&amp;b"' in text
    assert 'hidden data-copy="copy-callback-address"' in text


def test_an_explanation_puts_plain_words_first_and_the_servers_below():
    told = SimpleNamespace(
        title="The server says no",
        happened="It did.",
        todo="Ask.",
        commands=("Get-It",),
        raw="550 <no>",
        alternatives=(),
    )
    text = render_to_string("elements/explanation.html", {"explanation": told})
    assert text.index("It did.") < text.index("Ask.") < text.index("Get-It") < text.index("550 &lt;no&gt;")
    assert "tone-bad" in text
    assert "tone-warn" in render_to_string("elements/explanation.html", {"explanation": told, "tone": "warn"})


def test_a_time_is_readable_by_machines_too():
    text = render_to_string("elements/when.html", {"at": NOW - timedelta(minutes=2)})
    assert 'datetime="2026-11-21T11:58:00+00:00"' in text
    assert "2 minutes ago" in text
