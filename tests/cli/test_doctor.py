"""`samovar doctor` and `samovar health`."""
import socket

from conftest import free_port, samovar


def ports(api=None):
    return "--port", str(free_port()), "--api-port", str(api or free_port())


def test_a_healthy_machine(tmp_path):
    result = samovar("doctor", *ports(), SAMOVAR_DATA=str(tmp_path))
    assert result.returncode == 0, result.stdout
    assert "BAD" not in result.stdout
    for part in ("processor: ", "cores: ", "memory: ", "model smollm2:135m: needs ", f"conversations: {tmp_path}"):
        assert part in result.stdout, part


def test_what_is_wrong_is_named_with_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = samovar("doctor", *ports(port), SAMOVAR_MODELS=str(tmp_path / "none"))
    assert "models: there is none" in result.stdout and "samovar pull" in result.stdout
    assert f"API's port: 127.0.0.1:{port} is taken" in result.stdout
    damaged = tmp_path / "models/manifests/registry.ollama.ai/library/tea/latest"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("{")
    result = samovar("doctor", *ports(), SAMOVAR_MODELS=str(tmp_path / "models"))
    assert result.returncode == 1 and "BAD   models: " in result.stdout
    result = samovar("doctor", *ports(), OLLAMA_HOST="http://127.0.0.1:9")
    assert result.returncode == 1 and "BAD   upstream: " in result.stdout


def test_health_tells_whether_a_server_is_ready(start):
    server = start("--model", "smollm2:135m").wait_until_ready()
    good = samovar("health", f"http://127.0.0.1:{server.port}/readyz")
    assert good.returncode == 0, good.stderr
    missing = samovar("health", f"http://127.0.0.1:{server.port}/nowhere")
    assert missing.returncode == 1
    nobody = samovar("health", f"http://127.0.0.1:{free_port()}/readyz")
    assert nobody.returncode == 1 and "refused" in nobody.stderr
