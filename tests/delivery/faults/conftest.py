import pytest
import trustme


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(ca, settings, tmp_path) -> trustme.CA:
    """An authority that the workers trust."""
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    settings.EXTRA_CA_FILE = str(path)
    return ca
