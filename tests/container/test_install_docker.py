"""deploy/install.sh --docker against a machine with its own Docker engine, systemd and sshd."""
import json

import pytest
from conftest import IMAGE, MODEL
from machine import Machine


@pytest.fixture(scope="module")
def machine(docker, image, tmp_path_factory):
    made = Machine(docker, tmp_path_factory.mktemp("machine"), "docker")
    yield made
    made.remove()


def remake(docker, folder, name, *lines):
    """An image that differs from IMAGE by some lines of a Dockerfile."""
    (folder / "Dockerfile").write_text("\n".join([f"FROM {IMAGE}", *lines]) + "\n")
    docker("build", "-q", "-t", name, str(folder), timeout=120)
    return name


def running_image(machine):
    return machine.run("docker", "inspect", "--format", "{{.Image}}", "samovar").stdout.strip()


def images(machine):
    return set(machine.run("docker", "images", "-aq", "--no-trunc").stdout.split())


def test_install_update_roll_back_and_uninstall(docker, machine, tmp_path):
    # No option says so: the machine has Docker.
    said = machine.install("--image", IMAGE, "--model", MODEL)
    assert "is healthy" in said and "sending image" in said
    assert json.loads(machine.get("/ui/config"))["name"] == "Samovar" and MODEL in machine.get("/api/tags").decode()
    made = json.loads(machine.run("docker", "inspect", "samovar").stdout)[0]
    assert made["HostConfig"]["ReadonlyRootfs"] and made["HostConfig"]["CapDrop"] == ["ALL"] and made["Config"]["User"] == "10001:10001"
    assert made["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert list(made["HostConfig"]["PortBindings"]) == ["8000/tcp"], "the API's own port stays inside"

    # A conversation, which all that follows must leave alone.
    with machine.open("/ui/config") as config:
        cookie = config.headers["Set-Cookie"].split(";")[0]
    body = json.dumps({"message": {"id": "q1", "content": "Hello"}, "settings": {"max_tokens": 4}}).encode()
    machine.get("/ui/chats/c1/runs", body=body, cookie=cookie)
    kept = json.loads(machine.get("/ui/chats/c1", cookie=cookie))["messages"]
    assert len(kept) == 2

    # The same again, with other settings: nothing is sent twice.
    first = running_image(machine)
    machine.install("--image", IMAGE, "--model", "none", "--set", "SAMOVAR_DRAIN=7")
    assert running_image(machine) == first
    assert "SAMOVAR_DRAIN=7" in machine.run("docker", "inspect", "--format", "{{.Config.Env}}", "samovar").stdout

    # A new version.
    newer = remake(docker, tmp_path, "localhost/samovar:newer", "LABEL version=newer")
    machine.install("--image", newer, "--model", "none", "--set", "SAMOVAR_DRAIN=7")
    second = running_image(machine)
    assert second != first and json.loads(machine.get("/ui/chats/c1", cookie=cookie))["messages"] == kept

    # One that cannot start: the second is back, with its settings and conversations.
    bad = remake(docker, tmp_path, "localhost/samovar:bad", 'CMD ["serve", "--port", "many"]')
    said = machine.install("--image", bad, "--model", "none", "--wait", "8", "--set", "SAMOVAR_DRAIN=9", code=1)
    assert "did not become healthy within 8 s" in said and "--port" in said and "is back" in said
    assert running_image(machine) == second
    assert "SAMOVAR_DRAIN=7" in machine.run("cat", "/etc/samovar/environment").stdout
    machine.wait(machine.answers, "what was there before", 30)
    assert json.loads(machine.get("/ui/chats/c1", cookie=cookie))["messages"] == kept

    # A third: of the earlier ones only the last is kept.
    newest = remake(docker, tmp_path, "localhost/samovar:newest", "LABEL version=newest")
    machine.install("--image", newest, "--model", "none")
    assert running_image(machine) in images(machine) and second in images(machine) and first not in images(machine)

    # The machine starts anew.
    machine.run("systemctl", "restart", "docker")
    machine.wait(machine.answers, "coming back with the machine", 60)

    machine.install("--uninstall")
    assert machine.run("docker", "inspect", "samovar", check=False).returncode != 0
    assert "samovar-models" in machine.run("docker", "volume", "ls", "-q").stdout
    machine.install("--image", IMAGE, "--model", "none")
    machine.wait(machine.answers, "coming back after an uninstall", 30)
    assert json.loads(machine.get("/ui/chats/c1", cookie=cookie))["messages"] == kept
    machine.install("--uninstall", "--purge")
    assert machine.run("docker", "volume", "ls", "-q").stdout.strip() == ""
    for name in (newer, bad, newest):
        docker("image", "rm", name, check=False)
