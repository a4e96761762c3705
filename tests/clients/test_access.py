"""Who may come in: every access mode against the real program, as browsers and as strangers."""
import concurrent.futures
import json
import os
import re
import subprocess
import time
import uuid

import pytest
import requests
from own_server import MODEL, OwnServer

PASSWORD = "correct horse"


class Browser:
    """A session with a cookie jar that speaks as the server's own page does."""

    def __init__(self, server):
        self.base = server.page_url
        self.session = requests.Session()
        self.session.headers["Origin"] = server.page_url

    def ask(self, method, path, body=None, **more):
        return self.session.request(method, self.base + path, json=body, timeout=60, **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, {} if body is None else body, **more)

    def log_in(self, name, password=PASSWORD):
        answer = self.post("/ui/login", {"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        return self

    def say(self, chat, text="Say hi"):
        """Asks in a conversation and waits for the answer."""
        answer = self.post(f"/ui/chats/{chat}/runs", {"message": {"id": f"q-{chat}", "content": text}, "answer": f"a-{chat}", "settings": {"max_tokens": 4}})
        assert answer.status_code == 200, answer.text
        return answer.text


def run_command(environment, *arguments, text="", code=0):
    done = subprocess.run([os.environ["SAMOVAR_BINARY"], *arguments], env=environment, input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr + done.stdout
    return done


def user_command(server, *arguments, text="", code=0):
    return run_command(server.environment, "user", *arguments, text=text, code=code)


def log_of(server):
    with open(server.log.name, encoding="utf-8") as file:
        return file.read()


def error_code(answer):
    return answer.json()["error"]["code"]


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    """A server with accounts: root administers, anna and boris chat."""
    with OwnServer(tmp_path_factory.mktemp("users"), SAMOVAR_ACCESS="users") as server:
        code = re.search(r"enter the code ([0-9a-z-]{19}) to", log_of(server)).group(1)
        root = Browser(server)
        assert root.get("/ui/session").json()["first_run"] is True
        assert root.post("/ui/setup", {"code": "2222-2222-2222-2222", "name": "root", "password": PASSWORD}).status_code == 403
        made = root.post("/ui/setup", {"code": code.upper().replace("-", " "), "name": "root", "password": PASSWORD})
        assert made.status_code == 200 and made.json()["user"]["role"] == "admin"
        for name in ("anna", "boris"):
            assert root.post("/ui/admin/users", {"name": name, "password": PASSWORD}).status_code == 200
        server.root = root
        server.anna, server.boris = Browser(server).log_in("anna"), Browser(server).log_in("boris")
        yield server


def test_open_changes_nothing_and_the_log_says_so(tmp_path):
    with OwnServer(tmp_path) as server:
        browser = Browser(server)
        assert browser.get("/ui/session").json()["mode"] == "open"
        assert browser.get("/ui/session").json()["needs"] is None
        assert browser.get("/ui/config").cookies["samovar_owner"]
        assert browser.get("/ui/chats").status_code == 200
        assert requests.get(server.page_url + "/api/tags", timeout=10).status_code == 200
        assert error_code(browser.post("/ui/login", {"password": "x"})) == "unsupported"
        assert error_code(browser.get("/ui/admin/users")) == "unsupported"
        assert "access       open to whoever uses this machine" in log_of(server)
    with OwnServer(tmp_path, command=("serve", "--host", "0.0.0.0")) as server:
        assert "OPEN: whoever can reach this machine" in log_of(server)


def test_one_password_for_all(tmp_path):
    (tmp_path / "password").write_text("correct horse\n")
    with OwnServer(tmp_path, SAMOVAR_ACCESS="password", SAMOVAR_PASSWORD_FILE=str(tmp_path / "password")) as server:
        browser = Browser(server)
        assert browser.get("/").status_code in (200, 503)
        assert browser.get("/ui/session").json()["needs"] == "login"
        for path in ("/ui/config", "/ui/chats", "/ui/models", "/ui/status", "/ui/feed"):
            assert error_code(browser.get(path)) == "unauthorized"
        assert browser.get("/api/tags").status_code == 401
        assert requests.get(server.url + "/api/tags", timeout=10).status_code == 200  # the API port of this machine alone
        assert browser.post("/ui/login", {"password": "wrong horse"}).status_code == 401
        assert browser.post("/ui/login", {"password": PASSWORD}).status_code == 200
        assert browser.get("/ui/session").json()["needs"] is None
        assert browser.get("/ui/config").status_code == 200
        assert browser.get("/api/tags").status_code == 200
        browser.say("c1")
        other = Browser(server)
        other.post("/ui/login", {"password": PASSWORD})
        other.get("/ui/config")
        assert other.get("/ui/chats").json()["chats"] == []  # each browser its own
        assert PASSWORD not in log_of(server)
        cookie = browser.session.cookies["samovar_session"]
        assert browser.post("/ui/logout").status_code == 204
        assert requests.get(server.page_url + "/ui/chats", cookies={"samovar_session": cookie}, timeout=10).status_code == 401
        kept = other.session.cookies["samovar_session"]
    with OwnServer(tmp_path, SAMOVAR_ACCESS="password", SAMOVAR_PASSWORD=PASSWORD) as server:
        assert requests.get(server.page_url + "/ui/chats", cookies={"samovar_session": kept}, timeout=10).status_code == 401  # no owner's cookie
        assert requests.get(server.page_url + "/ui/config", cookies={"samovar_session": kept}, timeout=10).status_code == 200  # a restart logs nobody out
    with OwnServer(tmp_path, SAMOVAR_ACCESS="password", SAMOVAR_PASSWORD="another horse") as server:
        assert requests.get(server.page_url + "/ui/config", cookies={"samovar_session": kept}, timeout=10).status_code == 401  # a new password does


def fill(browser, name):
    """A conversation of every kind of thing, and the ids by which somebody else could ask for it."""
    chat = f"{name}-{uuid.uuid4().hex[:8]}"
    secret = f"the secret of {name}"
    file = browser.session.post(f"{browser.base}/ui/attachments?name=note.txt", data=secret.encode(), headers={"Content-Type": "application/octet-stream"}, timeout=20)
    assert file.status_code == 200, file.text
    attachment = file.json()["id"]
    answer = browser.post(f"/ui/chats/{chat}/runs", {"message": {"id": f"q-{chat}", "content": secret, "attachments": [attachment]}, "answer": f"a-{chat}", "settings": {"max_tokens": 4}})
    assert answer.status_code == 200, answer.text
    run = json.loads(answer.text.splitlines()[0])["run"]
    assert browser.ask("PATCH", f"/ui/chats/{chat}", {"title": secret}).status_code == 200
    return {"id": chat, "chat": chat, "message": f"q-{chat}", "run": run, "attachment": attachment, "secret": secret}


def every_route(server):
    """Method and path of every route of the page's port, as the program lists them."""
    listed = run_command(server.environment, "debug", "routes").stdout.splitlines()
    routes = [tuple(line.split(" ", 1)) for line in listed]
    assert ("GET", "/ui/chats/{id}") in routes and ("POST", "/api/chat") in routes and len(routes) > 60
    return routes


# What strangers may ask for.
PUBLIC = {"/", "/share/{token}", "/invite/{token}", "/api/version", "/healthz", "/readyz", "/openapi.json"}
DOORS = {"/ui/session", "/ui/login", "/ui/logout", "/ui/setup", "/ui/logo", "/ui/custom.css", "/ui/invites/{token}", "/ui/oidc/start", "/ui/oidc/callback"}


def is_page_file(path):
    return not path.startswith(("/ui/", "/api/", "/v1/", "/metrics"))


def test_strangers_get_nothing_from_any_route(users):
    for method, path in every_route(users):
        if path in PUBLIC | DOORS or is_page_file(path):
            continue
        answer = requests.request(method, users.page_url + re.sub(r"\{\w+\}|\*", "x", path), json={}, timeout=10)
        assert answer.status_code == 401, (method, path, answer.status_code, answer.text)


def test_every_route_keeps_everybodys_own(users):
    """Every route with another user's ids, in every place where one may stand: nothing of it comes back."""
    annas = fill(users.anna, "anna")
    before = users.anna.get(f"/ui/chats/{annas['chat']}").json()
    named = {"chat": annas["chat"], "id": annas["chat"], "message": annas["message"], "run": annas["run"], "attachment": annas["attachment"]}
    mine = fill(users.boris, "boris")
    bodies = [
        {},
        {"ids": [annas["chat"]], "all": False},
        {"message": {"id": "x1", "content": "hi", "attachments": [annas["attachment"]], "parent": annas["message"]}, "answer": "x2"},
        {"regenerate": annas["message"], "continue": f"a-{annas['chat']}"},
        {"title": "taken", "leaf": annas["message"], "content": "taken", "rating": 1, "text": "hi", "history": []},
    ]
    asked = 0
    for method, path in every_route(users):
        if is_page_file(path) or path in ("/ui/logout", "/ui/feed", "/api/pull", "/api/push", "/api/create", "/ui/account", "/ui/password"):
            continue
        variants = {re.sub(r"\{(\w+)\}|\*", lambda found: named.get(found.group(1) or "", annas["chat"]), path)}
        for one in ("chat", "attachment", "run", "message"):
            variants.add(re.sub(r"\{id\}", annas[one], re.sub(r"\{(?!id)(\w+)\}|\*", lambda found: named.get(found.group(1) or "", "x"), path)))
        # One's own chat with another's message in it.
        variants.add(re.sub(r"\{(\w+)\}|\*", lambda found: mine["chat"] if found.group(1) == "id" else named.get(found.group(1) or "", "x"), path))
        for address in variants:
            for body in bodies if method != "GET" else [None]:
                if method == "DELETE" and mine["chat"] in address:
                    continue
                answer = users.boris.ask(method, address, body)
                asked += 1
                assert "secret of anna" not in answer.text, (method, address, body, answer.text)
                assert answer.status_code != 500, (method, address, body, answer.text)
    assert users.anna.get(f"/ui/chats/{annas['chat']}").json() == before
    assert users.anna.get(f"/ui/attachments/{annas['attachment']}").json()["text"] == annas["secret"]
    assert users.boris.get("/ui/search?q=secret").json()["hits"]
    assert asked > 150


def test_the_feed_tells_only_of_ones_own(users):
    with users.boris.session.get(users.page_url + "/ui/feed", stream=True, timeout=20) as feed:
        lines = feed.iter_lines()
        next(lines)
        users.anna.say("told-" + uuid.uuid4().hex[:6])
        users.boris.say("own-" + uuid.uuid4().hex[:6])
        for line in lines:
            assert b"told-" not in line
            if b"own-" in line:
                break


def test_brute_force_is_throttled(users):
    user_command(users, "add", "target", text=PASSWORD + "\n")
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: requests.post(users.page_url + "/ui/login", json={"name": "target", "password": f"guess number {i}"}, timeout=30), range(40)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert sum(answer.status_code == 401 for answer in answers) <= 8, [answer.status_code for answer in answers]
    assert refused and all(int(answer.headers["Retry-After"]) >= 1 and error_code(answer) == "too-many-requests" for answer in refused)
    assert time.monotonic() - begun < 20
    assert users.anna.get("/ui/chats").status_code == 200  # who is in stays in
    time.sleep(max(int(answer.headers["Retry-After"]) for answer in refused))
    Browser(users).log_in("target")  # who knows the password gets in after the wait
    audit = users.root.get("/ui/admin/audit?limit=1000").json()["entries"]
    assert sum(entry["action"] == "login-failed" and entry["actor"] == "target" for entry in audit) >= 5


def test_a_disabled_user_is_out_within_seconds_and_open_streams_end(users):
    user_command(users, "add", "gone", "--email", "gone@example.org", text=PASSWORD + "\n")
    browser = Browser(users).log_in("gone")
    with browser.session.get(users.page_url + "/ui/feed", stream=True, timeout=30) as feed:
        lines = feed.iter_lines()
        next(lines)
        user_command(users, "disable", "gone")
        begun = time.monotonic()
        while browser.get("/ui/chats").status_code == 200:
            assert time.monotonic() - begun < 6
            time.sleep(0.2)
        for _ in lines:
            pass  # it ends by itself
        assert time.monotonic() - begun < 12
    assert browser.post("/ui/login", {"name": "gone", "password": PASSWORD}).status_code == 401
    user_command(users, "enable", "gone")
    time.sleep(4)
    assert browser.get("/ui/chats").status_code == 401  # the old session does not come back
    browser.log_in("gone")
    row = next(user for user in users.root.get("/ui/admin/users").json()["users"] if user["name"] == "gone")
    assert users.root.ask("PATCH", f"/ui/admin/users/{row['id']}", {"state": "disabled"}).json()["state"] == "disabled"
    assert browser.get("/ui/chats").status_code == 401  # at once on the same server
    assert users.root.ask("DELETE", f"/ui/admin/users/{row['id']}").status_code == 204


def test_a_tampered_cookie_opens_nothing(users):
    cookie = users.anna.session.cookies["samovar_session"]
    boris_id = users.boris.get("/ui/session").json()["user"]["id"]
    anna_id = users.anna.get("/ui/session").json()["user"]["id"]
    forged = [cookie.replace(anna_id, boris_id), cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), cookie.rsplit(".", 1)[0], "", ".", "1." * 500, boris_id]
    parts = cookie.split(".")
    forged.append(".".join([*parts[:5], str(int(parts[5]) + 86400), parts[6]]))
    for value in forged:
        assert requests.get(users.page_url + "/ui/chats", headers={"Cookie": f"samovar_session={value}"}, timeout=10).status_code == 401, value
    for header in (f"samovar_owner={anna_id}", f"samovar_session={forged[0]}; samovar_owner={'0' * 32}"):
        assert requests.get(users.page_url + "/ui/chats", headers={"Cookie": header}, timeout=10).status_code == 401
    set_cookie = Browser(users).post("/ui/login", {"name": "anna", "password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie and "SameSite=Lax" in set_cookie


def test_foreign_pages_are_refused(users):
    jar = {"samovar_session": users.anna.session.cookies["samovar_session"]}

    def post(path, headers):
        return requests.post(users.page_url + path, json={"all": True}, headers=headers, cookies=jar, timeout=10)

    for headers in ({}, {"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site", "Origin": users.page_url}, {"Origin": "null"}):
        for path in ("/ui/delete-chats", "/ui/logout", "/api/chat"):
            refused = post(path, headers)
            assert refused.status_code == 403, (path, headers, refused.text)
    assert post("/ui/delete-chats", {"Origin": "https://evil.example"}).status_code == 403
    assert users.anna.get("/ui/chats").json()["chats"]


def test_an_expired_session_ends(tmp_path):
    with OwnServer(tmp_path, SAMOVAR_ACCESS="password", SAMOVAR_PASSWORD=PASSWORD, SAMOVAR_SESSION="2s") as server:
        browser = Browser(server)
        cookie = browser.post("/ui/login", {"password": PASSWORD}).cookies["samovar_session"]
        asked = lambda: requests.get(server.page_url + "/ui/config", cookies={"samovar_session": cookie}, timeout=10).status_code
        assert asked() == 200
        time.sleep(2.2)
        assert asked() == 401


def test_quotas_and_keys_of_users(users):
    made = users.root.post("/ui/admin/users", {"name": "small", "password": PASSWORD, "quota_requests_per_minute": 3, "quota_tokens_per_day": 1000000}).json()
    browser = Browser(users).log_in("small")
    browser.say("q1")
    key = run_command(users.environment, "key", "create", "small's", "--user", "SMALL").stdout.strip()
    assert "small" in run_command(users.environment, "key", "list").stdout
    header = {"Authorization": "Bearer " + key}
    ask = lambda: requests.post(users.page_url + "/api/generate", json={"model": MODEL, "prompt": "Hi", "stream": False, "options": {"num_predict": 4}}, headers=header, timeout=60)
    assert ask().status_code == 200
    assert ask().status_code == 200
    refused = ask()
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0 and "3 times a minute" in refused.json()["error"]
    assert error_code(browser.post("/ui/chats/q1/runs", {"message": {"content": "hi"}})) == "too-many-requests"
    row = lambda: next(user for user in users.root.get("/ui/admin/users").json()["users"] if user["name"] == "small")
    # They are written down when an answer has ended, which may be a moment after it was read.
    deadline = time.monotonic() + 10
    while row()["tokens_today"] <= 20:
        assert time.monotonic() < deadline, row()
        time.sleep(0.1)
    path = f"/ui/admin/users/{made['id']}"
    users.root.ask("PATCH", path, {"quota_requests_per_minute": 0, "quota_tokens_per_day": 5})
    refused = ask()
    assert refused.status_code == 429 and "5 tokens of today are used up" in refused.json()["error"]
    users.root.ask("PATCH", path, {"quota_tokens_per_day": 0, "state": "disabled"})
    refused = ask()
    assert refused.status_code == 401 and "may not come in" in refused.json()["error"]
    assert "there is no account 'nobody'" in run_command(users.environment, "key", "create", "x", "--user", "nobody", code=1).stderr


def test_ordinary_users_change_no_models(users):
    assert users.anna.get("/api/tags").status_code == 200
    assert users.anna.get("/ui/config").json()["features"]["pull"] is False
    assert users.root.get("/ui/config").json()["features"]["pull"] is True
    for method, path in (("DELETE", "/api/delete"), ("POST", "/api/copy"), ("POST", "/api/create"), ("GET", "/metrics")):
        assert users.anna.ask(method, path, {"model": "nosuch"}).status_code == 403, path
        assert users.root.ask(method, path, {"model": "nosuch"}).status_code != 403, path


def test_an_invitation_and_a_new_password(users):
    link = users.root.post("/ui/admin/invites", {"role": "user", "note": "for Carol", "expires_hours": 2}).json()
    assert users.root.get("/").status_code in (200, 503) and requests.get(users.page_url + link["url"], timeout=10).status_code in (200, 404)
    path = "/ui/invites/" + link["token"]
    carol = Browser(users)
    assert carol.get(path).json()["kind"] == "invite"
    assert "at least 8" in carol.post(path, {"name": "carol", "password": "short"}).json()["error"]["message"]
    assert carol.post(path, {"name": "Anna", "password": PASSWORD}).status_code == 409
    assert carol.post(path, {"name": "carol", "password": PASSWORD}).json()["user"]["name"] == "carol"
    assert carol.get("/ui/chats").status_code == 200
    assert Browser(users).post(path, {"name": "dora", "password": PASSWORD}).status_code == 404
    printed = user_command(users, "password", "carol", "--link").stdout.strip()
    reset = Browser(users)
    token = printed.removeprefix("/invite/")
    assert reset.get("/ui/invites/" + token).json()["name"] == "carol"
    assert reset.post("/ui/invites/" + token, {"password": "battery staple"}).status_code == 200
    time.sleep(3.2)
    assert carol.get("/ui/chats").status_code == 401  # the sessions from before have ended
    Browser(users).log_in("carol", "battery staple")


def test_the_command_line_looks_after_accounts(users):
    assert "anna" in user_command(users, "list").stdout
    assert "there is an account 'anna' already" in user_command(users, "add", "ANNA", text=PASSWORD + "\n", code=1).stderr
    assert "at least 8" in user_command(users, "add", "x", text="short\n", code=1).stderr
    assert "there is no account 'nobody'" in user_command(users, "disable", "nobody", code=1).stderr
    assert "'root' is the last administrator" in user_command(users, "disable", "root", code=1).stderr
    assert "none of user and admin" in user_command(users, "role", "anna", "king", code=1).stderr
    user_command(users, "add", "second", "--admin", text=PASSWORD + "\n")
    user_command(users, "role", "second", "user")
    user_command(users, "password", "second", text="battery staple\n")
    Browser(users).log_in("second", "battery staple").say("c-second")
    user_command(users, "delete", "second")
    assert "second" not in user_command(users, "list").stdout
    assert "second" in " ".join(entry["subject"] for entry in users.root.get("/ui/admin/audit?limit=1000").json()["entries"])


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"SAMOVAR_ACCESS": "opne"}, "SAMOVAR_ACCESS: access mode 'opne' is none of open, password, users, oidc, header"),
        ({"SAMOVAR_ACCESS": "password"}, "set SAMOVAR_PASSWORD, or SAMOVAR_PASSWORD_FILE"),
        ({"SAMOVAR_ACCESS": "password", "SAMOVAR_PASSWORD": "short"}, "at least 8 characters"),
        ({"SAMOVAR_ACCESS": "password", "SAMOVAR_PASSWORD_FILE": "/nonexistent/password"}, "SAMOVAR_PASSWORD_FILE: cannot read /nonexistent/password: No such file"),
        ({"SAMOVAR_ACCESS": "users", "SAMOVAR_STATELESS": "1"}, "take SAMOVAR_STATELESS=1 away"),
        ({"SAMOVAR_ACCESS": "users", "SAMOVAR_SESSION": "long"}, "SAMOVAR_SESSION: 'long': expected a time such as 30d"),
        ({"SAMOVAR_ACCESS": "header"}, "set SAMOVAR_TRUSTED_PROXIES"),
        ({"SAMOVAR_ACCESS": "header", "SAMOVAR_TRUSTED_PROXIES": "127.0.0.1"}, "set SAMOVAR_USER_HEADER"),
        ({"SAMOVAR_ACCESS": "header", "SAMOVAR_TRUSTED_PROXIES": "300.1.1.1/99", "SAMOVAR_USER_HEADER": "X-User"}, "'300.1.1.1/99'"),
        ({"SAMOVAR_ACCESS": "oidc"}, "set SAMOVAR_OIDC_ISSUER"),
        ({"SAMOVAR_ACCESS": "oidc", "SAMOVAR_OIDC_ISSUER": "https://id.example", "SAMOVAR_OIDC_CLIENT_ID": "x"}, "set SAMOVAR_PUBLIC_URL"),
        ({"SAMOVAR_ACCESS": "oidc", "SAMOVAR_OIDC_CLIENT_SECRET_FILE": "/nonexistent/secret"}, "SAMOVAR_OIDC_CLIENT_SECRET_FILE: cannot read /nonexistent/secret"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_sentence(tmp_path, settings, said):
    environment = {**os.environ, "SAMOVAR_DATA": str(tmp_path), **settings}
    environment.pop("OLLAMA_HOST", None)
    done = run_command(environment, "serve", "--port", "0", "--api-port", "0", code=1)
    assert said in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert "short" not in done.stderr


def test_the_file_and_the_environment(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    config = tmp_path / "samovar.toml"
    config.write_text(f'[server]\naccess = "password"\npassword_file = "{secret}"\nsession = "1h"\n')
    with OwnServer(tmp_path, SAMOVAR_CONFIG=str(config)) as server:
        assert Browser(server).get("/ui/chats").status_code == 401
        assert "Max-Age=3600" in Browser(server).post("/ui/login", {"password": PASSWORD}).headers["Set-Cookie"]
    with OwnServer(tmp_path, SAMOVAR_CONFIG=str(config), SAMOVAR_ACCESS="open") as server:
        assert Browser(server).get("/ui/config").status_code == 200
    shown = run_command({**os.environ, "SAMOVAR_CONFIG": str(config), "SAMOVAR_PASSWORD": "a secret word"}, "config", "show").stdout
    assert re.search(r"access +password +.*samovar.toml line 2", shown) and "a secret word" not in shown


def test_whom_a_proxy_names(tmp_path):
    settings = {"SAMOVAR_ACCESS": "header", "SAMOVAR_USER_HEADER": "X-User", "SAMOVAR_EMAIL_HEADER": "X-Email", "SAMOVAR_ADMINS": "root"}
    with OwnServer(tmp_path, SAMOVAR_TRUSTED_PROXIES="127.0.0.0/8", **settings) as server:
        def named(name, **more):
            browser = Browser(server)
            browser.session.headers.update({"X-User": name, **more})
            return browser
        assert Browser(server).get("/ui/chats").status_code == 401
        assert Browser(server).get("/ui/session").json()["needs"] == "login"
        anna, boris = named("anna", **{"X-Email": "anna@example.org"}), named("boris")
        assert anna.get("/ui/session").json()["user"]["email"] == "anna@example.org"
        anna.say("c1")
        assert boris.get("/ui/chats").json()["chats"] == []
        assert [chat["id"] for chat in anna.get("/ui/chats").json()["chats"]] == ["c1"]
        assert boris.get("/api/tags").status_code == 200 and boris.get("/ui/admin/users").status_code == 403
        assert named("root").get("/ui/admin/users").status_code == 200
        foreign = requests.post(server.page_url + "/ui/delete-chats", json={"all": True}, headers={"X-User": "anna", "Origin": "http://evil.example"}, timeout=10)
        assert foreign.status_code == 403
    with OwnServer(tmp_path, SAMOVAR_TRUSTED_PROXIES="10.9.8.7", **settings) as server:
        assert requests.get(server.page_url + "/ui/chats", headers={"X-User": "anna"}, timeout=10).status_code == 401
        assert requests.get(server.page_url + "/ui/chats", headers={"X-User": "anna", "X-Forwarded-For": "10.9.8.7"}, timeout=10).status_code == 401


def test_from_open_to_accounts_browsers_take_their_conversations_along(tmp_path):
    with OwnServer(tmp_path) as server:
        first, second, gone = Browser(server), Browser(server), Browser(server)
        for browser, chat in ((first, "c1"), (second, "c1"), (gone, "c9")):
            browser.get("/ui/config")
            browser.say(chat)
        lost = gone.session.cookies["samovar_owner"]
    with OwnServer(tmp_path, SAMOVAR_ACCESS="users") as server:
        for browser in (first, second):
            browser.base = browser.session.headers["Origin"] = server.page_url
        code = re.search(r"enter the code ([0-9a-z-]{19}) to", log_of(server)).group(1)
        assert first.post("/ui/setup", {"code": code, "name": "root", "password": PASSWORD}).status_code == 200
        assert first.get("/ui/config").status_code == 200
        assert "samovar_owner" not in first.session.cookies and first.session.cookies["samovar_route"]
        assert [chat["id"] for chat in first.get("/ui/chats").json()["chats"]] == ["c1"]
        assert [entry["detail"] for entry in first.get("/ui/admin/audit").json()["entries"] if entry["action"] == "chats-taken-along"] == ["1 from this browser"]
        # Whoever is invited brings theirs; nobody gets another's.
        link = user_command(server, "invite").stdout.strip()
        assert second.post("/ui/invites/" + link.rsplit("/", 1)[1], {"name": "anna", "password": PASSWORD}).status_code == 200
        second.get("/ui/config")
        assert [chat["id"] for chat in second.get("/ui/chats").json()["chats"]] == ["c1"]
        elsewhere = Browser(server).log_in("anna")
        elsewhere.get("/ui/config")
        assert [chat["id"] for chat in elsewhere.get("/ui/chats").json()["chats"]] == ["c1"]
        assert elsewhere.session.cookies["samovar_route"] == second.session.cookies["samovar_route"] != first.session.cookies["samovar_route"]
        # A browser that is gone: by its id.
        assert lost in run_command(server.environment, "data", "list").stdout
        assert "1 chats of" in run_command(server.environment, "data", "give", lost, "--to", "anna").stdout
        assert {chat["id"] for chat in second.get("/ui/chats").json()["chats"]} == {"c1", "c9"}
        assert "there is no account 'nobody'" in run_command(server.environment, "data", "give", "anna", "--to", "nobody", code=1).stderr
