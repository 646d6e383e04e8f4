"""Stands in for the internet: a proxy that answers for every host, with certificates of its own.

A client that is given the proxy and the authority by its environment needs no other change: the
Firebase CLI sends the requests that it would send to Google, to the hosts of Google.
"""

import json
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Request:
    """What was sent to a host."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Reply:
    """What is answered. A body of bytes goes out as it is, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Authority:
    """Makes a certificate for any host. Its own is in `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simpul's tests")])
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = Lock()
        self.file = folder / "authority.pem"
        usage = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._signed(self._name, [(usage, True)])
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str) -> ssl.SSLContext:
        """The server's side of TLS for this host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._context(host)
            return self._contexts[host]

    def _context(self, host: str) -> ssl.SSLContext:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:60])])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        certificate = self._signed(name, [(names, False), (usage, False)])
        path = self._folder / f"{host}.pem"
        key = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(key + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, name: x509.Name, extensions: list[tuple[x509.ExtensionType, bool]]
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        public = self._key.public_key()
        builder = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=name,
            public_key=public,
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=1),
            not_valid_after=now + timedelta(days=1),
        )
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)
        for extension, critical in [*extensions, (by, False)]:
            builder = builder.add_extension(extension, critical)
        of = x509.SubjectKeyIdentifier.from_public_key(public)
        return builder.add_extension(of, critical=False).sign(self._key, hashes.SHA256())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def answering(answer: Callable[[Request], Reply], folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a client whose requests to all hosts are answered by this function.

    `http://…` requests to the proxy itself are answered too, for the host `localhost`.
    """
    authority = Authority(folder)
    server = _Server(("127.0.0.1", 0), _handler(answer, authority))
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield {
            "HTTPS_PROXY": address,
            "https_proxy": address,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "NODE_EXTRA_CA_CERTS": str(authority.file),
            "SSL_CERT_FILE": str(authority.file),
            "STAND_IN": address,
        }
    finally:
        server.shutdown()
        server.server_close()


def _handler(
    answer: Callable[[Request], Reply], authority: Authority
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = "localhost"

        def do_CONNECT(self) -> None:
            self.host = self.path.partition(":")[0]
            self.send_response(200)
            self.end_headers()
            context = authority.context(self.host)
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb")
            self.close_connection = False

        def _reply(self) -> None:
            url = urlsplit(self.path)
            reply = answer(
                Request(
                    self.command,
                    self.host,
                    unquote(url.path),
                    dict(parse_qsl(url.query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self._body(),
                )
            )
            self.send_response(reply.status)
            for name, value in (("Content-Type", "application/json"), *reply.headers):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)
            self.wfile.flush()

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def finish(self) -> None:
            super().finish()
            self.connection.close()  # TLS's own socket, which the server does not know

        def log_message(self, *args: Any) -> None:
            pass

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler._reply)
    return Handler
