"""The backend for other projects as a package of its own: what is in it, and what it needs."""

from email import message_from_bytes
from zipfile import ZipFile

from tests.postroom.outside import ROOT, wheel


def test_the_wheel_holds_the_backend_and_nothing_else():
    names = {name for name in ZipFile(wheel()).namelist() if ".dist-info/" not in name}
    assert names == {f"postroom/{path.name}" for path in (ROOT / "postroom").glob("*.py")}
    assert "postroom/backend.py" in names


def test_it_needs_django_alone():
    file = ZipFile(wheel())
    (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
    told = message_from_bytes(file.read(name))
    assert (told["Name"], told.get_all("Requires-Dist")) == ("postroom-django", ["Django>=5.2"])
    assert "EMAIL_BACKEND" in told.get_payload()
