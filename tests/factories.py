"""Rows for tests: each call makes one valid thing, with names that tell it apart."""

from itertools import count

from accounts.models import Company, Membership, PlatformRole, Role, User
from mailsettings.catalog import METHODS

_numbers = count(1)


def make_company(code: str = "", **fields: object) -> Company:
    code = code or f"Company{next(_numbers)}"
    fields = {"name": f"{code} Ltd", "allowed_methods": list(METHODS)} | fields
    return Company.objects.create(code=code, **fields)


def make_user(name: str = "", **fields: object) -> User:
    name = name or f"person{next(_numbers)}"
    fields = {"email": f"{name}@people.example", "name": name.capitalize()} | fields
    return User.objects.create_user(password="correct horse battery", **fields)


def make_operator() -> User:
    return make_user("operator", platform_role=PlatformRole.OPERATOR)


def make_member(company: Company, role: str = Role.USER, name: str = "", **fields: object) -> Membership:
    return Membership.objects.create(company=company, user=make_user(name, **fields), role=role)
