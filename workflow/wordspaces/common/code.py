"""Digest of the code that makes an artefact: a script and the project modules it imports, transitively.

Snakemake sees a script but not the library behind it. This digest goes into each rule's params, so a changed
module reruns the stages that import it. It is taken over the parsed code without comments, docstrings and layout:
a reformat reruns nothing.
"""

import ast
import functools
import hashlib
from pathlib import Path

PACKAGE = "wordspaces"
PACKAGE_ROOT = Path(__file__).resolve().parents[1]


def _bare_string(statement: ast.stmt) -> bool:
    """Whether a statement is a string and nothing more: a docstring of a module, class, function or field."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def dump(node: object) -> str:
    """Text of a syntax tree, the same under every version of Python: empty fields, which versions add, are left out.

    So are bare strings where statements stand. Every process of Snakemake dumps the whole library: short loops count.
    """
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            if name == "body":
                value = [statement for statement in value if not _bare_string(statement)]
            if value:
                fields.append(f"{name}=[{','.join([dump(item) for item in value])}]")
        elif value is not None:
            fields.append(f"{name}={dump(value)}")
    return f"{type(node).__name__}({','.join(fields)})"


def _imported(tree: ast.Module) -> set[str]:
    """Dotted names inside the package that a module may import, wherever the statement stands."""
    names: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            # Only statements import. An expression, such as the `body` of a lambda, is no list and is not walked.
            inner = getattr(node, block, None)
            if isinstance(inner, list):
                waiting += inner
    return {name for name in names if name.split(".")[0] == PACKAGE}


@functools.cache
def _parsed(path: Path, stamp: tuple[int, int]) -> tuple[str, tuple[str, ...]]:
    """Return the normalised code of `path` and the dotted names it may import."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return dump(tree), tuple(sorted(_imported(tree)))


def _module_file(name: str, root: Path) -> Path | None:
    """File of the dotted module `name`, or None where the name is an attribute or an (empty) package."""
    path = root.parent.joinpath(*name.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def closure(script: str | Path, root: Path = PACKAGE_ROOT) -> list[Path]:
    """Files whose code `script` runs: itself, then the project modules it imports, transitively, sorted."""
    script = Path(script).resolve()
    seen: set[Path] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in _parse(path)[1]:
            module = _module_file(name, root)
            if module is not None:
                waiting.append(module)
    return [script, *sorted(seen - {script})]


def _parse(path: Path) -> tuple[str, tuple[str, ...]]:
    status = path.stat()
    return _parsed(path, (status.st_mtime_ns, status.st_size))


def code_digest(script: str | Path, root: Path = PACKAGE_ROOT) -> str:
    """Hexadecimal digest (128 bits) of the code in the closure of `script`."""
    digest = hashlib.blake2b(digest_size=16)
    for path in closure(script, root):
        name = path.name if path == Path(script).resolve() else str(path.relative_to(root.parent))
        digest.update(f"{name}\0{_parse(path)[0]}\0".encode())
    return digest.hexdigest()
