"""How home and edge know each other: the home by its certificate's fingerprint, the edge by a ticket of the home's own making.

Both go through the control port of either node, which only web may use; nothing is configured, nothing outlives the node.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID = dt.timedelta(days=3650)


class Identity:
    """A home's certificate and the tickets that it gives out; new at each start."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "diemcau media node")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + _VALID)
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = fingerprint_of(certificate.public_bytes(serialization.Encoding.DER))
        self._pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._secret = secrets.token_bytes(32)

    def server_context(self) -> ssl.SSLContext:
        """TLS for the listening side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        with tempfile.TemporaryDirectory(prefix="relay-") as folder:  # mode 0700; the module reads keys only from files
            path = Path(folder, "node.pem")
            path.write_bytes(self._pem)
            context.load_cert_chain(path)
        return context

    def ticket(self, session: str) -> str:
        """What an edge must show to be sent the session's program."""
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()

    def admits(self, session: str, ticket: str) -> bool:
        """Whether the ticket is the one of this session."""
        return hmac.compare_digest(self.ticket(session).encode(), ticket.encode())


def client_context() -> ssl.SSLContext:
    """TLS for the side that connects, which compares the certificate with :func:`fingerprint_of` itself: nobody else vouches."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint_of(certificate_der: bytes) -> str:
    """SHA-256 of a certificate, in hexadecimal."""
    return hashlib.sha256(certificate_der).hexdigest()
