"""Writes the AWS-managed policies of the installed moto into iamspec/policy/data, for `iamspec.policy.managed`.

`make managed-policies` runs it. Line N of the documents belongs to name N.
"""

import gzip
import json
from importlib.metadata import version
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

DATA = Path(__file__).resolve().parent.parent / "iamspec" / "policy" / "data"


def main() -> None:
    found = json.loads(aws_managed_policies_data)
    policies = dict(sorted((f"{one['Path']}{name}".removeprefix("/"), one) for name, one in found.items()))
    table = {
        "source": f"moto {version('moto')} (Apache-2.0), iam/aws_managed_policies.py: what AWS answers in partition aws",
        "date": max(one["UpdateDate"] for one in policies.values())[:10],
        "versions": {name: one["DefaultVersionId"] for name, one in policies.items()},
    }
    lines = (json.dumps(one["Document"], separators=(",", ":")) for one in policies.values())
    (DATA / "managed-policies.json").write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    (DATA / "managed-documents.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


if __name__ == "__main__":
    main()
