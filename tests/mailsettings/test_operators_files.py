"""The operator's tables of clouds and of Google's addresses: what is wrong in them is said when they are read."""

import pytest

from core.errors import ConfigurationError
from mailsettings.clouds import read_clouds_file
from mailsettings.google import read_google_file

CLOUD = """[[cloud]]
name = "lab"
label = "Lab"
authority = "https://login.lab.example"
graph = "https://graph.lab.example"
smtp_host = "smtp.lab.example"
smtp_port = 587
imap_host = "imap.lab.example"
pop_host = "pop.lab.example"
mail_scope_prefix = "https://mail.lab.example"
"""


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "operator.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_a_byte_order_mark_before_them_does_no_harm(file):
    assert [cloud.smtp_port for cloud in read_clouds_file(file("\ufeff" + CLOUD))] == [587]
    assert read_google_file(file("\ufeff[google]\nsmtp_port = 587\n")).smtp_port == 587


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (CLOUD.replace("587", '"587"'), "smtp_port is of the wrong kind"),
        (CLOUD.replace('"https://graph.lab.example"', "5"), "graph is of the wrong kind"),
        (CLOUD.replace("[[cloud]]", "[cloud]"), "each cloud is a table [[cloud]]"),
        ("cloud = 5", "each cloud is a table [[cloud]]"),
        (CLOUD.replace("Lab", "Läb").encode("latin-1"), "cannot be read"),
    ],
)
def test_a_wrong_table_of_clouds_says_what_is_wrong(file, content, says):
    with pytest.raises(ConfigurationError) as caught:
        read_clouds_file(file(content))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("google = 5", "[google] is one table"),
        ("[google]\nsmtp_port = true\n", "smtp_port is not known, or of the wrong kind"),
        (b'[google]\nsmtp_host = "\xff"\n', "cannot be read"),
    ],
)
def test_a_wrong_table_of_google_says_what_is_wrong(file, content, says):
    with pytest.raises(ConfigurationError) as caught:
        read_google_file(file(content))
    assert says in str(caught.value)
