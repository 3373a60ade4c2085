"""A folder of journals is one host's alone, and one installation's."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from sender import journal, journal_place
from sender.journal import JournalFailed
from sender.journal_place import held, network_disk

MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:30 / /srv rw - autofs systemd-1 rw
31 30 0:31 / /srv rw,relatime shared:2 master:1 - nfs4 files.firm.example:/srv rw
32 31 8:2 / /srv/own\\040disk rw - xfs /dev/sdb1 rw
33 21 0:33 / /home rw - fuse.sshfs anna@files.firm.example: rw
"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.JOURNAL_FOLDER = str(tmp_path / "journals")
    return tmp_path / "journals"


def becomes(monkeypatch, host: bytes) -> None:
    monkeypatch.setattr(journal_place, "_host", lambda: host)


def test_workers_of_one_host_share_it():
    with held(), held():
        pass


def test_another_host_is_refused_as_long_as_a_worker_of_the_first_one_runs(monkeypatch):
    with held():
        with held():
            becomes(monkeypatch, b"another")
        for _time in range(2):
            with pytest.raises(JournalFailed, match="another host"), held():
                pass
    with held():
        monkeypatch.undo()
        with pytest.raises(JournalFailed, match="another host"), held():
            pass


def test_the_worker_says_so_and_ends_as_one_that_is_set_up_wrongly(db, monkeypatch):
    with held():
        becomes(monkeypatch, b"another")
        with pytest.raises(CommandError, match="used by workers of another host") as refused:
            call_command("worker", until_empty=True)
    assert refused.value.returncode == 2


def test_after_a_restart_of_the_machine_it_is_the_same_host_under_another_name(monkeypatch):
    with held():
        pass
    becomes(monkeypatch, b"a much longer name than the one before, so that nothing of that one may be left")
    with held(), held():
        pass


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/journals", ""),
        ("/srv/journals", "nfs4"),
        ("/srv/own disk/journals", ""),
        ("/srvjournals", ""),
        ("/home/anna/journals", "fuse.sshfs"),
    ],
)
def test_a_disk_of_the_network_is_known_by_its_mount(path, kind, monkeypatch, tmp_path):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(journal_place, "_MOUNTS", mounts)
    assert network_disk(Path(path)) == kind
    monkeypatch.setattr(journal_place, "_MOUNTS", tmp_path / "none")
    assert network_disk(Path(path)) == ""


def test_no_worker_starts_on_a_disk_of_the_network(folder, monkeypatch):
    monkeypatch.setattr(journal_place, "network_disk", lambda _folder: "nfs4")
    with pytest.raises(JournalFailed, match="disk of the network"), held():
        pass
    assert not folder.exists()


def test_two_installations_whose_databases_have_the_same_address_have_two_folders(db):
    before = journal._folder()
    MigrationRecorder.Migration.objects.update(applied=timezone.now())
    journal._made_at.cache_clear()
    assert journal._folder() != before
    assert journal._folder().parent == before.parent
    journal._made_at.cache_clear()
