"""What can go wrong with the place where conversations are kept, and what people are told."""
import os
import sqlite3
import subprocess

import pytest
from conftest import PROGRAM, Page, Server, clean_environment, samovar, wait_for
from upstream import words

SECRET = "pa55word"


def fails_to_serve(**environment):
    """The one sentence that it ends with."""
    done = samovar("serve", "--port", "0", "--api-port", "0", **environment)
    assert done.returncode == 1, done.stdout
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, done.stderr
    assert SECRET not in done.stdout + done.stderr
    return errors[0]


@pytest.mark.parametrize("url, told", [
    ("mysql://anna:pa55word@db/chats", "expected postgresql://USER:PASSWORD@HOST:PORT/NAME"),
    ("postgresql://anna:pa55word@x@db/chats", "with %40 for @"),
    ("postgresql://anna:pa55word@db/chats?colour=red", "expected postgresql://"),
])
def test_a_wrong_address_is_one_sentence_without_its_password(tmp_path, url, told):
    assert told in fails_to_serve(SAMOVAR_DATABASE=url, SAMOVAR_DATA=str(tmp_path))


@pytest.mark.parametrize("url", ["postgresql://anna:pa55word@db/chats", "postgresql://anna:x@pa55word@db/chats",
                                 "host=db user=anna password=pa55word", "postgresql://db/chats?password=pa55word"])
def test_the_configuration_is_shown_without_the_password(url):
    shown = samovar("config", "show", SAMOVAR_DATABASE=url).stdout
    assert "SAMOVAR_DATABASE" in shown and SECRET not in shown


def test_a_server_that_is_not_there_is_named(tmp_path):
    done = samovar("db", "status", SAMOVAR_DATABASE="postgresql://anna:pa55word@127.0.0.1:1/chats", SAMOVAR_DATA=str(tmp_path))
    assert done.returncode == 1 and "postgresql://anna@127.0.0.1:1/chats cannot be reached" in done.stderr
    assert SECRET not in done.stderr


def test_a_wrong_user_or_database_is_named(postgres, tmp_path):
    assert 'role "nobody" does not exist' in fails_to_serve(
        SAMOVAR_DATA=str(tmp_path), SAMOVAR_DATABASE=postgres.url("postgres").replace("samovar:", "nobody:"))
    assert 'database "none" does not exist' in fails_to_serve(SAMOVAR_DATA=str(tmp_path), SAMOVAR_DATABASE=postgres.url("none"))


def test_the_address_may_come_from_a_file(start, make_place, tmp_path):
    place = make_place("postgresql")
    file = tmp_path / "url"
    file.write_text(place.environment.pop("SAMOVAR_DATABASE") + "\n")
    server = start(place, SAMOVAR_DATABASE_FILE=str(file)).wait_until_ready()
    assert Page(server).config["history"]["stored"]
    output = server.stop()
    assert "postgresql://samovar@" in output and SECRET not in output
    both = fails_to_serve(SAMOVAR_DATA=str(tmp_path), SAMOVAR_DATABASE_FILE=str(file), SAMOVAR_DATABASE="postgresql://db/x")
    assert "only one of them" in both


def test_a_database_that_goes_and_comes_back(start, make_place, postgres):
    place = make_place("postgresql")
    server = start(place).wait_until_ready()
    page = Page(server)
    assert page.ask("c1", "q1", "say 3 words")[-1]["saved"]
    stream = page.start("c1", "q2", "say 30 words every 50 ms")
    stream.readline()
    postgres.stop("immediate")
    try:
        lines = [line for line in stream.read().decode().splitlines() if line]
        assert '"type":"stats-final"' in lines[-1] and '"saved":false' in lines[-1], lines[-1]
        assert "the database postgresql://samovar@" in lines[-1] and SECRET not in lines[-1]
        status, error = page.refused("POST", "/ui/chats/c1/runs", {"kind": "message", "message": {"id": "q3", "content": "x"}})
        assert status >= 500 and "the database postgresql://samovar@" in error["message"], error
    finally:
        postgres.start()
    wait_for(lambda: page.messages("c1")[-1]["state"] == "complete", 30, "saving the answer")
    assert page.messages("c1")[-1]["content"] == words(30)
    assert page.ask("c1", "q3", "say 3 words")[-1]["saved"], "the same message again"
    assert [m["id"] for m in page.messages("c1")][::2] == ["q1", "q2", "q3"]
    assert SECRET not in server.stop()


def test_a_damaged_file_is_put_aside(start, make_place):
    place = make_place("sqlite")
    place.folder.mkdir()
    (place.folder / "history.db").write_bytes(b"not a database " * 1000)
    page = Page(start(place).wait_until_ready())
    assert "damaged" in page.config["history"]["notice"]
    aside = [file for file in place.folder.iterdir() if ".damaged-" in file.name]
    assert len(aside) == 1 and aside[0].read_bytes() == b"not a database " * 1000
    assert page.ask("c1", "q1", "say 3 words")[-1]["saved"]


def test_tables_of_a_newer_program_are_left_alone(place, start, postgres):
    start(place).wait_until_ready().stop()
    if place.kind == "sqlite":
        with sqlite3.connect(place.folder / "history.db") as database:
            database.execute("PRAGMA user_version = 99")
    else:
        postgres._run("psql", "-q", "-d", place.environment["SAMOVAR_DATABASE"], "-c", "UPDATE samovar_version SET version = 99")
    told = fails_to_serve(**place.environment)
    assert "was written by a newer Samovar" in told and "update the program" in told
    assert "version 99 (made by a newer program than this one)" in samovar("db", "status", **place.environment).stdout


def in_own_mounts(script):
    """A command before the program that runs `script` with mounts of its own; $1 and on is the program."""
    return ["unshare", "-m", "sh", "-c", script + ' && exec "$@"', "sh"]


needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0,
    reason="mounting needs root")


@needs_mounts
def test_a_folder_that_may_only_be_read(make_place, upstream):
    place = make_place("sqlite")
    place.folder.mkdir()
    read_only = f"mount --bind {place.folder} {place.folder} && mount -o remount,ro,bind {place.folder}"
    done = subprocess.run([*in_own_mounts(read_only), PROGRAM, "serve", "--port", "0", "--api-port", "0"], text=True, timeout=60,
                          capture_output=True, env=clean_environment(OLLAMA_HOST=upstream.url, **place.environment), check=False)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1 and str(place.folder) in errors[0] and "SAMOVAR_DATA" in errors[0], done.stderr


@needs_mounts
def test_a_full_disk_is_told_and_answers_are_saved_when_there_is_room(make_place, upstream):
    place = make_place("sqlite")
    place.folder.mkdir()
    small = f"mount -t tmpfs -o size=3m none {place.folder} && head -c 1000000 /dev/zero > {place.folder}/ballast"
    server = Server(before=in_own_mounts(small), OLLAMA_HOST=upstream.url, **place.environment)
    try:
        server.wait_until_ready()
        page = Page(server)
        finished = []
        for i in range(200):
            lines = page.ask("c1", f"q{i}", "say 20000 words") if i else page.ask("c1", "q0", "say 3 words")
            if lines[-1]["type"] != "stats-final" or not lines[-1]["saved"]:
                break
            finished.append(f"q{i}")
        assert "the disk is full" in lines[-1].get("save_error", ""), lines[-1]
        assert page.messages("c1")[0]["id"] == "q0", "reading goes on"
        inside = ["nsenter", "-t", str(server.process.pid), "-m"]
        subprocess.run([*inside, "rm", str(place.folder / "ballast")], check=True)
        wait_for(lambda: page.messages("c1")[-1]["state"] == "complete", 30, "saving the answer")
        by_parent = {m["parent"]: m for m in page.messages("c1")}
        for question in [*finished[1:], f"q{i}"]:
            assert by_parent[question]["content"] == words(20000), question
        server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
