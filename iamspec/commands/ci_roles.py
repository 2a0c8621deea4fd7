"""The roles that a workflow needs, as a spec of their own.

A person makes them once, with a command.

The policies are those of `iamspec permissions`. The trust follows
the documentation of GitHub's and GitLab's OIDC tokens: only a
single repository can assume a role. The spec of the workflow does
not manage these roles, so that no pull request changes the rights
of its own pipeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.desired.load import Spec
from iamspec.desired.yaml_text import dump
from iamspec.review.permissions import clock, ending, managing, reading

PLAN, APPLY, CLOCK = "iamspec-plan", "iamspec-apply", "iamspec-clock"
USE = {
    PLAN: "Reads IAM, for the plans of pull requests and for drift",
    APPLY: "Applies what was reviewed and merged",
    CLOCK: "Ends what is over, and rotates keys, every night",
}
SINK = "iamspec-clock-sink"
SECRETS = "arn:aws:secretsmanager:*:*:secret:iamspec/*"  # of --credentials-out secretsmanager:iamspec/
STORING = [f"secretsmanager:{name}Secret" for name in ("Create", "Delete", "Describe")] + [
    "secretsmanager:PutSecretValue"
]
HEAD = """\
# The identity provider and the roles that the workflow needs. Whoever may make roles runs once:
#
#     {command}
#
# It is a spec of its own, in a folder that the spec of the workflow does not read, so that no pull request changes the
# roles of its own pipeline. When the roles are there, name them in the settings of that spec, so that no plan cuts them
# off:  guards: {{pipelines: [{roles}]}}
#
{clock}
# The policy of the sink is for IAMSPEC_CLOCK_SINK=secretsmanager:iamspec/ and not needed for age:RECIPIENT.
"""
FOR_EVERY_SPEC = """\
# The policy of iamspec-clock fits every spec. `iamspec permissions --for clock PATH` prints the policy for yours, in which
# each user, group and role has its ARN: take that one, and print it again when another key rotates or another access ends."""
FOR_THIS_SPEC = """\
# The policy of iamspec-clock is the one of `iamspec permissions --for clock PATH` for the spec as it is today: it has each
# key that rotates and each access that ends by the ARN. Print it again when another key rotates or another access ends."""
GITHUB_IDS = """\
#
# Write your repository for {repository}. If its tokens have ids in their subject (the settings of the repository on
# GitHub say so), add owner_id and repository_id to each entry: they are the numbers in
# https://api.github.com/repos/{repository}. Without them, a later owner of the name is trusted, too.
"""
GITLAB_NAME = """\
#
# Write your project for {repository}.
"""
SCOPE = {"roles": ["iamspec-*"], "policies": ["iamspec-*"], "identity_providers": ["*"]}


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CI system that signs tokens: the provider, and who may assume each role."""

    provider: Mapping[str, Any]
    example: str
    note: str

    def trust(self, role: str, repository: str) -> list[dict[str, Any]]:
        if "github" in self.note:
            github: dict[str, Any] = {"github": repository}
            of_plan = [{**github, "pull_request": True}, {**github, "branch": "main"}]
            return {PLAN: of_plan, APPLY: [{**github, "environment": "iam"}]}.get(
                role, [{**github, "environment": "iam-clock"}]
            )
        job = f"project_path:{repository}:ref_type:branch:ref:"
        return [{"oidc": "gitlab", "subject": {"like": f"{job}*"} if role == PLAN else f"{job}main"}]


ISSUERS = {
    "github": Issuer(
        {"oidc": "https://token.actions.githubusercontent.com", "client_ids": ["sts.amazonaws.com"]},
        "OWNER/REPOSITORY",
        GITHUB_IDS,
    ),
    "gitlab": Issuer(
        {"oidc": "https://gitlab.com", "client_ids": ["https://gitlab.com"]}, "GROUP/PROJECT", GITLAB_NAME
    ),
}


def spec(ci: str, file: str, repository: str = "", of: Spec | None = None) -> str:
    """The roles as the text of a spec.

    `file` is the file name in the command. The role of the nights
    has the rights for the ends and rotations `of` a spec, or
    without one those for any.
    """
    issuer = ISSUERS[ci]
    named = repository or issuer.example
    documents = {PLAN: reading().document, APPLY: managing().document, CLOCK: (clock(of) if of else ending()).document}
    policies = {name: {"description": USE[name], "document": documents[name]} for name in USE}
    policies[APPLY]["lint"] = {"ignore": {"escalation": "it applies what was reviewed, whatever that is"}}
    policies[SINK] = {"description": "Stores the keys that are new", "document": _storing()}
    roles = {name: {"description": USE[name], "trust": issuer.trust(name, named), "policies": [name]} for name in USE}
    roles[CLOCK]["policies"] = [CLOCK, SINK]
    about = FOR_THIS_SPEC if of else FOR_EVERY_SPEC
    head = HEAD.format(command=command(ci, file), roles=", ".join(USE), clock=about) + issuer.note.format(
        repository=named
    )
    sections = (
        {"version": 1, "scope": SCOPE},
        {"identity_providers": {ci: dict(issuer.provider)}},
        {"roles": roles},
        {"policies": policies},
    )
    return head + "\n" + "\n".join(map(dump, sections))


def _storing() -> dict[str, Any]:
    """What the sink of the nights needs in Secrets Manager, below a prefix.

    It reads no secret.
    """
    allowed = {"Effect": "Allow", "Action": sorted(STORING), "Resource": SECRETS}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def command(ci: str, file: str) -> str:
    """The command that makes the roles. It lifts the complaints about these roles."""
    addresses = [f"identity-provider/{ci}", *(f"role/{name}" for name in USE)]
    return " ".join([f"iamspec apply {file}", *(f"--allow external-trust:{one}" for one in addresses)])
