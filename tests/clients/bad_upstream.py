"""An upstream that speaks OpenAI's API and misbehaves as it is told."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "tea"


def event(content=None, finish=None):
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": content} if content else {}, "finish_reason": finish}]}).encode() + b"\n\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def do_GET(self):
        upstream = self.server.upstream
        if upstream.key and self.headers["Authorization"] != f"Bearer {upstream.key}":
            return self.answer(401, b'{"error":{"message":"Incorrect API key provided"}}')
        self.answer(200, json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model", "max_model_len": 2048}]}).encode())

    def do_POST(self):
        upstream = self.server.upstream
        upstream.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))), dict(self.headers)))
        try:
            getattr(self, upstream.fault)()
        except (BrokenPipeError, ConnectionResetError):
            upstream.hung_up.set()

    def none(self):
        self.begin_stream()
        for word in ("Good", " tea", "!"):
            self.wfile.write(event(word))
        self.wfile.write(event(finish="stop") + b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}\n\ndata: [DONE]\n\n')

    def refuse_429(self):
        self.answer(429, b'{"error":{"message":"Rate limit reached"}}')

    def refuse_500(self):
        self.answer(500, b'{"error":{"message":"CUDA error: an illegal instruction"}}')

    def refuse_503(self):
        self.answer(503, b"<html>No server is available</html>", "text/html")

    def refuse_400(self):
        self.answer(400, b'{"error":{"message":"temperature: too hot"}}')

    def close_at_once(self):
        self.close_connection = True

    def send_nonsense(self):
        self.answer(200, b"<html>hello</html>", "text/html")

    def break_json(self):
        self.begin_stream()
        self.wfile.write(b'data: {"choices":[{\n\n')

    def cut_in_mid_answer(self):
        self.begin_stream()
        self.wfile.write(event("Half") + event(" a cup"))

    def break_in_mid_answer(self):
        self.begin_stream()
        self.wfile.write(event("Half") + b"data: {{{\n\n")

    def fail_in_mid_answer(self):
        self.begin_stream()
        self.wfile.write(event("Half") + b'data: {"error":{"message":"out of water"}}\n\n')

    def stall(self):
        self.begin_stream()
        self.wfile.write(event("Half"))
        self.wfile.flush()
        self.wait_closed()

    def drip(self):
        self.begin_stream()
        for _ in range(600):
            self.wfile.write(event("drip "))
            time.sleep(0.05)

    def wait_closed(self):
        self.connection.settimeout(30)
        try:
            while self.connection.recv(1):
                pass
        except OSError:
            pass
        self.server.upstream.hung_up.set()


class BadUpstream:
    """with BadUpstream("refuse_500") as upstream: ... upstream.address"""

    def __init__(self, fault="none", key=""):
        self.fault, self.key = fault, key
        self.asked = []  # (path, body, headers)
        self.hung_up = threading.Event()  # the caller closed a connection before its answer was over

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.upstream = self
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.address = f"openai+{self.origin}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
