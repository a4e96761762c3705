"""The addresses of the server that ./test has started with SmolLM2."""
import os

import ollama
import openai
import pytest

MODEL = "smollm2:135m"
URL = os.environ["SAMOVAR_URL"]


@pytest.fixture
def ollama_client():
    return ollama.Client(host=URL, timeout=120)


@pytest.fixture
def openai_client():
    return openai.OpenAI(base_url=URL + "/v1", api_key="none needed", timeout=120, max_retries=0)
