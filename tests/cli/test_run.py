"""`samovar run`: one prompt, piped text, and a conversation in a real terminal."""
import os
import pty
import select
import signal
import subprocess
import termios
import time

import pytest
from conftest import PROGRAM, clean_environment, samovar

EXACT = ["-p", "temperature=0", "-p", "num_predict=24"]


def test_one_prompt_is_answered():
    result = samovar("run", "smollm2:135m", "What is 2+2?", *EXACT, OLLAMA_HOST="")
    assert result.returncode == 0, result.stderr
    assert "is 4" in result.stdout


def test_piped_text_comes_before_the_words():
    piped = samovar("run", "smollm2:135m", "2+2?", *EXACT, stdin="What is")
    words = samovar("run", "smollm2:135m", "What is 2+2?", *EXACT)
    assert piped.stdout == words.stdout


def test_same_seed_same_text():
    arguments = ["run", "smollm2:135m", "Tell me a story.", "-p", "seed=7", "-p", "temperature=1", "-p", "num_predict=24"]
    assert samovar(*arguments).stdout == samovar(*arguments).stdout


def test_the_flags_of_ollamas_scripts():
    flags = ["--keepalive", "5m", "--nowordwrap", "--hidethinking", "--think=false", "--insecure"]
    result = samovar("run", "smollm2:135m", "Hi", *flags, "-p", "num_predict=3")
    assert result.returncode == 0 and result.stdout.strip(), result.stderr


def test_verbose_prints_timings():
    result = samovar("run", "smollm2:135m", "Hi", "--verbose", *EXACT)
    labels = [line.split(":")[0] for line in result.stderr.splitlines()]
    assert labels == ["total duration", "load duration", "prompt eval count", "prompt eval duration", "prompt eval rate",
                      "eval count", "eval duration", "eval rate"]


def test_through_a_server(running):
    host = f"http://127.0.0.1:{running.api_port}"
    there = samovar("run", "smollm2:135m", "What is 2+2?", *EXACT, OLLAMA_HOST=host, SAMOVAR_MODELS="/nonexistent")
    here = samovar("run", "smollm2:135m", "What is 2+2?", *EXACT)
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout


@pytest.mark.parametrize("arguments, named", [
    (["nosuch", "Hi"], "model 'nosuch' not found"),
    (["smollm2:135m", "Hi", "-p", "top_k=many"], "many"),
    (["smollm2:135m", "Hi", "-p", "colour"], "NAME=VALUE"),
    (["smollm2:135m", "Hi", "--keepalive", "soon"], "--keepalive=soon: expected a duration such as 5m"),
    (["smollm2:135m", "Hi", "--think=often"], "--think=often: expected true, false, low"),
])
def test_wrong_use(arguments, named):
    result = samovar("run", *arguments)
    assert result.returncode == 1
    assert named in result.stderr


def test_server_that_is_not_there():
    result = samovar("run", "smollm2:135m", "Hi", OLLAMA_HOST="http://127.0.0.1:1")
    assert result.returncode == 1
    assert "127.0.0.1:1" in result.stderr


class Terminal:
    """A conversation typed into a pseudo-terminal."""

    def __init__(self, *arguments):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen([PROGRAM, "run", "smollm2:135m", *arguments], stdin=slave, stdout=slave, stderr=slave,
                                        env=clean_environment(TERM="dumb"), start_new_session=True, close_fds=True)
        os.close(slave)
        self.seen = ""

    def read_until(self, text, seconds=40):
        """What came since the last call, up to and with `text`."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, f"waited for {text!r}, saw {self.seen!r}"
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 65536).decode(errors="replace").replace("\r", "")
                except OSError:
                    assert text in self.seen, f"ended without {text!r}: {self.seen!r}"
        end = self.seen.index(text) + len(text)
        got, self.seen = self.seen[:end], self.seen[end:]
        return got

    def wait_for_editor(self, seconds=20):
        """Until the line editor has taken the terminal over, which it does just after its prompt."""
        deadline = time.monotonic() + seconds
        while termios.tcgetattr(self.master)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "the editor never took the terminal over"
            time.sleep(0.01)

    def type(self, line):
        os.write(self.master, (line + "\n").encode())

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self.master)


@pytest.fixture
def terminal():
    opened = []

    def begin(*arguments):
        opened.append(Terminal(*arguments))
        opened[-1].read_until(">>> ")
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


def test_conversation_in_a_terminal(terminal):
    chat = terminal(*EXACT)
    chat.type("What is 2+2?")
    assert "4" in chat.read_until(">>> ")
    chat.type('"""Name')
    chat.read_until("... ")
    chat.type('a colour."""')
    assert len(chat.read_until(">>> ")) > 20
    chat.type("/set parameter num_predict 3")
    assert "Set parameter 'num_predict' to '3'" in chat.read_until(">>> ")
    chat.type("/show info")
    assert "134.52M" in chat.read_until(">>> ")
    chat.type("/clear")
    assert "Cleared session context" in chat.read_until(">>> ")
    chat.type("/?")
    assert "/bye" in chat.read_until(">>> ")
    chat.type("/bye")
    assert chat.process.wait(20) == 0


def test_interrupt_ends_the_answer_and_not_the_program(terminal):
    chat = terminal("-p", "temperature=0", "-p", "num_predict=2000")
    chat.type("Write a very long story about a samovar.")
    chat.read_until("story about a samovar.")
    time.sleep(1.0)  # lets the answer begin; whether it has does not change what must happen
    os.kill(chat.process.pid, signal.SIGINT)
    chat.read_until(">>> ", seconds=10)
    chat.type("/bye")
    assert chat.process.wait(20) == 0


def test_end_of_input_ends_the_conversation(terminal):
    chat = terminal()
    chat.wait_for_editor()
    os.write(chat.master, b"\x04")
    assert chat.process.wait(20) == 0
