"""``python -m bench.lone_signature KEY.p12 PASSWORD FIELD SMALL.pdf LARGE.pdf``: a process that signs, and only signs.

It signs the small document, tells the most memory it has needed so far, signs the large one and tells it again, in MB.
Nothing but the signing library is loaded.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from bench.memory import memory_mb
from signing.pades import Mark, finish, prepare

MARK = Mark("Héloïse Lefèvre", "Maire", "le 24 novembre 2026 à 14 h 05 (heure de Paris)", "AC élus")


def main(p12: str, password: str, field: str, *documents: str) -> None:
    """Sign each document in turn."""
    private, certificate, others = pkcs12.load_key_and_certificates(Path(p12).read_bytes(), password.encode())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert certificate is not None
    for document in documents:
        with Path(document).open("rb") as source:
            prepared = prepare(
                source,
                certificate=certificate.public_bytes(Encoding.DER),
                chain=[other.public_bytes(Encoding.DER) for other in others],
                mechanism="rsa-pkcs1",
                field=field,
                mark=MARK,
                at=datetime.now(UTC),
            )
            signature = private.sign(prepared.signed_attributes, padding.PKCS1v15(), hashes.SHA256())
            assert finish(source, prepared, signature)
        print(memory_mb("self", "VmHWM"))


if __name__ == "__main__":
    main(*sys.argv[1:])
