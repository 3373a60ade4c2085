import pytest
import trustme

from tests.webhooks.receiver import Receiver


@pytest.fixture
def receiver(settings, tmp_path):
    """A receiver whose authority the operator trusts."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.EXTRA_CA_FILE = str(tmp_path / "ca.pem")
    with Receiver(ca) as server:
        yield server
