"""A small provider of OpenID Connect for tests: discovery, authorize, token, JWKS, end_session. It signs with RS256.

Whoever comes chooses one of ACCOUNTS; a browser that is signed in there is not asked again unless the client wants it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "rnnkit", "s3cret-of-the-client"
ACCOUNTS: dict[str, dict[str, Any]] = {  # subject -> what the provider says of it
    "t-1": {"name": "Theresa Meier", "nickname": "Theresa", "school": {"roles": ["staff", "sports"]}},
    "p-1": {"name": "Anton Huber", "nickname": "Anton", "email": "anton@example.org", "school": {"roles": ["5b"]}},
    "p-2": {"name": "Anton Berger", "nickname": "anton", "school": {"roles": ["5b"]}},
    "x-1": {"name": "Xaver Fremd", "nickname": "Xaver", "school": {"roles": ["parents"]}},
}
SETTINGS = {  # of a dashboard that signs in here, beside RNNKIT_OIDC_URL and RNNKIT_URL
    "RNNKIT_OIDC_CLIENT": CLIENT,
    "RNNKIT_OIDC_SECRET": SECRET,
    "RNNKIT_OIDC_ROLE_CLAIM": "school.roles",
    "RNNKIT_OIDC_TEACHERS": "staff",
    "RNNKIT_OIDC_PUPILS": "5a, 5b",
}
_FORM = """<!doctype html><title>School</title><h1>School</h1><form method="post">{}</form>"""
_BUTTON = '<button name="account" value="{}">{}</button>'


class Provider:
    """One at an address of its own. `signed_out` are the subjects that signed out here, `asked` how often people were
    asked who they are."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, str] = {}
        self.signed_out: list[str] = []
        self.asked = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def token(self, subject: str, nonce: str | None, **more: Any) -> str:
        """A signed ID token."""
        now = int(time.time())
        said = {"iss": self.url, "sub": subject, "aud": CLIENT, "iat": now, "exp": now + 300, **ACCOUNTS[subject]}
        return jwt.encode({"alg": "RS256", "kid": "k1"}, said | ({"nonce": nonce} if nonce else {}) | more, self.key)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(_Handler):
            of = provider

        return Handler

    def serve(self) -> None:
        """Until it is closed."""
        self._server.serve_forever(poll_interval=0.1)

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    of: Provider

    def log_message(self, *args: object) -> None:
        return

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(self._discovery())
        elif parts.path == "/jwks":
            self._json({"keys": [self.of.key.as_dict(private=False)]})
        elif parts.path == "/authorize":
            known = self.of.sessions.get(self._session())
            if known and asked.get("prompt") not in ("login", "select_account"):
                self._back(asked, known)
            else:
                self.of.asked += 1
                names = {**{one: said["name"] for one, said in ACCOUNTS.items()}, "": "Cancel"}
                self._page(_FORM.format("".join(_BUTTON.format(*one) for one in names.items())))
        elif parts.path == "/favicon.ico":
            self._answer(204, "", "text/plain")
        elif parts.path == "/end_session":
            hint = jwt.decode(asked["id_token_hint"], self.of.key)
            self.of.signed_out.append(hint.claims["sub"])
            self.of.sessions.pop(self._session(), None)
            self._to(asked["post_logout_redirect_uri"])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        if parts.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._back(asked, form["account"])
        elif parts.path == "/token":
            self._token(form)
        else:
            self.send_error(404)

    def _discovery(self) -> dict[str, Any]:
        url = self.of.url
        return {
            "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks", "end_session_endpoint": f"{url}/end_session",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }  # fmt: skip

    def _back(self, asked: dict[str, str], subject: str) -> None:
        """To the client: with a code, or with the word that nobody signed in."""
        if not subject:
            self._to(f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}")
            return
        code, session = secrets.token_urlsafe(8), secrets.token_urlsafe(8)
        self.of.codes[code] = {**asked, "subject": subject}
        self.of.sessions[session] = subject
        query = urlencode({"code": code, "state": asked["state"]})
        self._to(f"{asked['redirect_uri']}?{query}", cookie=f"school={session}; Path=/; HttpOnly")

    def _token(self, form: dict[str, str]) -> None:
        """An ID token for a code: once, to the client that has the secret and the verifier (RFC 7636)."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.of.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = asked and asked["code_challenge"] == challenge.decode().rstrip("=")
        if not right or self.headers.get("authorization") != f"Basic {basic}":
            self._json({"error": "invalid_grant"}, 400)
            return
        assert asked is not None
        told = {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 300}
        self._json({**told, "id_token": self.of.token(asked["subject"], asked.get("nonce"))})

    def _session(self) -> str:
        found = SimpleCookie(self.headers.get("cookie", "")).get("school")
        return found.value if found else ""

    def _json(self, said: dict[str, Any], status: int = 200) -> None:
        self._answer(status, json.dumps(said), "application/json")

    def _page(self, html: str) -> None:
        self._answer(200, html, "text/html")

    def _to(self, address: str, cookie: str = "") -> None:
        self._answer(302, "", "text/plain", {"Location": address, **({"Set-Cookie": cookie} if cookie else {})})

    def _answer(self, status: int, text: str, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(text.encode())), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


@contextmanager
def running() -> Iterator[Provider]:
    """One that answers until the end of the block."""
    found = Provider()
    threading.Thread(target=found.serve, daemon=True).start()
    yield found
    found.close()
