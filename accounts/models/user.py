"""People who sign in, by e-mail address."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.searching import found_by
from core.addresses import AddressField, stored
from core.sealed import Row


class PlatformRole(models.TextChoices):
    NONE = "", pgettext_lazy("role", "none")
    OPERATOR = "operator", _("operator")  # runs the portal: opens companies, never sees a secret


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=stored(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, platform_role=PlatformRole.OPERATOR, **fields)

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=stored(email))


class User(Row, AbstractBaseUser):
    email = AddressField(
        _("e-mail address"), unique=True, error_messages={"unique": _("Somebody has this address already.")}
    )
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=150, blank=True)
    platform_role = models.CharField(
        _("platform role"), max_length=16, choices=PlatformRole, blank=True, default=PlatformRole.NONE
    )
    language = models.CharField(_("language"), max_length=10, blank=True)  # empty: as the company
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        ordering = ["email"]
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.email = stored(self.email)

    def save(self, *args: object, **kwargs: object) -> None:
        super().save(*args, **kwargs)
        written = kwargs.get("update_fields")
        if written is None or {"name", "email"} & set(written):
            line = found_by(self.name, self.email)
            self.memberships.exclude(found_by=line).update(found_by=line)

    def get_full_name(self) -> str:
        return str(self)

    # What Django's admin asks. Operators may do everything there; secrets are not registered in it.
    @property
    def is_staff(self) -> bool:
        return self.is_operator

    @property
    def is_operator(self) -> bool:
        return self.is_active and self.platform_role == PlatformRole.OPERATOR

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_operator

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.is_operator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_operator
