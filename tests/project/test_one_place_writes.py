"""One module writes files, so that each is written aside and renamed, and none through a link."""

import ast

from places import ROOT

PACKAGE = ROOT / "iamspec"
WRITERS = {"write_text", "write_bytes", "O_CREAT", "O_WRONLY", "O_RDWR", "NamedTemporaryFile", "mkstemp", "copyfile"}


def opens_for_writing(node):
    """A call of open, or of a method open, with a mode that writes."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [
        one.value for one in (*node.args, *(word.value for word in node.keywords)) if isinstance(one, ast.Constant)
    ]
    return name in {"open", "fdopen"} and any(isinstance(text, str) and set("wax+") & set(text) for text in texts)


def test_nothing_else_opens_a_file_for_writing():
    """Kills: a half file on a full disk, a plan that others can read, and a write through a link."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path not in {PACKAGE / "desired/writing.py", PACKAGE / "cli/output.py"}  # the latter opens /dev/null only
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in WRITERS) or opens_for_writing(node)
    ]
    assert found == []
