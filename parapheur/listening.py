"""Whether the server can listen where it is told to, asked before anything starts."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path


def listening_fault(host: str, port: int) -> str | None:
    """Why one cannot listen there, with what to do about it, in French."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Le port {port} est déjà pris sur {host} : arrêtez ce qui l’occupe, ou choisissez-en un autre."
        if error.errno == errno.EACCES:
            return f"Le port {port} est réservé à l’administrateur : choisissez-en un au-dessus de 1023."
        return f"« {host} » n’est pas une adresse de cette machine : essayez 127.0.0.1, ou 0.0.0.0 pour toutes."
    return None


def tls_fault(certificate: Path, key: Path) -> str | None:
    """Why TLS cannot be served with this certificate and this key (PEM), in French."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return (
            f"Le certificat {certificate} et la clé {key} ne vont pas ensemble, ou ne sont pas en PEM"
            " (la clé, sans mot de passe)."
        )
    return None
