"""A person with an authenticator app or a passkey, and what the app shows."""

import hashlib
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from accounts.models import User

STEP_S = 30


def with_app(user: User) -> str:
    """Sets one up, with recovery codes; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def shown(secret: str, steps_later: int = 0) -> str:
    """The six digits of this half minute, or of one before or after it."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // STEP_S + steps_later))


def recovery_codes(user: User) -> list[str]:
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()


def with_passkey(user: User, name: str = "Laptop") -> Authenticator:
    """As a browser makes it. Nobody holds its private key, so that it is seen but not used."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(Aaguid(bytes(16)), name.encode(), key)
    flags = AuthenticatorData.FLAG
    seen = AuthenticatorData.create(
        hashlib.sha256(b"testserver").digest(), flags.UP | flags.UV | flags.AT, 0, made
    )
    client_data = CollectedClientData.create("webauthn.create", b"challenge", "http://testserver")
    response = {
        "clientDataJSON": websafe_encode(client_data),
        "attestationObject": websafe_encode(AttestationObject.create("none", seen, {})),
    }
    key_id = websafe_encode(name.encode())
    credential = {"id": key_id, "rawId": key_id, "type": "public-key", "response": response}
    credential["clientExtensionResults"] = {"credProps": {"rk": True}}
    return WebAuthn.add(user, name, credential).instance
