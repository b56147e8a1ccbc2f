"""A passkey in software: it answers as a browser would that has one."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG
ORIGIN = "http://localhost"


class SoftwarePasskey:
    """Of one account at one address. `verifies`: it asks for a finger or a PIN before it answers."""

    def __init__(self, *, origin: str = ORIGIN, verifies: bool = True) -> None:
        self.origin = origin
        self.id = secrets.token_bytes(16)
        self.handle = ""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._flags = FLAG.UP | FLAG.UV if verifies else FLAG.UP
        self._count = 0

    def set_up(self, options: dict[str, Any]) -> str:
        """The credential that is sent to be kept, as JSON."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self._key.public_key())  # type: ignore[no-untyped-call]
        held = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        seen = AuthenticatorData.create(self._party(asked["rp"]["id"]), self._flags | FLAG.AT, 0, held)
        return self._told(
            {
                "clientDataJSON": websafe_encode(self._agreed("webauthn.create", asked["challenge"])),
                "attestationObject": websafe_encode(AttestationObject.create("none", seen, {})),
                "transports": ["internal"],
            },
            {"credProps": {"rk": True}},
        )

    def show(self, options: dict[str, Any]) -> str:
        """The answer to a challenge, as JSON."""
        asked = options["publicKey"]
        self._count += 1
        seen = AuthenticatorData.create(self._party(asked["rpId"]), self._flags, self._count)
        agreed = self._agreed("webauthn.get", asked["challenge"])
        signature = self._key.sign(bytes(seen) + hashlib.sha256(agreed).digest(), ec.ECDSA(SHA256()))
        return self._told(
            {
                "clientDataJSON": websafe_encode(agreed),
                "authenticatorData": websafe_encode(seen),
                "signature": websafe_encode(signature),
                "userHandle": self.handle,
            },
            {},
        )

    def _agreed(self, kind: str, challenge: str) -> bytes:
        made = CollectedClientData.create(kind, websafe_decode(challenge), self.origin)
        return bytes(made)

    def _party(self, name: str) -> bytes:
        return hashlib.sha256(name.encode()).digest()

    def _told(self, response: dict[str, Any], extensions: dict[str, Any]) -> str:
        own = websafe_encode(self.id)
        return json.dumps(
            {
                "type": "public-key",
                "id": own,
                "rawId": own,
                "authenticatorAttachment": "platform",
                "clientExtensionResults": extensions,
                "response": response,
            }
        )
