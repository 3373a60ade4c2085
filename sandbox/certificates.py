"""The private certificate authority of one sandbox directory, and the server certificate made from it at each start."""

import ssl
from pathlib import Path

import trustme

CA_FILE = "ca.pem"
_KEY_FILE = "ca-key.pem"


def certificate_authority(directory: Path) -> trustme.CA:
    """Read the authority, or make it on the first start. Its key is readable by its owner only."""
    cert_file, key_file = directory / CA_FILE, directory / _KEY_FILE
    if cert_file.exists() and key_file.exists():
        return trustme.CA.from_pem(cert_file.read_bytes(), key_file.read_bytes())
    ca = trustme.CA(organization_name="Postroom sandbox")
    write_private(key_file, ca.private_key_pem.bytes())
    cert_file.write_bytes(ca.cert_pem.bytes())
    return ca


def server_context(ca: trustme.CA) -> ssl.SSLContext:
    """A server context for localhost and 127.0.0.1. The certificate is new at each start: only the CA is trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def write_private(path: Path, content: bytes) -> None:
    """Create the file with mode 0600 before the first byte is in it."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
