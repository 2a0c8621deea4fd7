"""Processes of Python are started where they are the subject: each costs as much as forty plans in memory."""

from pathlib import Path

from places import TESTS

STARTING = {
    "benchmarks/processes.py": "what a person waits for",
    "cli/test_completion.py": "a shell asks a process",
    "cli/test_init.py": "modules that are loaded",
    "cli/test_net.py": "programs of their own",
    "cli/test_no_secrets.py": "loggers of a whole process",
    "cli/test_streams.py": "streams that are closed or full",
    "clusters.py": "workers that are killed",
    "inside.py": "small clients instead of programs",
    "project/test_explain.py": "modules that are loaded",
    "project/test_imports.py": "modules that are loaded",
    "project/test_packaging.py": "what is installed",
    "project/test_readme.py": "the sandbox around the demo",
    "project/test_recipes.py": "programs of others",
    "sandbox/test_sandbox.py": "the sandbox by itself",
    "sandbox/test_sandbox_authorization.py": "a command in the sandbox",
    "sandbox/test_sandbox_organization.py": "a command in the sandbox",
    "stories/test_disturbed.py": "signals, kills and full disks",
    "stories/test_interrupts.py": "signals",
    "stories/test_killed.py": "a kill",
    "unit/test_actions.py": "modules that are loaded",
    "unit/test_impact.py": "modules that are loaded",
    "unit/test_without_extras.py": "modules that are missing",
    "workflow.py": "once the program itself",
}


def test_a_test_starts_a_process_only_where_that_is_its_subject():
    """Kills: a suite that gets slow again, a process at a time."""
    paths = [path for path in TESTS.rglob("*.py") if path.name != Path(__file__).name]
    texts = {str(path.relative_to(TESTS)): path.read_text(encoding="utf-8") for path in paths}
    found = {name for name, text in texts.items() if "sys.executable" in text}
    assert sorted(found) == sorted(STARTING)
