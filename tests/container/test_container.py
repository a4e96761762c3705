"""The container as a user runs it: the specification's check list, crashes, restarts, small machines."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from conftest import IMAGE, MODEL

HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--pids-limit", "64")


def test_what_the_image_says_of_itself(docker, image):
    config = json.loads(docker.text("image", "inspect", image))[0]
    assert config["Config"]["User"] == "10001:10001"
    assert "8000/tcp" in config["Config"]["ExposedPorts"]
    assert config["Config"]["Volumes"] == {"/data": {}}
    assert config["Config"]["Healthcheck"]["Test"] == ["CMD", "samovar", "health"]
    assert config["Config"]["StopSignal"] == "SIGTERM"
    layers = docker.text("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image)
    without_model = sum(int(line.split()[0]) for line in layers.splitlines() if "/models" not in line.split(" ", 1)[1])
    assert without_model <= 80_000_000, f"{without_model} bytes beside the model"


def test_the_specifications_check_list(docker, start):
    container = start("--restart=always", *HARDENED)
    # 1 the container runs; 2 the API answers; 3 the page is there; 4 the model is loaded
    assert container.name in docker.text("ps", "--format", "{{.Names}}")
    assert [model["name"] for model in container.get("/api/tags")["models"]] == [MODEL]
    with container.open("/") as page:
        assert page.status == 200 and b"<title>" in page.read()
    assert [model["name"] for model in container.get("/api/ps")["models"]] == [MODEL]
    # 5 models to choose from; 6 an answer; 8 its figures
    container.log_in()
    assert [model["name"] for model in container.get("/ui/models")["models"]] == [MODEL]
    events = container.ask("c1", "Say hello.")
    assert "".join(event.get("t", "") for event in events)
    assert events[-1]["type"] == "stats-final" and events[-1]["seconds"] > 0 and events[-1]["characters"] > 0
    # 7 the history is kept in the session, and behind it
    assert len(container.get("/ui/chats/c1")["messages"]) == 2
    # The health check of the image itself.
    deadline = time.monotonic() + 60
    while container.inspect(".State.Health.Status") != "healthy":
        assert time.monotonic() < deadline, container.inspect("json .State.Health")
        time.sleep(0.5)
    # Not root, no capabilities, nothing to write on but /data and /tmp.
    status = container.docker.text("exec", container.name, "samovar", "--version")
    assert status
    pid = container.inspect(".State.Pid")
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.rstrip().split(":\t", 1) for line in file if ":\t" in line)
    assert fields["Uid"].split()[0] == "10001" and int(fields["CapEff"], 16) == 0


def test_an_unreachable_upstream_is_shown(start):
    # 9 of the check list
    container = start("-e", "OLLAMA_HOST=http://127.0.0.1:9", wait=False)
    container.wait_until("/healthz")
    container.log_in()
    with pytest.raises(urllib.error.HTTPError) as refused:
        container.get("/ui/models")
    error = json.load(refused.value)["error"]
    assert error["code"] == "unavailable" and "http://127.0.0.1:9 refused the connection" in error["message"]


def test_it_comes_back_and_remembers(start):
    container = start("--restart=always", *HARDENED)
    container.log_in()
    container.ask("c1", "Remember tea.")
    before = container.get("/ui/chats/c1")["messages"]
    # Not by `docker kill`, which the engine takes for a wish of the user's.
    os.kill(int(container.inspect(".State.Pid")), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while int(container.inspect(".RestartCount")) < 1:
        assert time.monotonic() < deadline, "not started again after a crash"
        time.sleep(0.2)
    container.wait_until()
    assert container.get("/ui/chats/c1")["messages"] == before
    # A new container on the old volume, as in an update.
    container.docker("rm", "-f", container.name)
    container.docker("run", "-d", "--name", container.name, "-p", "127.0.0.1::8000", "-v", f"{container.volume}:/data", IMAGE)
    container.wait_until()
    assert container.get("/ui/chats/c1")["messages"] == before


def test_stopping_lets_a_running_answer_end(start):
    container = start()
    container.log_in()
    body = {"kind": "message", "message": {"id": "q1", "content": "Tell a story about tea."},
            "settings": {"temperature": 0, "max_tokens": 120}}
    with container.open("/ui/chats/c1/runs", body) as answer:
        first = [json.loads(answer.readline())]
        while not first[-1].get("t"):
            line = answer.readline()
            if line.strip():
                first.append(json.loads(line))
        stopping = subprocess.Popen([container.docker.program, "stop", "-t", "40", container.name], env=container.docker.environment,
                                    stdout=subprocess.DEVNULL)
        rest = [json.loads(line) for line in answer if line.strip()]
    assert rest[-1]["type"] == "stats-final", rest[-1]
    assert stopping.wait(60) == 0
    assert container.inspect(".State.ExitCode") == "0"


def test_it_runs_on_the_smallest_machine(start):
    container = start("--memory", "4g", "--cpus", "1", *HARDENED)
    container.log_in()
    events = container.ask("c1", "Say hello.")
    assert events[-1]["type"] == "stats-final"


def test_a_dead_port_is_unhealthy(start):
    container = start("--health-interval", "1s", "--health-retries", "1", "--health-start-period", "1s", wait=False,
                      command=("serve", "--host", "0.0.0.0", "--port", "8001"))
    deadline = time.monotonic() + 30
    while container.inspect(".State.Health.Status") != "unhealthy":
        assert time.monotonic() < deadline, container.inspect("json .State.Health")
        time.sleep(0.3)


def test_a_pdf_is_read_without_a_system_around_the_program(start):
    """poppler and iconv find what they need in the image."""
    container = start()
    container.log_in()
    request = urllib.request.Request(container.url("/ui/attachments?name=tea.pdf"), PDF,
                                     {"Content-Type": "application/octet-stream", "Cookie": container.cookie})
    with urllib.request.urlopen(request, timeout=30) as answer:
        attachment = json.load(answer)
    assert "Tea from the samovar" in container.get("/ui/attachments/" + attachment["id"])["text"]


def make_pdf(text):
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
               b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + table + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)


PDF = make_pdf("Tea from the samovar")
