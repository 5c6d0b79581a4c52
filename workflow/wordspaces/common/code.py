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


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Drop every expression statement that is a bare string: docstrings of modules, classes, functions, fields."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [
                statement
                for statement in body
                if not (
                    isinstance(statement, ast.Expr)
                    and isinstance(statement.value, ast.Constant)
                    and isinstance(statement.value.value, str)
                )
            ]
    return tree


def dump(node: object) -> str:
    """Text of a syntax tree, the same under every version of Python: empty fields, which versions add, are left out."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
        return f"{type(node).__name__}({','.join(f'{name}={dump(value)}' for name, value in fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(dump, node))}]"
    return repr(node)


@functools.cache
def _parsed(path: Path, stamp: tuple[int, int]) -> tuple[str, tuple[str, ...]]:
    """Return the normalised code of `path` and the dotted names it may import."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names += [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
    inside = tuple(sorted({name for name in names if name.split(".")[0] == PACKAGE}))
    return dump(_without_docstrings(tree)), inside


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
