"""The people in a file: accounts, roles, their own settings and passwords. Who is missing in it is left alone."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.forms import model_to_dict

from accounts import services as accounts
from accounts.audit import Actor, record
from accounts.models import Company, Membership, PlatformRole, Role, User
from core.addresses import AddressFormField, stored
from core.errors import InputError
from mailsettings import catalog, services
from mailsettings.apply.reading import Table
from mailsettings.apply.report import Report
from mailsettings.forms import EmailPasswordForm, GmailForm, PersonForm
from mailsettings.forms.fields import LineField

PASSWORDS = {"email_password": EmailPasswordForm, "gmail_app_password": GmailForm}


class _IdentityForm(forms.Form):
    email = AddressFormField(max_length=254)
    name = LineField(max_length=150, required=False)
    role = forms.ChoiceField(choices=Role.choices, required=False)


def write_operator(table: Table, report: Report, actor: Actor) -> None:
    user = _write_user(table, "operator", report, actor)
    if user and user.platform_role != PlatformRole.OPERATOR:
        user.platform_role = PlatformRole.OPERATOR
        user.save(update_fields=["platform_role"])
        record(actor, "user.made_operator", label=user.email)
        report.changed("operator", {user.email: (None, "operator")})


def write_people(company: Company, tables: list[Table], report: Report, actor: Actor) -> None:
    """Admins first, so that the admin's role may pass from one person to another in one file."""
    seen: set[str] = set()
    for table in sorted(tables, key=lambda table: table.values.get("role") != Role.ADMIN):
        email = stored(str(table.values.get("email", "")))
        if email and email in seen:
            report.wrong(f"{table.path}.email", "This person stands in the company twice.")
            continue
        seen.add(email)
        _write_person(company, table, report, actor)


def _write_person(company: Company, table: Table, report: Report, actor: Actor) -> None:
    user = _write_user(table, company.code, report, actor)
    if user is None:
        user, can_write = User(email="somebody@invalid"), False
    else:
        can_write = not company._state.adding
    membership = _write_membership(company, user, table, report, actor) if can_write else None
    _write_settings(membership or Membership(company=company, user=user), table, report, actor)


def _write_user(table: Table, where: str, report: Report, actor: Actor) -> User | None:
    """The account of this person, made or renamed if need be; None when the table is wrong."""
    form = _IdentityForm(table.values)
    if not form.is_valid():
        report.wrong_form(table.path, form)
        return None
    email, name = form.cleaned_data["email"], form.cleaned_data["name"]
    user = User.objects.filter(email=email).first()
    if user is None:
        return _make_user(email, name, table, where, report, actor)
    if "name" in table.values and user.name != name:
        report.changed(f"{where}.{email}", {"name": (user.name, name)})
        record(actor, "user.renamed", label=email, name=[user.name, name])
        user.name = name
        user.save(update_fields=["name"])
    return user


def _make_user(email: str, name: str, table: Table, where: str, report: Report, actor: Actor) -> User | None:
    """A new account; without a password the person asks for one by “forgot password”."""
    secret = table.secrets.get("password")
    try:
        password = secret.read() if secret else None
        if password:
            validate_password(password, User(email=email, name=name))
    except (InputError, ValidationError) as error:
        report.wrong_input(f"{table.path}.password", error)
        return None
    user = User.objects.create_user(email, password, name=name)
    record(actor, "user.added", label=email)
    report.changed(where, {email: (None, "new account")})
    return user


def _write_membership(
    company: Company, user: User, table: Table, report: Report, actor: Actor
) -> Membership | None:
    role = table.values.get("role", "")
    before = Membership.objects.filter(company=company, user=user).first()
    if before is None:
        membership = accounts.add_member(company, user, role or Role.USER, actor)
        report.changed(f"{company.code}.{user.email}", {"role": (None, membership.role)})
        return membership
    if role and role != before.role:
        old = before.role
        try:
            accounts.change_role(before, role, actor)
        except InputError as error:
            report.wrong_input(f"{table.path}.role", error)
            return None
        report.changed(f"{company.code}.{user.email}", {"role": (old, role)})
    return before


def _write_settings(membership: Membership, table: Table, report: Report, actor: Actor) -> None:
    path = f"{membership.company.code}.{membership.user.email}"
    can_write = not membership._state.adding
    if table.values.keys() & set(PersonForm._meta.fields):
        _write_own(membership, table, report, actor if can_write else None)
    for name in (name for name in PASSWORDS if name in table.secrets):
        secret = _password(membership, table, name, report)
        if secret and can_write:
            method = PASSWORDS[name](membership=membership).method
            changes = services.store_password(membership, method, secret, actor=actor)
            if changes and method == catalog.GRAPH_PASSWORD and "method" not in table.values:
                # As on the page: no mail server that is set up later is told it.
                changes |= services.save_person(membership, {"method": method}, actor=actor)
            report.changed(path, changes)


def _write_own(membership: Membership, table: Table, report: Report, actor: Actor | None) -> None:
    """What the table says of the person's way and names, with the rest as stored; without an actor only checked."""
    blank = PersonForm(membership=membership)
    data = model_to_dict(blank.instance, PersonForm._meta.fields) | table.values
    form = PersonForm(data, membership=membership)
    report.wrong_form(table.path, form)
    if actor and form.is_valid():
        changes = services.save_person(membership, form.values, actor=actor)
        report.changed(f"{membership.company.code}.{membership.user.email}", changes)


def _password(membership: Membership, table: Table, name: str, report: Report) -> str:
    """The password as its form cleans it; "" when it is wrong, which is reported."""
    form_class, path = PASSWORDS[name], f"{table.path}.{name}"
    if not any(membership.company.allows(method) for method in form_class.methods):
        report.wrong(path, f"The company's allowed_methods do not hold {' or '.join(form_class.methods)}.")
        return ""
    try:
        typed = table.secrets[name].read()
    except InputError as error:
        report.wrong_input(path, error)
        return ""
    form = form_class({form_class.secret_field: typed}, membership=membership)
    for message in form.errors.get(form_class.secret_field, ()):
        report.wrong(path, message)
    return "" if form.errors else form.secret
