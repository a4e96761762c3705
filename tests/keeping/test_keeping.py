"""What operators do: back up, restore, move between databases, hand out and erase one person's data."""
import json
import os
import subprocess
import threading

import pytest
from conftest import Page, samovar, wait_for
from upstream import words


def run(*arguments, **environment):
    done = samovar(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_store_on_postgresql(postgres):
    """The tests of src/history that need a server."""
    program, results = os.environ.get("SAMOVAR_HISTORY_TEST"), os.environ.get("SAMOVAR_HISTORY_RESULTS", "/dev/null")
    if not program:
        pytest.skip("SAMOVAR_HISTORY_TEST names no program")
    done = subprocess.run([program, "--gtest_filter=*Postgres*", f"--gtest_output=xml:{results}"], capture_output=True, text=True,
                          timeout=300, env={**os.environ, "SAMOVAR_TEST_POSTGRES": postgres.conninfo()}, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_backup_taken_while_answers_are_written(start, place, tmp_path):
    file = tmp_path / "backup.db"
    server = start(place).wait_until_ready()
    page = Page(server)
    finished, is_over = [], threading.Event()

    def write():
        for i in range(10_000):
            if is_over.is_set():
                return
            if page.ask("c1", f"q{i}", "say 50 words")[-1]["saved"]:
                finished.append(f"q{i}")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(4):
        before = len(finished)
        wait_for(lambda: len(finished) > before + 3)
        before = list(finished)
        assert "checked" in run("backup", str(file), **place.environment)
    is_over.set()
    writer.join()
    told = samovar("restore", str(file), **place.environment)
    assert told.returncode == 1 and "stop" in told.stderr, "a server is running"
    server.stop()
    assert "what was there before is in" in run("restore", str(file), **place.environment)
    page.move(start(place).wait_until_ready())
    answers = {m["parent"]: m["content"] for m in page.messages("c1") if m["state"] == "complete"}
    assert [q for q in before if answers.get(q) != words(50)] == []
    assert page.ask("c1", "new", "say 3 words")[-1]["saved"]


def test_moving_to_postgresql_and_back(start, make_place, tmp_path):
    old, database = make_place("sqlite"), make_place("postgresql")
    url = database.environment["SAMOVAR_DATABASE"]
    server = start(old).wait_until_ready()
    page = Page(server)
    page.ask("c1", "q1", "say 5 words")
    refused = samovar("db", "migrate", "--from", "sqlite", "--to", "postgresql", **old.environment, SAMOVAR_DATABASE=url)
    assert refused.returncode == 1 and "a server is using" in refused.stderr
    server.stop()
    run("db", "migrate", "--from", "sqlite", "--to", "postgresql", **old.environment, SAMOVAR_DATABASE=url)
    again = samovar("db", "migrate", "--from", "sqlite", "--to", "postgresql", **old.environment, SAMOVAR_DATABASE=url)
    assert again.returncode == 1 and "already" in again.stderr
    server = start(database).wait_until_ready()
    page.move(server)
    page.ask("c1", "q2", "say 6 words")
    status = run("db", "status", **database.environment)
    assert "servers   1 running" in status and "4 messages" in status and "pa55word" not in status
    server.stop()
    back = {"SAMOVAR_DATA": str(tmp_path / "back"), "SAMOVAR_DATABASE": url}
    assert "4 messages" in run("db", "migrate", "--from", "postgresql", "--to", "sqlite", **back)
    back.pop("SAMOVAR_DATABASE")
    place = make_place("sqlite")
    place.environment = back
    page.move(start(place).wait_until_ready())
    assert [m["content"] for m in page.messages("c1")][1::2] == [words(5), words(6)]


def test_one_persons_data(start, place):
    server = start(place).wait_until_ready()
    anna, boris = Page(server), Page(server)
    for page, text in ((anna, "Annas secret"), (boris, "Boris asks")):
        page.ask("c1", "q1", text)
    with anna.open("DELETE", "/ui/chats/c1"):
        anna.ask("c2", "q1", "Annas second")
    owner = anna.cookie.split("=")[1]
    assert owner in run("data", "list", **place.environment)
    data = json.loads(run("data", "export", owner, **place.environment))
    assert [m["content"] for chat in data["chats"] for m in chat["messages"] if m["role"] == "user"] == [
        "Annas secret", "Annas second"], "what was deleted a moment ago is still kept, and told"
    assert "would erase 2 chats" in run("data", "erase", owner, **place.environment)
    assert len(anna.get("/ui/chats")["chats"]) == 1
    assert "erased 2 chats" in run("data", "erase", owner, "--yes", **place.environment)
    assert anna.get("/ui/chats")["chats"] == [] and len(boris.get("/ui/chats")["chats"]) == 1
    unknown = samovar("data", "export", "nobody", **place.environment)
    assert unknown.returncode == 1 and "nothing is kept of 'nobody'" in unknown.stderr
    with anna.open("POST", "/ui/import", data) as answer:
        assert json.load(answer)["chats"] == 2, "the file can be read in again"


def test_two_servers_on_one_database(start, make_place):
    place = make_place("postgresql")
    first, second = start(place).wait_until_ready(), start(place).wait_until_ready()
    page = Page(first)
    page.ask("c1", "q1", "say 5 words")
    page.move(second)
    page.ask("c1", "q2", "say 5 words")
    page.move(first)
    stream = page.start("c1", "q3", "say 500 words every 20 ms")
    stream.readline()
    page.move(second)
    status, error = page.refused("POST", "/ui/chats/c1/runs", {"kind": "message", "message": {"id": "q4", "content": "x"}})
    assert (status, error["code"]) == (409, "conflict"), "the first is writing an answer there"
    third = start(place).wait_until_ready()
    assert page.messages("c1")[-1]["state"] == "streaming", "a server that starts cuts nobody off"
    first.kill()
    wait_for(lambda: page.messages("c1")[-1]["state"] == "cut", 30, "noticing that the first is gone")
    page.move(third)
    lines = page.ask("c1", "q4", "say 5 words")
    assert lines[-1]["saved"]
    messages = page.messages("c1")
    assert [m["seq"] for m in messages] == list(range(1, 9))
    assert [m["parent"] for m in messages][1:] == [m["id"] for m in messages][:-1], "one unbroken line"
