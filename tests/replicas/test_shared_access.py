"""Two Samovars on one PostgreSQL: keys, failed logins and requests a minute are counted once, not twice."""
import json
import os
import re
import subprocess
import time

import pytest
import requests
from conftest import MODEL, Postgres, Replica, wait_for

PASSWORD = "correct horse"


def command(replica, *arguments, text="", code=0):
    done = subprocess.run([os.environ["SAMOVAR_BINARY"], *arguments], env=replica.environment, input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def ask(replica, key, **more):
    body = {"model": MODEL, "prompt": "Hi", "max_tokens": 1}
    return requests.post(replica.url + "/v1/completions", json=body, headers={"Authorization": "Bearer " + key}, timeout=60, **more).status_code


def log_in(replica, name, password=PASSWORD):
    session = requests.Session()
    session.headers["Origin"] = replica.url
    session.answer = session.post(replica.url + "/ui/login", json={"name": name, "password": password}, timeout=30)
    return session


@pytest.fixture(scope="module")
def database():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


@pytest.fixture(scope="module")
def pair(tmp_path_factory, database):
    """With accounts; the second was a server of its own before, with a key in a file."""
    folder, url = tmp_path_factory.mktemp("pair"), database.make_database("pair")
    replicas = [Replica(name, folder, url, SAMOVAR_ACCESS="users") for name in ("one", "two")]
    alone = {**replicas[1].environment, "SAMOVAR_DATABASE": ""}
    made = subprocess.run([os.environ["SAMOVAR_BINARY"], "key", "create", "old"], env=alone, check=True, capture_output=True, text=True, timeout=30)
    replicas[1].old_key = made.stdout.strip()
    for replica in replicas:
        replica.start()
        wait_for(replica.is_ready, 60, replica.name)
    command(replicas[0], "user", "add", "root", "--admin", text=PASSWORD)
    command(replicas[0], "user", "add", "anna", text=PASSWORD)
    yield replicas
    for replica in replicas:
        replica.stop()


def test_a_file_of_keys_moves_into_the_database(pair):
    one, two = pair
    assert not (two.folder / "keys.json").exists() and (two.folder / "keys.json.moved").exists()
    assert "1 API key(s) were moved" in (two.folder / "log").read_text()
    assert ask(two, two.old_key) == 200
    wait_for(lambda: ask(one, two.old_key) == 200, 10, "the other server's knowing of it")
    assert "old" in command(one, "key", "list").stdout
    # Revoked; an old copy of the file brings nothing back.
    command(one, "key", "revoke", "old")
    os.rename(two.folder / "keys.json.moved", two.folder / "keys.json")
    command(two, "key", "list")
    begun = time.monotonic()
    wait_for(lambda: ask(two, two.old_key) == 401, 10, "its being refused")
    assert time.monotonic() - begun < 5
    assert not (two.folder / "keys.json").exists()


def test_keys_are_made_and_revoked_for_all(pair):
    one, two = pair
    key = command(one, "key", "create", "app").stdout.strip()
    for replica in pair:
        wait_for(lambda: ask(replica, key) == 200, 10, f"{replica.name}'s taking it")
    assert "already" in command(two, "key", "create", "app", code=1).stderr
    begun = time.monotonic()
    command(two, "key", "revoke", "app")
    for replica in pair:
        wait_for(lambda: ask(replica, key) == 401, 10, f"{replica.name}'s refusing it")
    assert time.monotonic() - begun < 8
    assert key not in json.dumps(command(one, "key", "list").stdout)


def test_the_rate_of_a_key_is_one_for_all(pair):
    one, two = pair
    key = command(one, "key", "create", "slow", "--rate", "4/min").stdout.strip()
    wait_for(lambda: ask(one, key) in (200, 429), 10, "the key's being known")
    codes = [ask(pair[i % 2], key) for i in range(7)]
    assert codes.count(200) <= 3 and codes[-1] == 429, codes


def test_the_requests_of_an_account_are_counted_once(pair):
    one, two = pair
    root = log_in(one, "root")
    assert root.answer.status_code == 200, root.answer.text
    users = root.get(one.url + "/ui/admin/users", timeout=30).json()["users"]
    anna = next(user for user in users if user["name"] == "anna")
    changed = root.patch(one.url + f"/ui/admin/users/{anna['id']}", json={"quota_requests_per_minute": 3}, timeout=30)
    assert changed.status_code == 200, changed.text
    sessions = [log_in(replica, "anna") for replica in pair]
    time.sleep(4)  # until both know of it
    codes = []
    for i in range(6):
        answer = sessions[i % 2].post(pair[i % 2].url + f"/ui/chats/t{i}/runs", json={
            "kind": "message", "message": {"id": "q1", "content": "Hi"}, "settings": {"max_tokens": 1}}, timeout=60)
        codes.append(answer.status_code)
    assert codes == [200, 200, 200, 429, 429, 429]


def test_failed_logins_are_counted_once(pair):
    codes = [log_in(pair[i % 2], "anna", "wrong horse").answer.status_code for i in range(8)]
    assert codes.count(401) <= 6 and codes[-1] == 429, codes
    assert log_in(pair[0], "root").answer.status_code == 200, "others come in"


def test_without_the_database_answers_go_on_and_it_is_told(pair, database):
    one, two = pair
    key = command(one, "key", "create", "lasting").stdout.strip()
    for replica in pair:
        wait_for(lambda: ask(replica, key) == 200, 10, f"{replica.name}'s taking it")
    database.stop("immediate")
    try:
        for replica in pair:
            begun = time.monotonic()
            assert ask(replica, key) == 200
            assert time.monotonic() - begun < 5
            state = wait_for(lambda: (r := requests.get(replica.url + "/readyz", timeout=5)).text.startswith("ready, but not all") and r, 15, "its being told")
            assert state.status_code == 200 and re.search(r"^conversations: .+", state.text, re.M), state.text
            assert requests.get(replica.url + "/readyz?strict=1", timeout=5).status_code == 503
            assert requests.get(replica.url + "/healthz", timeout=5).status_code == 200
    finally:
        database.start()
    for replica in pair:
        wait_for(lambda: requests.get(replica.url + "/readyz?strict=1", timeout=5).status_code == 200, 30, "the database's being back")
    assert ask(one, key) == 200 and ask(one, "sk-samovar-none") == 401


def test_the_first_administrators_code_is_the_same_everywhere(tmp_path, database):
    url = database.make_database("first")
    replicas = [Replica(name, tmp_path, url, SAMOVAR_ACCESS="users") for name in ("one", "two")]
    try:
        codes = set()
        for replica in replicas:
            replica.start()
            wait_for(replica.is_ready, 60, replica.name)
            codes.add(re.search(r"enter the code (\S+) to", (replica.folder / "log").read_text()).group(1))
        assert len(codes) == 1
    finally:
        for replica in replicas:
            replica.stop()
