"""The code digest follows content: what code does, not how it is laid out or when it was touched."""

import ast
import os

import pytest

from wordspaces.common.code import PACKAGE_ROOT, _imported, closure, code_digest, dump


@pytest.fixture
def package(tmp_path):
    """A small package: a script imports `one`, `one` imports `two`, nobody imports `three`."""
    root = tmp_path / "wordspaces"
    (root / "room").mkdir(parents=True)
    for folder in (root, root / "room"):
        (folder / "__init__.py").write_text("")
    (root / "room" / "one.py").write_text(
        "from wordspaces.room.two import double\n\n\ndef f(x):\n    return double(x)\n"
    )
    (root / "room" / "two.py").write_text('def double(x):\n    """Twice."""\n    return 2 * x\n')
    (root / "room" / "three.py").write_text("y = 1\n")
    script = tmp_path / "script.py"
    script.write_text('"""Work."""\nfrom wordspaces.room import one\n\nprint(one.f(1))\n')
    return root, script


def test_closure_is_transitive_and_no_larger(package):
    root, script = package
    assert [path.name for path in closure(script, root)] == ["script.py", "one.py", "two.py"]


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    from wordspaces.room import three\n",
        "class A:\n    if True:\n        pass\n    else:\n        import wordspaces.room.three\n",
        "try:\n    pass\nexcept ValueError:\n    from wordspaces.room.three import y\n",
        "try:\n    pass\nfinally:\n    from wordspaces.room.three import y\n",
        "match 1:\n    case 1:\n        from wordspaces.room.three import y\n",
        "async def f():\n    with open(''):\n        from wordspaces.room import three\n",
    ],
    ids=["function", "class, else", "except", "finally", "case", "with"],
)
def test_closure_finds_an_import_wherever_it_stands(package, text):
    root, script = package
    script.write_text("g = lambda x: x\n" + text)
    assert [path.name for path in closure(script, root)] == ["script.py", "three.py"]


def test_imports_of_the_project_are_those_of_a_walk_over_every_node():
    found = 0
    for path in sorted(PACKAGE_ROOT.parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and not node.level:
                names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        expected = {name for name in names if name.split(".")[0] == "wordspaces"}
        assert _imported(tree) == expected, path
        found += len(expected)
    assert found


def test_dump_is_a_known_text():
    """Another text for the same code would rerun every stage of every finished study."""
    code = 'def f(x, /, y=None):\n    """Doc."""\n    return {**x, 1: lambda: "s"}\n'
    assert dump(ast.parse(code)) == (
        "Module(body=[FunctionDef(name='f',"
        "args=arguments(posonlyargs=[arg(arg='x')],args=[arg(arg='y')],defaults=[Constant()]),"
        "body=[Return(value=Dict(keys=[None,Constant(value=1)],"
        "values=[Name(id='x',ctx=Load()),Lambda(args=arguments(),body=Constant(value='s'))]))])])"
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("room/two.py", 'def double(x):\n    """Two times x, said otherwise."""\n    return 2 * x\n'),
        ("room/two.py", "# why: because\ndef double(x):\n\n    return (2 *   x)\n"),
        ("room/three.py", "y = 2\n"),
    ],
    ids=["docstring", "comment and layout", "module not imported"],
)
def test_digest_stays(package, file, text):
    root, script = package
    before = code_digest(script, root)
    (root / file).write_text(text)
    assert code_digest(script, root) == before


def test_touch_and_place_leave_the_digest(package, tmp_path_factory):
    root, script = package
    before = code_digest(script, root)
    os.utime(root / "room" / "two.py", (0, 0))
    assert code_digest(script, root) == before
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    os.rename(root, elsewhere / "wordspaces")
    os.rename(script, elsewhere / "script.py")
    assert code_digest(elsewhere / "script.py", elsewhere / "wordspaces") == before


@pytest.mark.parametrize("file", ["room/one.py", "room/two.py", "../script.py"])
def test_digest_changes_with_any_code_in_the_closure(package, file):
    root, script = package
    before = code_digest(script, root)
    path = root / file
    path.write_text(path.read_text() + "z = 3\n")
    assert code_digest(script, root) != before
