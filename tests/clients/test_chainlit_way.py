"""The app of the specification: Chainlit with `requests` on /api/tags and /api/chat, line by line."""
import json

import requests
from conftest import MODEL, URL


class OllamaClient:
    """As such apps have it: a base address, a timeout of 120 s, a session."""

    def __init__(self, base_url):
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()

    def check_connection(self):
        try:
            return self.session.get(f"{self.base_url}/api/tags", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def get_available_models(self):
        response = self.session.get(f"{self.base_url}/api/tags", timeout=5)
        response.raise_for_status()
        return [model["name"] for model in response.json().get("models", [])]

    def chat(self, messages, model, temperature=0.7, max_tokens=2048):
        payload = {"model": model, "messages": messages, "stream": True, "options": {"temperature": temperature, "num_predict": max_tokens}}
        response = self.session.post(f"{self.base_url}/api/chat", json=payload, stream=True, timeout=120)
        response.raise_for_status()
        for line in response.iter_lines():
            if not line:
                continue
            data = json.loads(line.decode("utf-8"))
            if "error" in data:
                raise RuntimeError(data["error"])
            yield data.get("message", {}).get("content", "")
            if data.get("done"):
                return


def test_a_chainlit_app_works_unchanged():
    client = OllamaClient(URL + "/")
    assert client.check_connection() and MODEL in client.get_available_models()
    history = [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "What is 2+2?"}]
    answer = "".join(client.chat(history, MODEL, temperature=0, max_tokens=20))
    assert "4" in answer or "four" in answer
    history += [{"role": "assistant", "content": answer}, {"role": "user", "content": "Say it again."}]
    assert "".join(client.chat(history, MODEL, temperature=0, max_tokens=20))
    assert not OllamaClient("http://127.0.0.1:1").check_connection()
