"""Where the package writes to tables, read from its source: which function, and what leads there."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "rejoin"
# They write no table of the program's: the pure core, the sidecar, vendors that are not real.
ELSEWHERE = ("rejoin.domain", "rejoin.sidecar", "rejoin.fakes", "rejoin.policies")
WRITING_SQL = re.compile(
    r"\b(INSERT INTO|DELETE FROM|TRUNCATE|(?<!FOR )(?<!KEY )(?<!DO )UPDATE (?!SKIP|OF\b|SET\b))"
)
RUNS_SQL = ("execute", "select")
METHODS = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


@dataclass(slots=True)
class Part:
    """A function, a class or a module's own lines: what writes in it, and what it names."""

    is_action: bool = False
    writes: list[int] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def sources() -> dict[str, str]:
    """The text of every module that may write."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if "migrations" not in file.parts and not name.startswith(ELSEWHERE):
            found[name] = file.read_text()
    return found


def unguarded(texts: Mapping[str, str]) -> dict[str, list[int]]:
    """What writes and is led to by something else than an action: its name and the lines."""
    parts: dict[str, Part] = {}
    for module, text in texts.items():
        parts.update(_parts_of(module, ast.parse(text)))
    parts = {name: _resolved(part, parts) for name, part in parts.items()}
    callers: dict[str, set[str]] = defaultdict(set)
    for name, part in parts.items():
        for named in part.names - {name}:
            callers[named].add(name)
    open_ = {name for name, part in parts.items() if not part.is_action and not callers[name]}
    while more := {
        name
        for name, part in parts.items()
        if name not in open_ and not part.is_action and callers[name] & open_
    }:
        open_ |= more
    return {name: parts[name].writes for name in sorted(open_) if parts[name].writes}


def _parts_of(module: str, tree: ast.Module) -> Iterator[tuple[str, Part]]:
    texts, imported = _texts(tree), dict(_imports(tree))
    own = Part()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            imported[node.name] = f"{module}.{node.name}"
    for node in tree.body:
        part = own
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            part = Part(is_action=any(_is_action(each) for each in node.decorator_list))
            yield f"{module}.{node.name}", part
        _look_into(node, part, texts, imported | dict(_imports(node)))
    yield f"{module}.<module>", own


def _look_into(node: ast.AST, part: Part, texts: Mapping[str, str], imported: Mapping[str, str]) -> None:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and _writes(each, texts):
            part.writes.append(each.lineno)
        if isinstance(each, ast.Name) and each.id in imported:
            part.names.add(imported[each.id])
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in imported:
            part.names.add(f"{imported[each.value.id]}.{each.attr}")


def _resolved(part: Part, parts: Mapping[str, Part]) -> Part:
    """Only names of parts; what a package passes on from its modules is found by its last word."""
    names = {_at_home(name, parts) for name in part.names}
    return Part(is_action=part.is_action, writes=part.writes, names=names & parts.keys())


def _at_home(name: str, parts: Mapping[str, Part]) -> str:
    package, _, last = name.rpartition(".")
    if name in parts:
        return name
    return next(
        (each for each in parts if each.startswith(f"{package}.") and each.endswith(f".{last}")), name
    )


def _writes(call: ast.Call, texts: Mapping[str, str]) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "insert_rows" or (isinstance(call.func, ast.Attribute) and name in METHODS):
        return True
    if name in RUNS_SQL and call.args:
        return WRITING_SQL.search(" ".join(_text(call.args[0], texts).split())) is not None
    if not isinstance(call.func, ast.Attribute) or call.args:
        return False
    return (name == "update" and bool(call.keywords)) or (name == "delete" and not call.keywords)


def _texts(tree: ast.Module) -> dict[str, str]:
    """The module's own constants that are texts."""
    found: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        named = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(named, ast.Name):
            found[named.id] = _text(node.value, found)
    return found


def _text(node: ast.AST, texts: Mapping[str, str]) -> str:
    """A text, as far as it can be told without running anything."""
    if isinstance(node, ast.Name):
        return texts.get(node.id, "")
    return " ".join(
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((each.asname or each.name, f"{node.module}.{each.name}") for each in node.names)
        elif isinstance(node, ast.Import):
            yield from ((each.asname, each.name) for each in node.names if each.asname)


def _is_action(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "action"


def modules_of(names: Iterable[str]) -> set[str]:
    return {name.rpartition(".")[0] for name in names}
