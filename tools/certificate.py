"""The demo's certificate for the SMTP gateway: of the sandbox's authority, like its other ones."""

import os
from pathlib import Path

FOLDER = Path("var") / "gateway"


def issue(root: Path) -> None:
    """Make certificate and key anew where `.env` names the demo's own; files of the operator stay as they are."""
    from sandbox.certificates import certificate_authority, write_private

    folder = root / FOLDER
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    named = (os.environ.get("GATEWAY_CERTIFICATE"), os.environ.get("GATEWAY_PRIVATE_KEY"))
    if named != (str(certificate), str(key)):
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    issued = certificate_authority(root / "var" / "sandbox").issue_cert("localhost", "127.0.0.1")
    write_private(key, issued.private_key_pem.bytes())
    certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
