"""A small registry with one model, that misbehaves in the ways a test asks for."""
import hashlib
import http.server
import json
import re
import threading
import time

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class FaultyRegistry:
    """Faults are plain members; `requests` is what came, `sent_bytes` what was given of the model's file."""

    def __init__(self, file):
        weights = file.read_bytes()
        config = json.dumps({"model_format": "gguf", "model_family": "llama", "model_families": ["llama"],
                             "model_type": "1M", "file_type": "F32"}).encode()
        system = b"You are a pirate."
        self.weights_digest = digest_of(weights)
        self.blobs = {digest_of(b): b for b in (weights, config, system)}
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": self.weights_digest, "size": len(weights)}
        self.manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                         "config": {"mediaType": "application/vnd.docker.container.image.v1+json",
                                    "digest": digest_of(config), "size": len(config)},
                         "layers": [layer, {"mediaType": "application/vnd.ollama.image.system",
                                            "digest": digest_of(system), "size": len(system)}]}
        self.requests = []
        self.sent_bytes = 0
        self.lock = threading.Lock()
        self.cut_after = None       # bytes of a longer range, once
        self.bytes_per_second = None
        self.redirect = False       # blobs are on another host
        self.redirect_for_ever = False
        self.token = None           # asked for
        self.ignore_ranges = False
        self.wrong_start = False    # answers with another range than was asked for
        self.wrong_total = False    # says that the file is larger
        self.wrong_bytes = False    # of the right number
        self.unavailable = 0        # so many answers of 503 for blobs first
        self.refuse_blobs = None    # a status
        self.uploads = {}

    def __enter__(self):
        registry = self

        class Handler(RegistryHandler):
            pass

        Handler.registry = registry
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def paths(self, pattern):
        return [line for line in self.requests if re.search(pattern, line)]


class RegistryHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry = None

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def note(self):
        """A proxy is asked for whole addresses."""
        self.path = re.sub(r"^http://[^/]*", "", self.path)
        with self.registry.lock:
            self.registry.requests.append(
                f"{self.command} {self.path} host={self.headers.get('Host')} "
                f"range={self.headers.get('Range')} auth={self.headers.get('Authorization')}")

    def lacks_token(self):
        r = self.registry
        if not r.token or self.headers.get("Authorization") == f"Bearer {r.token}":
            return False
        self.answer(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}',
                    WWW_Authenticate=f'Bearer realm="{r.url}/token",service="test",scope="repository:library/m:pull"')
        return True

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        r = self.registry
        self.note()
        if self.path.startswith("/token"):
            return self.answer(200, json.dumps({"token": r.token}).encode())
        if self.path.startswith("/file/"):
            return self.blob(r.weights_digest)
        if self.path.startswith("/cdn/"):
            return self.blob(self.path.removeprefix("/cdn/"))
        if self.lacks_token():
            return None
        if self.path == "/v2/library/m/manifests/latest":
            return self.answer(200, json.dumps(r.manifest).encode(), Content_Type=MANIFEST_TYPE)
        if "/manifests/" in self.path:
            return self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        if r.redirect_for_ever:
            return self.answer(307, Location=self.path)
        digest = self.path.split("/")[-1]
        if r.redirect:
            return self.answer(307, Location=f"http://localhost:{r.port}/cdn/{digest}")
        return self.blob(digest)

    def blob(self, digest):
        r = self.registry
        data = r.blobs.get(digest)
        if data is None:
            return self.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
        if r.refuse_blobs:
            return self.answer(r.refuse_blobs, b'{"errors":[{"message":"go away"}]}')
        with r.lock:
            r.unavailable -= 1
            if r.unavailable >= 0:
                return self.answer(503, b"later")
        asked = re.match(r"bytes=(\d+)-(\d+)$", self.headers.get("Range") or "")
        first, last, status = 0, len(data) - 1, 200
        if asked and not r.ignore_ranges:
            first, last, status = int(asked[1]), min(int(asked[2]), len(data) - 1), 206
        big = digest == r.weights_digest
        self.send_response(status)
        self.send_header("Content-Length", str(last - first + 1))
        if status == 206:
            shown = first + 7 if r.wrong_start and last > first else first
            self.send_header("Content-Range", f"bytes {shown}-{last}/{len(data) + (9 if r.wrong_total else 0)}")
        self.end_headers()
        return None if self.command == "HEAD" else self.send_range(data[first:last + 1], big)

    def send_range(self, data, big):
        r = self.registry
        if r.wrong_bytes and big:
            data = bytes(b ^ 1 for b in data[:16]) + data[16:]
        step, sent = 1 << 18, 0
        while sent < len(data):
            piece = data[sent:sent + step]
            if r.cut_after and big and len(data) > r.cut_after:
                self.wfile.write(piece[:r.cut_after])
                r.cut_after = None
                self.close_connection = True
                return
            try:
                self.wfile.write(piece)
            except OSError:
                self.close_connection = True
                return
            sent += len(piece)
            if big:
                with r.lock:
                    r.sent_bytes += len(piece)
            if r.bytes_per_second:
                time.sleep(len(piece) / r.bytes_per_second)

    # Uploads, as a registry takes them.
    def do_POST(self):
        self.note()
        if self.lacks_token():
            return
        self.registry.uploads["u"] = b""
        self.answer(202, Location="/v2/up/u?state=1")

    def do_PATCH(self):
        self.note()
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.lacks_token():
            return
        r = self.registry
        if r.unavailable > 0:
            r.unavailable -= 1
            self.answer(503, b"later")
            return
        r.uploads["u"] += data
        self.answer(202, Location="/v2/up/u?state=2")

    def do_PUT(self):
        self.note()
        data = self.rfile.read(int(self.headers["Content-Length"]))
        r = self.registry
        if "/manifests/" in self.path:
            r.manifest = json.loads(data)
        else:
            r.blobs[digest_of(r.uploads["u"])] = r.uploads["u"]
        self.answer(201)
