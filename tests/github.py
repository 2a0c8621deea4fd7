"""A small part of GitHub: the answers of the program `gh` to the example workflow. The state is a JSON file.

The state is the file that FAKE_GITHUB names. Whatever the workflow does not ask is an error.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MARKED = (
    '.[] | select(.user.login == "github-actions[bot]") | select(.body | startswith("<!-- iamspec plan -->")) | .id'
)
MERGED = '.[0] | select(. != null) | "\\(.number) \\(.head.sha)"'
SINCE = '.commits[] | "\\(.sha[0:12]) \\(.commit.message | split("\\n")[0])"'
JQ: dict[str, Callable[[Any], list[Any]]] = {  # the expressions of the workflow; a test holds them against jq itself
    MARKED: lambda found: [
        one["id"]
        for one in found
        if one["user"]["login"] == "github-actions[bot]" and one["body"].startswith("<!-- iamspec plan -->")
    ],
    MERGED: lambda found: [f"{one['number']} {one['head']['sha']}" for one in found[:1]],
    SINCE: lambda found: [
        f"{one['sha'][:12]} {one['commit']['message'].partition(chr(10))[0]}" for one in found["commits"]
    ],
    ".[].headRefOid": lambda found: [one["headRefOid"] for one in found],
    ".visibility": lambda found: [found["visibility"]],
    ".[].databaseId": lambda found: [one["databaseId"] for one in found],
    ".[].number": lambda found: [one["number"] for one in found],
}
VALUED = {"--jq", "--method", "--field", "--repo", "--workflow", "--event", "--commit", "--status", "--limit", "--json"}
VALUED |= {"--name", "--dir", "--label", "--state", "--title", "--body-file", "--comment", "--description"}


def parsed(argv: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The words of a command line, and its options; those without a value are empty."""
    words, options, rest = [], {}, list(argv)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            words.append(word)
        else:
            options[word] = rest.pop(0) if word in VALUED else ""
    return words, options


def answered(argv: Sequence[str]) -> int:
    """Answers one command line; returns the exit code."""
    file = Path(os.environ["FAKE_GITHUB"])
    state = json.loads(file.read_text(encoding="utf-8"))
    words, options = parsed(argv)
    answer = (_api if words[0] == "api" else COMMANDS[" ".join(words[:2])])(state, words, options)
    file.write_text(json.dumps(state), encoding="utf-8")
    if "--jq" in options:
        print("".join(f"{one}\n" for one in JQ[options["--jq"]](answer)), end="")
    return 0


def _api(state: dict[str, Any], words: list[str], options: dict[str, str]) -> Any:
    if words[1] == "repos/acme/iam":
        return {"visibility": state["visibility"]}
    path = words[1].removeprefix("repos/acme/iam/")
    if path == f"commits/{os.environ['GITHUB_SHA']}/pulls":
        return state["pulls"]
    if path == f"compare/{'b' * 40}...{os.environ['GITHUB_SHA']}":
        return {"commits": state["commits"]}
    if "--method" not in options:
        assert path == "issues/7/comments"
        return state["comments"]
    body = Path(options["--field"].removeprefix("body=@")).read_text(encoding="utf-8")
    if options["--method"] == "POST":
        assert path == "issues/7/comments"
        state["comments"].append({"id": 100, "user": {"login": "github-actions[bot]"}, "body": body})
    else:
        number = int(path.removeprefix("issues/comments/"))
        next(one for one in state["comments"] if one["id"] == number)["body"] = body
    return None


def _runs(state: dict[str, Any], words: list[str], options: dict[str, str]) -> Any:
    wanted = {key: options[key] for key in ("--repo", "--workflow", "--event")}
    assert wanted == {"--repo": "acme/iam", "--workflow": "iam", "--event": "pull_request"}
    assert options["--status"] in {"success", "completed"}
    return [one for one in state["runs"] if one["headSha"] == options["--commit"]]


def _download(state: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    assert words[2] == "31"
    shutil.copytree(Path(state["artifacts"], options["--name"]), options["--dir"])


def _issues(state: dict[str, Any], words: list[str], options: dict[str, str]) -> Any:
    return [one for one in state["issues"] if one["state"] == "open" and one["label"] == options["--label"]]


def _open(state: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    assert options["--label"] in state["labels"]
    body = Path(options["--body-file"]).read_text(encoding="utf-8")
    number = len(state["issues"]) + 1
    state["issues"].append({"number": number, "state": "open", "label": options["--label"], "body": body})


def _edit(state: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    state["issues"][int(words[2]) - 1]["body"] = Path(options["--body-file"]).read_text(encoding="utf-8")


def _close(state: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    state["issues"][int(words[2]) - 1]["state"] = "closed"


def _label(state: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    if words[2] not in state["labels"]:
        state["labels"].append(words[2])


def _open_pulls(state: dict[str, Any], words: list[str], options: dict[str, str]) -> Any:
    return state["open"]


def _rerun(state: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    assert options["--repo"] == "acme/iam"
    state["reruns"].append(int(words[2]))


COMMANDS: dict[str, Callable[[dict[str, Any], list[str], dict[str, str]], Any]] = {
    "run list": _runs,
    "run rerun": _rerun,
    "pr list": _open_pulls,
    "run download": _download,
    "issue list": _issues,
    "issue create": _open,
    "issue edit": _edit,
    "issue close": _close,
    "label create": _label,
}
