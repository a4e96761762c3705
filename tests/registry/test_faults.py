"""Registries that are slow, cut connections, redirect, ask for tokens, or lie."""
import json
import threading
import time
import urllib.request

import pytest

from conftest import TINY


def pull(samovar, bad, model="library/m"):
    return samovar("pull", "--insecure", f"{bad.url}/{model}")


def assert_pulled(samovar, result):
    assert result.returncode == 0, result.errors
    samovar.check()
    assert len(samovar.names()) == 1


def test_redirects_are_followed_and_tokens_not_passed_on(samovar, bad):
    bad.redirect, bad.token = True, "secret"
    assert_pulled(samovar, pull(samovar, bad))
    assert bad.paths(r"^GET /token\?scope=repository%3Alibrary%2Fm%3Apull&service=test ")
    there = bad.paths("^GET /cdn/")
    assert there and all("host=localhost" in line and "auth=None" in line for line in there)
    assert all("auth=Bearer secret" in line for line in bad.paths("^GET /v2/.*/blobs/"))


def test_a_cut_connection_goes_on_where_it_was(samovar, bad):
    bad.cut_after = 1000
    result = pull(samovar, bad)
    assert_pulled(samovar, result)
    assert bad.paths("range=bytes=1000-")


def test_a_server_without_ranges(samovar, bad):
    bad.ignore_ranges = True
    assert_pulled(samovar, pull(samovar, bad))


def test_a_busy_server_is_asked_again(samovar, bad):
    bad.unavailable = 2
    assert_pulled(samovar, pull(samovar, bad))


@pytest.mark.parametrize("fault, said", [
    ("wrong_total", "bytes instead of"),
    ("wrong_bytes", "digest mismatch, file must be downloaded again: want sha256:"),
])
def test_lies_are_told_and_leave_nothing_behind(samovar, bad, fault, said):
    setattr(bad, fault, True)
    result = pull(samovar, bad)
    assert result.returncode == 1
    assert said in result.errors, result.errors
    assert samovar.names() == []
    setattr(bad, fault, False)
    assert_pulled(samovar, pull(samovar, bad))


def test_a_refusal_is_final_and_says_why(samovar, bad):
    bad.refuse_blobs = 403
    result = pull(samovar, bad)
    assert result.returncode == 1
    assert "go away" in result.errors and "403" in result.errors


def test_a_manifest_that_is_none(samovar, bad):
    bad.manifest = {"hello": "world"}
    result = pull(samovar, bad)
    assert result.returncode == 1
    assert "sent no model's manifest" in result.errors


def test_the_disk_is_looked_at_first(samovar, bad):
    bad.manifest["layers"][0]["size"] = 1 << 60
    result = pull(samovar, bad)
    assert result.returncode == 1
    assert "not enough space on the disk" in result.errors
    assert not bad.paths("/blobs/"), "nothing was downloaded"


def test_plain_http_only_when_allowed(samovar, bad):
    result = samovar("pull", f"{bad.url}/library/m")
    assert result.returncode == 1
    assert not bad.requests
    result = samovar("pull", "--insecure", f"127.0.0.1:{bad.port}/library/m")
    assert_pulled(samovar, result)


def test_the_address_of_a_gguf_file(samovar, bad):
    result = samovar("pull", "--insecure", f"{bad.url}/file/Some Model-Q4.gguf".replace(" ", "_"))
    assert result.returncode == 0, result.errors
    assert samovar.names() == ["some_model-q4:latest"]
    samovar.check()
    refused = samovar("pull", f"{bad.url}/file/x.gguf")
    assert refused.returncode == 1 and "plain HTTP" in refused.errors


def test_push_with_a_token_to_a_server_that_fails_once(samovar, bad, tmp_path):
    assert samovar("import", TINY, "tiny").returncode == 0
    name = f"127.0.0.1:{bad.port}/library/m"
    assert samovar("cp", "tiny", name).returncode == 0
    bad.token, bad.unavailable, bad.blobs = "secret", 1, {}
    result = samovar("push", "--insecure", f"{bad.url}/library/m")
    assert result.returncode == 0, result.errors
    assert bad.weights_digest in bad.blobs
    assert len(bad.manifest["layers"]) == 1


def test_a_client_that_leaves_ends_the_pull(samovar, bad, serve):
    bad.bytes_per_second = 200_000
    api = serve()
    request = urllib.request.Request(
        f"{api}/api/pull", json.dumps({"model": f"{bad.url}/library/m", "insecure": True}).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.loads(answer.readline()) == {"status": "pulling manifest"}
        answer.readline()
    time.sleep(0.7)
    sent = bad.sent_bytes
    time.sleep(1)
    assert bad.sent_bytes == sent
    bad.bytes_per_second = None
    assert_pulled(samovar, pull(samovar, bad))


def test_two_pulls_of_the_same_at_once(samovar, bad):
    bad.bytes_per_second = 2_000_000
    results = []
    threads = [threading.Thread(target=lambda: results.append(pull(samovar, bad))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.returncode for result in results] == [0, 0], [result.errors for result in results]
    samovar.check()


def test_a_proxy_of_the_environment(samovar, bad):
    result = samovar("pull", "--insecure", "http://registry.test/library/m", http_proxy=bad.url)
    assert_pulled(samovar, result)
    assert all("host=registry.test" in line for line in bad.requests)


def test_run_fetches_a_model_that_is_not_there(samovar, bad):
    result = samovar("run", f"http://127.0.0.1:{bad.port}/library/m", "Hi", https_proxy="http://127.0.0.1:1")
    assert result.returncode == 1
    assert "pulling manifest" in result.errors and "cannot be fetched: pull model manifest: " in result.errors
