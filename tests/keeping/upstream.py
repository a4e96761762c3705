"""An Ollama server that says what it is asked to: `say N words` gives w0 w1 ... at `pause` seconds a word."""
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "fake:latest"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _send(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/api/tags":
            return self._send({"models": [{"name": MODEL, "model": MODEL, "size": 1, "digest": "0" * 64,
                                           "modified_at": "2026-01-01T00:00:00Z", "details": {}}]})
        self._send({"version": "0.1", "models": []})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path != "/api/chat":
            return self._send({"details": {}, "model_info": {}, "capabilities": ["completion"]})
        wanted = re.search(r"say (\d+) words(?: every (\d+) ms)?", asked["messages"][-1]["content"])
        count, pause = (int(wanted[1]), int(wanted[2] or 0) / 1000) if wanted else (3, 0)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            step = 1 if pause or count < 100 else 500
            for i in range(0, count, step):
                text = "".join(f"w{k} " for k in range(i, min(i + step, count)))
                self._piece({"model": MODEL, "message": {"role": "assistant", "content": text}, "done": False})
                time.sleep(pause)
            self._piece({"model": MODEL, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                         "eval_count": count, "prompt_eval_count": 5, "eval_duration": 1000, "total_duration": 2000})
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def _piece(self, value):
        line = json.dumps(value).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients are killed here: their broken connections are no news."""


class Upstream:
    def __init__(self):
        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def words(count):
    return "".join(f"w{i} " for i in range(count))
