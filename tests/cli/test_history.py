"""Conversations on disk: kept over a kill, readable after a restart; `samovar config check`."""
import json
import urllib.request

from conftest import samovar


class Page:
    """What the chat page does: a cookie, JSON, streams of lines."""

    def __init__(self, server):
        self.url = f"http://127.0.0.1:{server.port}"
        with urllib.request.urlopen(f"{self.url}/ui/config", timeout=30) as answer:
            self.config = json.load(answer)
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def open(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        return urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=60)

    def get(self, path):
        with self.open("GET", path) as answer:
            return json.load(answer)

    def ask(self, chat, message, text, **settings):
        body = {"kind": "message", "message": {"id": message, "content": text},
                "settings": {"temperature": 0, "seed": 1, **settings}}
        return self.open("POST", f"/ui/chats/{chat}/runs", body)


def test_a_killed_server_loses_nothing_that_was_shown(start, tmp_path):
    server = start("--model", "smollm2:135m", SAMOVAR_DATA=str(tmp_path)).wait_until_ready()
    page = Page(server)
    assert page.config["history"] == {"stored": True, "shared": False, "notice": ""}
    with page.ask("c1", "q1", "Say hello.", max_tokens=8) as answer:
        lines = [json.loads(line) for line in answer if line.strip()]
    assert lines[-1]["type"] == "stats-final" and lines[-1]["saved"]
    shown = "".join(line.get("t", "") for line in lines)

    stream = page.ask("c1", "q2", "Write a very long story about tea.", max_tokens=4000)
    while page.get("/ui/chats/c1")["messages"][-1]["content"] == "":
        stream.readline()
    server.process.kill()
    server.process.wait()

    again = start("--model", "smollm2:135m", SAMOVAR_DATA=str(tmp_path)).wait_until_ready()
    page.url = f"http://127.0.0.1:{again.port}"
    chat = page.get("/ui/chats/c1")
    assert [message["state"] for message in chat["messages"]] == ["complete", "complete", "complete", "cut"]
    assert chat["messages"][1]["content"] == shown
    begun = chat["messages"][3]["content"]
    assert begun != ""
    with page.open("POST", "/ui/chats/c1/runs", {"kind": "continue", "message": chat["messages"][3]["id"],
                                                "settings": {"max_tokens": 5}}) as answer:
        lines = [json.loads(line) for line in answer if line.strip()]
    more = "".join(line.get("t", "") for line in lines)
    assert page.get("/ui/chats/c1")["messages"][3]["content"] == begun + more
    again.stop()
    assert (tmp_path / "history.db").stat().st_size > 0


def test_stateless_writes_nothing(start, tmp_path):
    server = start("--model", "smollm2:135m", SAMOVAR_DATA=str(tmp_path / "d"), SAMOVAR_STATELESS="1").wait_until_ready()
    assert not Page(server).config["history"]["stored"]
    assert not (tmp_path / "d").exists()


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    done = samovar("serve", "--port", "0", "--api-port", "0", SAMOVAR_DATA=str(tmp_path / "file" / "d"))
    assert done.returncode != 0
    assert "SAMOVAR_STATELESS=1" in done.stderr and str(tmp_path / "file" / "d") in done.stderr


def test_config_check(tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('name = "Tea"\n[[links]]\nlabel = "A"\nurl = "/a"\n')
    bad.write_text('name = "Tea"\n\n[features]\nshare = 1\n')
    done = samovar("config", "check", str(good))
    assert done.returncode == 0 and done.stdout == f"{good} is right: 0 profile(s), 0 starter(s), 1 link(s), 0 command(s)\n"
    done = samovar("config", "check", str(bad))
    assert done.returncode != 0
    assert f"{bad} line 4, key 'features.share': expected true or false, got an integer" in done.stderr
    done = samovar("serve", "--port", "0", "--api-port", "0", SAMOVAR_CONFIG=str(bad), SAMOVAR_STATELESS="1")
    assert done.returncode != 0 and "line 4" in done.stderr
