"""How requests get in: HTTPS, a plain port beside it, proxies in front, a path prefix, and where values come from."""
import json
import os
import re
import socket
import ssl
import subprocess
import time

import pytest
import requests
from own_server import OwnServer, free_port

BINARY = os.environ["SAMOVAR_BINARY"]
NO_MODEL = {"SAMOVAR_MODELS": "/nonexistent/models"}


def make_certificate(folder, name="tea", *more):
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate), *more],
                   check=True, capture_output=True, timeout=30)
    return str(certificate), str(key)


def run(*arguments, cwd=None, **settings):
    environment = {**os.environ, **settings}
    environment.pop("OLLAMA_HOST", None)
    return subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=60, cwd=cwd)


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = make_certificate(folder)
    http_port = free_port()
    with OwnServer(folder, SAMOVAR_TLS_CERT=certificate, SAMOVAR_TLS_KEY=key, SAMOVAR_HTTP_PORT=str(http_port)) as server:
        server.page_url = server.page_url.replace("http:", "https:")
        server.http_url, server.certificate = f"http://127.0.0.1:{http_port}", certificate
        yield server


def test_the_page_and_the_api_come_over_https(secure):
    with requests.Session() as session:
        session.trust_env, session.verify = False, secure.certificate
        page = session.get(secure.page_url + "/", timeout=10)
        assert page.status_code == 200 and "<title>Samovar" in page.text
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert session.get(secure.page_url + "/ui/config", timeout=10).status_code == 200
        answer = session.post(secure.page_url + "/api/chat", json={"model": "smollm2:135m", "messages": [{"role": "user", "content": "Hi"}],
                                                                  "options": {"num_predict": 20}}, stream=True, timeout=60)
        lines = [json.loads(line) for line in answer.iter_lines()]
        assert lines[-1]["done"] and len(lines) > 3


def test_plain_requests_are_sent_to_https(secure):
    port = secure.page_url.rsplit(":", 1)[1]
    for url in (secure.page_url.replace("https:", "http:"), secure.http_url):
        answer = requests.get(url + "/api/tags?a=1", timeout=10, allow_redirects=False)
        assert answer.status_code == 308, url
        assert answer.headers["Location"] == f"https://127.0.0.1:{port}/api/tags?a=1"
    followed = requests.get(secure.http_url + "/api/version", timeout=10, verify=secure.certificate)
    assert followed.json()["version"]


def test_the_apis_own_port_stays_on_this_machine(secure):
    assert requests.get(secure.url + "/api/version", timeout=10).status_code == 200
    with pytest.raises(ssl.SSLError):
        context = ssl.create_default_context()
        context.wrap_socket(socket.create_connection(("127.0.0.1", secure.port), timeout=10), server_hostname="localhost")


def test_the_health_check_asks_over_https_too(secure):
    done = run("health", secure.page_url + "/readyz", "--insecure")
    assert done.returncode == 0, done.stderr
    refused = run("health", secure.page_url + "/readyz")
    assert refused.returncode != 0 and "certificate" in refused.stderr


def test_a_renewed_certificate_is_taken_while_running(secure, tmp_path):
    def shown():
        return ssl.get_server_certificate(("127.0.0.1", secure.page_port))

    before = shown()
    new_certificate, new_key = make_certificate(tmp_path, "new")
    os.replace(new_key, secure.certificate.replace(".crt", ".key"))
    os.replace(new_certificate, secure.certificate)
    deadline = time.monotonic() + 10
    while shown() == before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert shown() != before


@pytest.mark.parametrize("settings, sentence", [
    ({"SAMOVAR_TLS_CERT": "CERT"}, "--tls-key is missing"),
    ({"SAMOVAR_TLS_CERT": "CERT", "SAMOVAR_TLS_KEY": "OTHER"}, "does not belong to the certificate"),
    ({"SAMOVAR_TLS_CERT": "/nonexistent.crt", "SAMOVAR_TLS_KEY": "KEY"}, "/nonexistent.crt: no certificate in PEM can be read"),
    ({"SAMOVAR_HTTP_PORT": "8080"}, "--http-port sends to HTTPS"),
    ({"SAMOVAR_TRUSTED_PROXIES": "127.0.0.1,proxy"}, "'proxy' is no address"),
    ({"SAMOVAR_PATH_PREFIX": "chat?"}, "expected a path such as /chat"),
    ({"SAMOVAR_PORT": "many"}, 'SAMOVAR_PORT: "many"'),
    ({"SAMOVAR_LOG_FORMAT": "xml"}, 'SAMOVAR_LOG_FORMAT: "xml"'),
])
def test_a_wrong_value_is_named(tmp_path, settings, sentence):
    certificate, key = make_certificate(tmp_path)
    _, other = make_certificate(tmp_path, "other")
    places = {"CERT": certificate, "KEY": key, "OTHER": other}
    settings = {name: places.get(value, value) for name, value in settings.items()}
    done = run("serve", "--api-port", "0", SAMOVAR_DATA=str(tmp_path), **NO_MODEL, **settings)
    assert done.returncode != 0
    assert sentence in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_a_name_is_allowed_behind_a_proxy_on_loopback(tmp_path):
    with OwnServer(tmp_path, models=(), SAMOVAR_ALLOWED_HOSTS="chat.example.org", SAMOVAR_TRUSTED_PROXIES="127.0.0.1", **NO_MODEL) as server:
        def status(**headers):
            return requests.get(server.page_url + "/ui/config", headers=headers, timeout=10).status_code

        assert status(Host="chat.example.org") == 200
        assert status(Host="evil.example.org") == 403
        assert status(**{"X-Forwarded-Host": "evil.example.org"}) == 403
        secure = requests.get(server.page_url + "/", headers={"X-Forwarded-Proto": "https", "Origin": "https://chat.example.org", "X-Forwarded-Host": "chat.example.org"}, timeout=10)
        assert secure.status_code == 200  # the same origin, as the browser sees it


def test_below_a_path_prefix(tmp_path):
    with OwnServer(tmp_path, models=(), SAMOVAR_PATH_PREFIX="/chat/", **NO_MODEL) as server:
        for path in ("/chat", "/chat/", "/"):
            page = requests.get(server.page_url + path, timeout=10)
            assert page.status_code == 200, path
            links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
            assert links and all(link.startswith("/chat/") for link in links), links
            for link in links:
                assert requests.get(server.page_url + link, timeout=10).status_code == 200, link
        assert requests.get(server.page_url + "/chat/ui/config", timeout=10).json()["name"] == "Samovar"


def table_of(text):
    rows = [re.split(r"\s{4,}", line.strip()) for line in text.splitlines()]
    assert rows[0] == ["KEY", "VALUE", "FROM"]
    return {row[0]: (row[1], row[2]) for row in rows[1:]}


def test_config_show_says_where_each_value_comes_from(tmp_path):
    (tmp_path / "samovar.toml").write_text('name = "Tea"\n[server]\nport = 8001\napi_port = 8002\ndrain = 5\nmemory = "1GB"\n')
    done = run("config", "show", "--port", "8004", cwd=tmp_path, SAMOVAR_API_PORT="8003", SAMOVAR_PORT="8005")
    assert done.returncode == 0, done.stderr
    rows = table_of(done.stdout)
    assert rows["port"] == ("8004", "--port")
    assert rows["api_port"] == ("8003", "SAMOVAR_API_PORT")
    assert rows["drain"] == ("5", "samovar.toml line 5")
    assert rows["memory"] == ("1GB", "samovar.toml line 6")
    assert rows["host"] == ("127.0.0.1", "default")


def test_the_file_sets_what_the_server_does(tmp_path):
    port = free_port()
    (tmp_path / "samovar.toml").write_text(f'[server]\nmodels = "/nonexistent/models"\nstateless = true\npath_prefix = "/tea"\nhttp_port = 0\nlog_format = "json"\ndata = "{tmp_path}"\n')
    settings = {"SAMOVAR_CONFIG": str(tmp_path / "samovar.toml")}
    environment = {name: value for name, value in os.environ.items() if name != "SAMOVAR_MODELS"}
    process = subprocess.Popen([BINARY, "serve", "--api-port", "0", "--port", str(port)], env={**environment, **settings}, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 20
        answer = None
        while answer is None and time.monotonic() < deadline:
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/tea/ui/config", timeout=5)
            except requests.ConnectionError:
                time.sleep(0.05)
        assert answer is not None and answer.json()["history"]["stored"] is False
    finally:
        process.terminate()
        text = process.communicate(timeout=20)[0]
    log = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert any("stopping" in line["message"] and line["level"] == "info" for line in log), text


@pytest.mark.parametrize("text, sentence", [
    ("[server]\nprot = 1\n", "line 2, key 'server.prot': no such key"),
    ("[server]\nport = 8.5\n", "line 2, key 'server.port': expected a string, a whole number"),
    ("[server]\n\nport = 99999\n", "line 3, key 'server.port': \"99999\""),
    ("[server\n", "line 1"),
])
def test_a_mistake_in_the_file_is_named(tmp_path, text, sentence):
    (tmp_path / "samovar.toml").write_text(text)
    done = run("serve", "--api-port", "0", cwd=tmp_path, SAMOVAR_DATA=str(tmp_path), **NO_MODEL)
    assert done.returncode != 0
    assert sentence in done.stderr, done.stderr
