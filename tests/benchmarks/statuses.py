"""What the security status of a large account costs beyond reading the account, and the commands of the first minutes."""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.account import FULL
from tests.benchmarks.figures import Figure
from tests.benchmarks.processes import Cost, clean_environment, measured, serving
from tests.benchmarks.reports import COLUMNS, ROOT, csv_text

READING = """\
import gc, sys
gc.freeze(); gc.set_threshold(20_000_000, 50, 50)
from iamspec.live.observe import read_live
from iamspec.live.snapshot import SnapshotReader, load
reader = SnapshotReader(load(sys.argv[1]))
print(len(read_live(reader, reader.caller()).resources))
"""
MADE, OLD = "2026-11-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
MOST_BYTES = 2 * 2**20


def figures(folder: Path, rounds: int) -> Iterator[Figure]:
    """Every user fails several checks: a password without MFA, and two old keys."""
    file = folder / "account.json"
    environment = clean_environment()
    with serving(FULL, "--latency", "0") as endpoint:
        command = ["-m", "iamspec", "snapshot", "--out", str(file), "--endpoint-url", endpoint]
        measured(command, environment)
    _with_credentials(file)
    reading = _costs(["-c", READING, str(file)], rounds)
    for format_name in ("text", "html"):
        costs = _costs(["-m", "iamspec", "status", "--snapshot", str(file), "--format", format_name], rounds)
        cpu = median(one.cpu for one in costs) - median(one.cpu for one in reading)
        name = f"status of 5,000 users as {format_name}"
        yield Figure(f"{name}: s of CPU beyond reading", cpu, 2.0, f"reading: {reading[0].cpu:.2f} s")
        yield Figure(f"{name}: MiB", max(one.peak for one in costs), 250)
    yield Figure("status of 5,000 users as html: bytes", len(costs[0].said.encode()), MOST_BYTES)
    for words in (["explain", "users.access_keys"], ["init", str(folder / "new{}")]):
        cpu = median(one.cpu for one in _costs(["-m", "iamspec", *words], rounds))
        yield Figure(f"iamspec {words[0]}: s of CPU", cpu, 0.3)


def _costs(command: list[str], rounds: int) -> list[Cost]:
    return [
        measured([word.replace("{}", str(number)) for word in command], clean_environment()) for number in range(rounds)
    ]


def _with_credentials(file: Path) -> None:
    """Adds to a snapshot everything that a status asks beside the sweep."""
    saved = json.loads(file.read_text(encoding="utf-8"))
    names = [one["UserName"] for one in saved["details"]["UserDetailList"]]
    saved["status"] = {
        "GetAccountSummary": {
            "SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1}
        },
        "GetCredentialReport": {"Content": _report([ROOT, *names]), "GeneratedTime": MADE},
        "GetAlternateContact": {"AlternateContact": {}},
        "ListVirtualMFADevices": {"VirtualMFADevices": []},
        "ListServerCertificates": {"ServerCertificateMetadataList": []},
        "ListServiceSpecificCredentials": {"ServiceSpecificCredentials": []},
    }
    file.write_text(json.dumps(saved), encoding="utf-8")


def _report(names: list[str]) -> str:
    return csv_text(_row(name) for name in names)


def _row(name: str) -> dict[str, str]:
    flags = {one: "true" for one in COLUMNS if one.startswith("access_key") and one.endswith("_active")}
    dates = {one: OLD for one in COLUMNS if one.endswith(("_rotated", "_changed", "_used_date"))}
    return {**dates, **flags, "user": name, "password_enabled": "true"}
