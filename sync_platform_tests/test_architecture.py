"""The layers of docs and design, held by reading every module's syntax tree; each rule is shown to be able to fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "sync_platform"

LAYERS = (
    {"definitions", "defs", "instance_storage"},
    {"components"},
    {"cli", "gateway"},
    {
        "pull",
        "canonical",
        "push",
        "replay",
        "audit",
        "trace",
        "reconciliation",
        "verification",
        "duplicates",
        "freshness",
        "reports",
        "operations",
        "access",
    },
    {"partners", "landing", "checks"},
    {"declarations"},
    {"contracts"},
    {"errors", "clock", "settings", "redact", "yaml_source", "__init__"},
)
"""Top to bottom; a module imports from its own layer and from those below."""
APART = {"partners", "landing", "checks"}
"""Three doors to the outside world: what goes through one knows nothing of the others."""
DAGSTER_LIVES_IN = {"components", "definitions", "defs", "instance_storage"}
HEAVY = ("great_expectations", "pandas", "pyarrow", "vl_convert")
"""Seconds and hundreds of megabytes each: imported by the function that needs them, never by loading a module."""
HEAVY_MODULES = {"sync_platform.checks.expectations"}
"""Modules that cannot do without (they subclass Great Expectations' classes) and are themselves imported late."""
DANGEROUS_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
DANGEROUS_CALLS = {"eval", "exec", "os.system", "os.popen"} | {
    f"yaml.{name}" for name in ("load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all")
}
DANGEROUS_OPTIONS = {"verify=False", "shell=True"}
VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|common|managers?|base|misc)(?:_|$)")


@dataclass(frozen=True)
class Imported:
    """One imported name, dotted; `at_load` unless a function imports it when called, or only a type checker does."""

    name: str
    line: int
    at_load: bool


@dataclass(frozen=True)
class Module:
    """One Python file of the package by its dotted name, read but never run."""

    name: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """The folder or file below the package's root that it belongs to."""
        return part_of(self.name)


Rule = Callable[[list[Module]], list[str]]


def read_modules(package: Path) -> list[Module]:
    """Every module below `package`, by name."""
    modules = []
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        dotted = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)
        modules.append(Module(name=dotted, tree=ast.parse(file.read_text(encoding="utf-8"), filename=str(file))))
    return modules


def part_of(name: str) -> str:
    """`sync_platform.pull.tools` belongs to `pull`, the package itself to `__init__`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__version__" else "__init__"


def imports(module: Module) -> Iterator[Imported]:
    """Everything a module imports, wherever in it, also by `importlib.import_module("…")`."""
    yield from _imports(module.tree.body, at_load=True)


def _imports(nodes: list[ast.stmt] | list[ast.AST], *, at_load: bool) -> Iterator[Imported]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Imported(alias.name, node.lineno, at_load) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Imported(f"{node.module}.{alias.name}", node.lineno, at_load) for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("importlib.import_module", "__import__"):
            yield from (Imported(name, node.lineno, at_load) for name in _first_text(node))
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _for_types_only(node)
        yield from _imports(list(ast.iter_child_nodes(node)), at_load=at_load and not later)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _first_text(call: ast.Call) -> list[str]:
    return [str(argument.value) for argument in call.args[:1] if isinstance(argument, ast.Constant)]


def _is(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def layers_point_down(modules: list[Module]) -> list[str]:
    """A module imports from its own layer or below, and every part of the package has a layer."""
    height = {part: index for index, layer in enumerate(LAYERS) for part in layer}
    found = [
        f"{m.name} has no layer; place {m.part!r} in LAYERS" for m in modules if m.part not in {*height, "sandbox"}
    ]
    for module, imported in _inner(modules):
        target = part_of(imported.name)
        if module.part in height and target in height and height[target] < height[module.part]:
            found.append(f"{module.name}:{imported.line} imports {imported.name}, which is above it")
    return found


def sandbox_stands_alone(modules: list[Module]) -> list[str]:
    """The sandbox and the rest never import each other: a bug in ours must not be mirrored in what tests us."""
    return [
        f"{module.name}:{imported.line} imports {imported.name}"
        for module, imported in _inner(modules)
        if (module.part == "sandbox") != (part_of(imported.name) == "sandbox")
    ]


def outside_doors_stay_apart(modules: list[Module]) -> list[str]:
    """partners, landing and checks never import each other."""
    return [
        f"{module.name}:{imported.line} imports {imported.name}"
        for module, imported in _inner(modules)
        if module.part in APART and part_of(imported.name) in APART - {module.part}
    ]


def only_components_know_dagster(modules: list[Module]) -> list[str]:
    """Gateway, CLI and the use cases start and run without Dagster."""
    return [
        f"{module.name}:{imported.line} imports {imported.name}"
        for module in modules
        if module.part not in DAGSTER_LIVES_IN
        for imported in imports(module)
        if re.match(r"dagster(?:[._]|$)", imported.name)
    ]


def heavy_imports_are_late(modules: list[Module]) -> list[str]:
    """Great Expectations and pandas are paid for by the step that uses them, not by everything that starts."""
    return [
        f"{module.name}:{imported.line} imports {imported.name} when it is loaded"
        for module in modules
        for imported in imports(module)
        if imported.at_load
        and (
            any(_is(imported.name, heavy) for heavy in HEAVY_MODULES)
            or (module.name not in HEAVY_MODULES and any(_is(imported.name, heavy) for heavy in HEAVY))
        )
    ]


def names_say_what(modules: list[Module]) -> list[str]:
    """No module and no class is named for being useful in general."""
    vague = [f"{m.name} is a vague name" for m in modules if any(VAGUE.search(part) for part in m.name.split("."))]
    classes = [(m, node) for m in modules for node in ast.walk(m.tree) if isinstance(node, ast.ClassDef)]
    return vague + [
        f"{module.name}:{node.lineno} class {node.name} is a vague name"
        for module, node in classes
        if VAGUE.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower())
    ]


def nothing_dangerous(modules: list[Module]) -> list[str]:
    """Nothing that runs data as code, starts a shell or trusts any certificate."""
    return [
        f"{module.name}:{line} {what}"
        for module in modules
        for line, what in (*_dangerous_imports(module), *_dangerous_expressions(module))
    ]


def _dangerous_imports(module: Module) -> Iterator[tuple[int, str]]:
    for imported in imports(module):
        if imported.name.split(".")[0] in DANGEROUS_MODULES:
            yield imported.line, f"imports {imported.name}"


def _dangerous_expressions(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _called(node) in DANGEROUS_CALLS:
            yield node.lineno, f"calls {_called(node)}"
        elif isinstance(node, ast.keyword) and f"{node.arg}={ast.unparse(node.value)}" in DANGEROUS_OPTIONS:
            yield node.value.lineno, f"says {node.arg}={ast.unparse(node.value)}"
        elif isinstance(node, ast.Assign) and ast.unparse(node.value) == "False":
            yield from ((node.lineno, "trusts any certificate") for target in node.targets if _is_verify(target))


def _is_verify(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "verify"


def the_package_needs_no_tests(modules: list[Module]) -> list[str]:
    """What is shipped does not need what is tested with."""
    return [
        f"{module.name}:{imported.line} imports {imported.name}"
        for module in modules
        for imported in imports(module)
        if imported.name.split(".")[0] in ("sync_platform_tests", "pytest", "hypothesis")
    ]


def _inner(modules: list[Module]) -> Iterator[tuple[Module, Imported]]:
    for module in modules:
        for imported in imports(module):
            if _is(imported.name, "sync_platform"):
                yield module, imported


RULES: tuple[Rule, ...] = (
    layers_point_down,
    sandbox_stands_alone,
    outside_doors_stay_apart,
    only_components_know_dagster,
    heavy_imports_are_late,
    names_say_what,
    nothing_dangerous,
    the_package_needs_no_tests,
)

LATE = "def read():\n    {}\n"
BROKEN: list[tuple[Rule, str, str]] = [
    (layers_point_down, "contracts/field.py", "from sync_platform.declarations.model import Declared"),
    (layers_point_down, "declarations/system.py", "import sync_platform.landing.database"),
    (layers_point_down, "landing/stage.py", LATE.format("from sync_platform.pull import tools")),
    (layers_point_down, "pull/tools.py", "from sync_platform.cli import main"),
    (layers_point_down, "gateway/app.py", "from sync_platform.components.session import open_session"),
    (layers_point_down, "components/asset.py", "from sync_platform import definitions"),
    (layers_point_down, "errors.py", "from sync_platform.contracts.contract import Contract"),
    (layers_point_down, "freight/parcel.py", ""),
    (sandbox_stands_alone, "sandbox/world.py", "from sync_platform.errors import SyncError"),
    (sandbox_stands_alone, "cli/demo.py", LATE.format("from sync_platform.sandbox import Sandbox")),
    (sandbox_stands_alone, "cli/demo.py", "import importlib\nimportlib.import_module('sync_platform.sandbox')"),
    (outside_doors_stay_apart, "partners/client.py", "from sync_platform.landing.database import Database"),
    (outside_doors_stay_apart, "landing/stage.py", "from sync_platform.checks.relation import Relation"),
    (outside_doors_stay_apart, "checks/suite.py", LATE.format("import sync_platform.partners.client")),
    (only_components_know_dagster, "pull/tools.py", "import dagster as dg"),
    (only_components_know_dagster, "cli/main.py", LATE.format("from dagster import DagsterInstance")),
    (only_components_know_dagster, "gateway/app.py", "from dagster_postgres import PostgresRunStorage"),
    (heavy_imports_are_late, "checks/source.py", "import great_expectations as gx"),
    (heavy_imports_are_late, "freshness/page.py", "class Page:\n    from pandas import DataFrame"),
    (heavy_imports_are_late, "reports/chart.py", "import vl_convert"),
    (heavy_imports_are_late, "checks/suite.py", "from sync_platform.checks.expectations import KeysAreUnique"),
    (names_say_what, "partners/http_utils.py", ""),
    (names_say_what, "landing/base.py", ""),
    (names_say_what, "common/text.py", ""),
    (names_say_what, "landing/leases.py", "class LeaseManager: ..."),
    (nothing_dangerous, "landing/row.py", "import pickle"),
    (nothing_dangerous, "contracts/rule.py", "eval('1 + 1')"),
    (nothing_dangerous, "yaml_source.py", "import yaml\nyaml.load(text, Loader=yaml.Loader)"),
    (nothing_dangerous, "partners/transport.py", "session.get(url, verify=False)"),
    (nothing_dangerous, "partners/transport.py", "session.verify = False"),
    (nothing_dangerous, "operations/child.py", "import subprocess\nsubprocess.run(line, shell=True)"),
    (the_package_needs_no_tests, "operations/demo.py", LATE.format("from sync_platform_tests.till import Till")),
]

FINE = {
    "pull/tools.py": "from sync_platform.pull.steps import pass_by\nimport sync_platform.landing.database",
    "checks/source.py": "if TYPE_CHECKING:\n    import pandas\n" + LATE.format("import pandas"),
    "checks/expectations.py": "from great_expectations.core import ExpectationSuite",
    "components/asset.py": "import dagster as dg\nfrom sync_platform.pull.tools import PullTools",
    "sandbox/world.py": "from sync_platform.sandbox.clock import SandboxClock",
    "landing/database.py": "from sync_platform import __version__\nbase_url = 1",
}


@pytest.fixture(scope="module")
def package() -> list[Module]:
    return read_modules(PACKAGE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(package: list[Module], rule: Rule) -> None:
    """Fault X8, by `nothing_dangerous`."""
    assert rule(package) == []


@pytest.mark.parametrize(("rule", "file", "text"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_module_that_breaks_the_rule_is_found(tmp_path: Path, rule: Rule, file: str, text: str) -> None:
    planted = _plant(tmp_path, {file: text})

    findings = rule(planted)

    assert len(findings) == 1
    assert findings[0].startswith(f"sync_platform.{file.removesuffix('.py').replace('/', '.')}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_modules_that_keep_the_rules_are_not_found(tmp_path: Path, rule: Rule) -> None:
    assert rule(_plant(tmp_path, FINE)) == []


def test_every_rule_has_a_module_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_every_listed_heavy_module_exists(package: list[Module]) -> None:
    assert {module.name for module in package} >= HEAVY_MODULES


def _plant(folder: Path, files: dict[str, str]) -> list[Module]:
    for name, text in files.items():
        file = folder / "sync_platform" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return read_modules(folder / "sync_platform")
