"""An issuer of OpenID Connect on a real socket: it signs real tokens and keeps a record of what it was asked.

It grants whoever comes; a test may change the claims, the key that signs and the answers before that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "hub", "a secret of the client"


@cache
def key_pair(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name})


class Issuer:
    """One issuer, for as long as it is used as a context."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.claims: dict[str, Any] = {"sub": "p-17", "preferred_username": "nimali", "groups": ["hub-staff"]}
        self.signs_with: RSAKey | OctKey = key_pair("right")
        self.algorithm = "RS256"
        self.documents: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.exchanged: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Issuer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def grant(self, address: str) -> str:
        """What a person does at the issuer: logs in there, and is sent back to the address that this returns."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def document(self, path: str) -> Any:
        told = {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            },
            "/keys": {"keys": [key_pair("right").as_dict(private=False)]},
        }
        return {**told, **self.documents}.get(path)

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """A code for a token: once, for the client, and for whoever knows what the code's challenge was made of."""
        self.exchanged.append(form)
        asked = self.codes.pop(form.get("code", ""), None)
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or authorization != f"Basic {client}" or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": "right"}
        token = jwt.encode(header, claims, self.signs_with, algorithms=[self.algorithm])
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                document = issuer.document(urlsplit(self.path).path)
                self._say(200 if document is not None else 404, document)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._say(*issuer.exchange(form, self.headers.get("Authorization", "")))

            def _say(self, status: int, document: Any) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
