"""The server is killed at any moment: what a page was shown as finished is there afterwards, and the store opens."""
import http.client
import json
import random
import threading
import time
import urllib.error

from conftest import KILLS, Page
from upstream import words


def write_until_it_dies(page, round_number, finished):
    """Short answers, one after another; those that the page saw end go into `finished`."""
    for i in range(10_000):
        chat, question = f"c{round_number}", f"q{round_number}-{i}"
        try:
            lines = page.ask(chat, question, "say 5 words") or [{}]
        except (OSError, http.client.HTTPException, urllib.error.URLError, json.JSONDecodeError):
            return
        if lines[-1].get("type") == "stats-final" and lines[-1]["saved"]:
            finished.append((chat, question))


def test_nothing_that_was_shown_is_lost(start, place):
    chance = random.Random(3)
    finished = []
    page = None
    for kill in range(KILLS):
        server = start(place).wait_until_ready()
        if page is None:
            page = Page(server)
        page.move(server)
        writer = threading.Thread(target=write_until_it_dies, args=(page, kill, finished))
        writer.start()
        time.sleep(chance.uniform(0.02, 0.25))
        server.kill()
        writer.join()
    server = start(place).wait_until_ready()
    page.move(server)
    assert "damaged" not in page.get("/ui/config")["history"]["notice"]
    chats = {}
    for chat, question in finished:
        by_parent = chats.setdefault(chat, {m["parent"]: m for m in page.messages(chat)})
        answer = by_parent.get(question)
        assert answer is not None, f"{question} has lost its answer"
        assert (answer["state"], answer["content"]) == ("complete", words(5)), question
    print(f"{place.kind}: {KILLS} kills, {len(finished)} answers were shown as finished, all are there")
    assert len(finished) > KILLS, "too few to prove anything"
