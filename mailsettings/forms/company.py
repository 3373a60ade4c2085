"""What the operator decides about a company, and its language, which its admins may change."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings.catalog import operator_choices
from mailsettings.forms.base import SettingsForm


class CompanyForm(SettingsForm):
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="en")
    allowed_methods = forms.MultipleChoiceField(
        label=_("Allowed methods"),
        choices=operator_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The ways of sending this company may use. Without any, its admin can set nothing up."),
    )
    retention_days = forms.IntegerField(
        label=_("Retention, in days"),
        min_value=1,
        max_value=3650,
        initial=90,
        help_text=_("How long the content of sent messages is kept."),
    )

    class Meta:
        model = Company
        fields = ("code", "name", "locale", "time_zone", "allowed_methods", "retention_days", "is_active")


class CompanyLanguageForm(forms.Form):
    locale = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of pages and letters for people who have not chosen one themselves."),
    )
