"""The signing key, and the JSON Web Tokens made and read with it (RS256, published as JWKS)."""

import hashlib
import json
import time
import uuid
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.certificates import write_private

_KEY_FILE = "token-key.pem"


class TokenRefused(Exception):
    """The text is no token of ours. `reason`: empty, malformed, expired."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class TokenMint:
    """Signs and reads tokens. The key is kept in the directory, so tokens outlive a restart."""

    def __init__(self, directory: Path):
        self._key = _signing_key(directory / _KEY_FILE)
        self._public = self._key.public_key()
        self.key_id = hashlib.sha256(str(self._public.public_numbers().n).encode()).hexdigest()[:27]

    def sign(self, claims: dict, lifetime_s: float) -> str:
        """A token with iat, nbf, exp, a unique uti and `claims`."""
        now = int(time.time())
        times = {
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime_s),
            "uti": uuid.uuid4().hex[:22],
            "ver": "2.0",
        }
        return jwt.encode({**times, **claims}, self._key, "RS256", headers={"kid": self.key_id})

    def read(self, token: str) -> dict:
        """The claims of a live token of ours; raises TokenRefused. Audience and rights are the caller's to check."""
        if not token:
            raise TokenRefused("empty")
        try:
            return jwt.decode(
                token, self._public, ["RS256"], options={"verify_aud": False, "require": ["exp"]}
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefused("expired") from None
        except jwt.InvalidTokenError:
            raise TokenRefused("malformed") from None

    def jwks(self) -> dict:
        key = json.loads(RSAAlgorithm.to_jwk(self._public))
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": self.key_id}]}


def _signing_key(path: Path) -> rsa.RSAPrivateKey:
    if path.exists():
        return serialization.load_pem_private_key(path.read_bytes(), password=None)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    write_private(
        path,
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    return key
