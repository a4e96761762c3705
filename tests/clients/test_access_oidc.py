"""Logging in at a real OpenID provider (tests/clients/npm/oidc-provider.mjs)."""
import os
import re
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest
import requests
from own_server import OwnServer, free_port
from test_access import Browser, log_of, run_command

NPM = Path(__file__).parent / "npm"
SECRET = "a secret: with %, & + and = signs"


@pytest.fixture(scope="module")
def ports():
    return {client: free_port() for client in ("rsa", "ec", "public")}


@pytest.fixture(scope="module")
def provider(ports):
    if not (NPM / "node_modules" / "oidc-provider").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NPM, check=True, timeout=300)
    redirects = [f"http://127.0.0.1:{port}/ui/oidc/callback" for port in ports.values()]
    process = subprocess.Popen(["node", "oidc-provider.mjs", *redirects], cwd=NPM, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


class OidcServer(OwnServer):
    def __init__(self, data, page_port, provider, client, **settings):
        super().__init__(data, SAMOVAR_ACCESS="oidc", SAMOVAR_OIDC_ISSUER=provider, SAMOVAR_OIDC_CLIENT_ID=client, SAMOVAR_PUBLIC_URL=f"http://127.0.0.1:{page_port}", SAMOVAR_OIDC_NAME="The house", **settings)
        self.arguments[self.arguments.index(str(self.page_port))] = str(page_port)
        self.page_port, self.page_url = page_port, f"http://127.0.0.1:{page_port}"


def follow(session, url, method="GET", data=None, until=""):
    """Follows redirects by hand, as far as an address that begins with `until`."""
    for _ in range(10):
        answer = session.request(method, url, data=data, allow_redirects=False, timeout=20)
        if answer.status_code not in (302, 303):
            return url, answer
        url, method, data = urllib.parse.urljoin(url, answer.headers["Location"]), "GET", None
        if until and url.startswith(until):
            return url, answer
    raise AssertionError("redirects without end")


def log_in_there(browser, name, way_back="/", stop_at_callback=False):
    """What somebody does in a browser; the last answer."""
    session = browser.session
    callback = f"{browser.base}/ui/oidc/callback"
    url, page = follow(session, f"{browser.base}/ui/oidc/start?return={urllib.parse.quote(way_back)}")
    for step in ({"prompt": "login", "login": name, "password": "any"}, {"prompt": "consent"}):
        if url.startswith(callback):
            break
        action = re.search(r'action="([^"]+)"', page.text).group(1)
        url, page = follow(session, urllib.parse.urljoin(url, action), "POST", step, until=callback)
    assert url.startswith(callback), page.text
    return url if stop_at_callback else session.get(url, allow_redirects=False, timeout=20)


@pytest.mark.parametrize("client", ["rsa", "ec", "public"])
def test_the_whole_way(tmp_path, ports, provider, client):
    secret = {} if client == "public" else {"SAMOVAR_OIDC_CLIENT_SECRET": SECRET}
    with OidcServer(tmp_path, ports[client], provider, client, SAMOVAR_ADMINS="root@example.org", SAMOVAR_OIDC_ALLOW="*@example.org", **secret) as server:
        anna = Browser(server)
        begun = anna.get("/ui/session").json()
        assert begun["needs"] == "login" and begun["oidc"] == {"name": "The house"} and begun["first_run"] is False
        assert anna.get("/ui/chats").status_code == 401
        done = log_in_there(anna, "anna", "/share/x?y=1")
        assert done.status_code == 302 and done.headers["Location"] == server.page_url + "/share/x?y=1", log_of(server)
        user = anna.get("/ui/session").json()["user"]
        assert (user["name"], user["email"], user["role"]) == ("anna", "anna@example.org", "user")
        anna.say("c1")
        assert [chat["id"] for chat in anna.get("/ui/chats").json()["chats"]] == ["c1"]
        again = Browser(server)
        log_in_there(again, "anna")
        assert again.get("/ui/session").json()["user"]["id"] == user["id"]
        root = Browser(server)
        log_in_there(root, "root")
        assert root.get("/ui/session").json()["user"]["role"] == "admin"
        assert root.get("/ui/chats").json()["chats"] == []
        assert root.post("/ui/admin/invites", {}).status_code == 400
        stranger = Browser(server)
        assert log_in_there(stranger, "stranger").headers["Location"] == server.page_url + "/?login=not-allowed"
        assert stranger.get("/ui/chats").status_code == 401
        unverified = Browser(server)
        assert log_in_there(unverified, "unverified").headers["Location"].endswith("?login=not-allowed")
        assert root.ask("PATCH", f"/ui/admin/users/{user['id']}", {"state": "disabled"}).status_code == 200
        assert anna.get("/ui/chats").status_code == 401
        assert log_in_there(Browser(server), "anna").headers["Location"].endswith("?login=disabled")
        assert anna.post("/ui/login", {"name": "anna", "password": "x"}).status_code == 400
        log = log_of(server)
        assert SECRET not in log and "login-failed" in log


def test_what_does_not_belong_together_is_refused(tmp_path, ports, provider):
    with OidcServer(tmp_path, ports["rsa"], provider, "rsa", SAMOVAR_OIDC_CLIENT_SECRET=SECRET) as server:
        expired = server.page_url + "/?login=expired"
        anna = Browser(server)
        callback = log_in_there(anna, "anna", stop_at_callback=True)
        assert "code=" in callback and "state=" in callback
        stolen = Browser(server)  # another browser than the one that began
        assert stolen.session.get(callback, allow_redirects=False, timeout=20).headers["Location"] == expired
        changed = re.sub(r"state=[^&]+", "state=" + "0" * 64, callback)
        assert anna.session.get(changed, allow_redirects=False, timeout=20).headers["Location"] == expired
        # That ended the login: the right state is of no use any more.
        assert anna.session.get(callback, allow_redirects=False, timeout=20).headers["Location"] == expired
        anna = Browser(server)
        callback = log_in_there(anna, "anna", stop_at_callback=True)
        cookie = anna.session.cookies["samovar_login"]
        done = anna.session.get(callback, allow_redirects=False, timeout=20)
        assert done.headers["Location"] == server.page_url + "/"
        again = requests.get(callback, cookies={"samovar_login": cookie}, allow_redirects=False, timeout=20)
        assert again.headers["Location"] == server.page_url + "/?login=failed"  # a code works once
        assert "samovar_session" not in again.cookies
        wrong = re.sub(r"code=[^&]+", "code=guess", log_in_there(Browser(server), "boris", stop_at_callback=True))
        assert requests.get(wrong, allow_redirects=False, timeout=20).headers["Location"] == expired
        denied = Browser(server)
        denied.get("/ui/oidc/start", allow_redirects=False)
        assert denied.get("/ui/oidc/callback?error=access_denied", allow_redirects=False).headers["Location"] == expired
        for way_back in ("//evil.example", "/\\evil.example", "https://evil.example"):
            assert log_in_there(Browser(server), "anna", way_back).headers["Location"] == server.page_url + "/"


def test_a_wrong_secret_and_a_provider_that_is_gone(tmp_path, ports, provider):
    with OidcServer(tmp_path, ports["rsa"], provider, "rsa", SAMOVAR_OIDC_CLIENT_SECRET="wrong") as server:
        assert log_in_there(Browser(server), "anna").headers["Location"] == server.page_url + "/?login=failed"
        assert "the provider takes no code: status 401" in log_of(server)
    with OidcServer(tmp_path, ports["rsa"], f"http://127.0.0.1:{free_port()}", "rsa") as server:  # it starts all the same
        gone = Browser(server).get("/ui/oidc/start", allow_redirects=False)
        assert gone.headers["Location"] == server.page_url + "/?login=unavailable"
        assert "the provider's description:" in log_of(server)
    with OidcServer(tmp_path, ports["rsa"], provider.replace("127.0.0.1", "localhost"), "rsa") as server:
        assert Browser(server).get("/ui/oidc/start", allow_redirects=False).headers["Location"].endswith("?login=unavailable")
        assert "but the provider calls itself " + provider in log_of(server)
