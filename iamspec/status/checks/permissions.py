"""Checks about policies and their holders."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iamspec.kinds.contract import Address
from iamspec.policy.document import Document
from iamspec.policy.statement import listed
from iamspec.status.checks.rulings import cannot_tell, counted, failed, passed
from iamspec.status.evidence import Entities, Evidence, RoleFacts
from iamspec.status.frameworks import ids
from iamspec.status.grants import (
    allowing,
    allows_everything,
    attached,
    aws,
    bounds_only,
    inline,
    policies,
    whole_services,
)
from iamspec.status.model import Check, Cure, Form, Ruling, Severity, Subject
from iamspec.status.sources import SWEEP

LINKED = "/aws-service-role/"
SMTP = "ses-smtp-user."  # how SES names the users that it makes
MANY = 10


def groups_only(entities: Entities, _: Evidence) -> Ruling:
    return _direct(entities, lambda _: False)


def groups_only_but_smtp(entities: Entities, _: Evidence) -> Ruling:
    """Security Hub exempts the users that SES makes for sending mail."""
    return _direct(entities, lambda name: name.startswith(SMTP))


def _direct(entities: Entities, exempt: Callable[[str], bool]) -> Ruling:
    """A suspension and the quarantine of AWS only deny, so they do not count."""
    who = []
    user: Any
    for address, user in entities.live.resources.items():
        if address.kind == "user" and not exempt(user.name):
            notes = [
                counted(len(held), f"{how} policy", f"{how} policies")
                for held, how in (
                    (user.policies - user.facts.quarantine, "attached"),
                    (user.inline_policies, "inline"),
                )
                if held
            ]
            if notes:
                who.append(Subject(address, " and ".join(notes)))
    if not who:
        return passed("Users get permissions only through groups")
    return failed(f"{counted(len(who), 'user')} with policies of their own", who)


def no_admin_policy(entities: Entities, found: Evidence) -> Ruling:
    """AWS's AdministratorAccess counts with its holders, a policy of the account by itself."""
    held = attached(entities)
    who = [Subject(one, "attaches aws:AdministratorAccess") for one in held.get(aws(found, "AdministratorAccess"), ())]
    unread = []
    for address, policy in policies(entities):
        if held.get(policy.facts.arn):
            if policy.document.data is None:
                unread.append(str(address))
            elif allows_everything(policy.document):
                who.append(Subject(address, "", entities.versions.get(policy.facts.arn)))
    who += [Subject(holder, f'inline "{name}"') for holder, name, one in inline(entities) if allows_everything(one)]
    return _admins(who, unread)


def no_own_admin_policy(entities: Entities, _: Evidence) -> Ruling:
    """Security Hub looks at the policies of the account alone, attached or not, apart from boundaries."""
    own = [(address, one) for address, one in policies(entities) if not bounds_only(entities, one)]
    unread = [str(address) for address, one in own if one.document.data is None]
    return _admins(
        [
            Subject(address, "", entities.versions.get(one.facts.arn))
            for address, one in own
            if allows_everything(one.document)
        ],
        unread,
    )


def _admins(who: list[Subject], unread: list[str]) -> Ruling:
    if who:
        return failed(f"{counted(len(who), 'grant')} of everything", who)
    if unread:
        return cannot_tell(f"the documents of {', '.join(sorted(unread)[:10])} are not known")
    return passed("No attached policy allows everything")


def no_service_admin(entities: Entities, _: Evidence) -> Ruling:
    own = [(address, one) for address, one in policies(entities) if not bounds_only(entities, one)]
    found = [(address, one, whole_services(one.document)) for address, one in own]
    who = [
        Subject(address, ", ".join(names[:5]), entities.versions.get(one.facts.arn))
        for address, one, names in found
        if names
    ]
    if who:
        return failed(f"{counted(len(who), 'policy', 'policies')} with every action of a service", who)
    if unread := sorted(str(address) for address, one in own if one.document.data is None):
        return cannot_tell(f"the documents of {', '.join(unread[:10])} are not known")
    return passed("No policy of the account allows every action of a service")


def support_role(entities: Entities, found: Evidence) -> Ruling:
    return _support(attached(entities).get(aws(found, "AWSSupportAccess"), ()), {"role"})


def support_anybody(entities: Entities, found: Evidence) -> Ruling:
    """CIS 1.2 takes users and groups, too."""
    return _support(attached(entities).get(aws(found, "AWSSupportAccess"), ()), {"role", "group", "user"})


def _support(holders: Iterable[Address], kinds: set[str]) -> Ruling:
    able = [str(one) for one in holders if one.kind in kinds]
    if able:
        return passed(f"AWSSupportAccess is attached to {', '.join(able[:5])}")
    return failed(f"AWSSupportAccess is attached to no {' and no '.join(sorted(kinds, reverse=True))}")


def no_cloudshell_full(entities: Entities, found: Evidence) -> Ruling:
    holders = attached(entities).get(aws(found, "AWSCloudShellFullAccess"), ())
    if not holders:
        return passed("AWSCloudShellFullAccess is attached to nobody")
    return failed(f"AWSCloudShellFullAccess has {counted(len(holders), 'holder')}", map(Subject, holders))


def no_public_principal(entities: Entities, _: Evidence) -> Ruling:
    who = [Subject(role.address) for role in entities.roles if _is_public(role.trust)]
    if not who:
        return passed("No role can be assumed by everybody")
    return failed(f"{counted(len(who), 'role')} that everybody can assume", who)


def _is_public(trust: Document) -> bool:
    return any(one.is_unconditional and _everybody(one.data.get("Principal")) for one in allowing(trust))


def _everybody(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in listed(members) for members in principal.values())
    return bool(principal == "*")


def tagged(entities: Entities, found: Evidence) -> Ruling:
    """Roles that only a service may change are left out."""
    wanted = found.asked.required_tags
    bare = [Subject(role.address) for role in _taggable(entities) if _lacks(role.tags, wanted)]
    user: Any
    for address, user in entities.live.resources.items():
        if address.kind == "user" and _lacks(user.tags or {}, wanted):
            bare.append(Subject(address))
    keys = f"the tags {', '.join(wanted)}" if wanted else "a tag"
    if not bare:
        return passed(f"Every user and role has {keys}")
    return failed(f"{counted(len(bare), 'user or role', 'users and roles')} without {keys}", bare)


def _taggable(entities: Entities) -> Iterator[RoleFacts]:
    return (role for role in entities.roles if not role.path.startswith(LINKED))


def _lacks(tags: Mapping[str, str], wanted: tuple[str, ...]) -> bool:
    own = {key for key in tags if not key.startswith("aws:")}
    return not set(wanted) <= own if wanted else not own


CHECKS: tuple[Check[Entities], ...] = (
    Check(
        key="groups-only",
        title="Users get permissions only through groups",
        severity=Severity.LOW,
        frameworks=ids("1.16", "1.15", "1.14", "2.14", "2.13", hub="IAM.2", console="earlier item 4"),
        source=SWEEP,
        judge=groups_only,
        variants={"fsbp": groups_only_but_smtp},
        names=True,
        why="Permissions of single users pile up and are hard to review.",
        cure=Cure("groups: [developers], policies: [], inline_policies: {}", Form.USER),
        about=(
            "Passes if no user has an attached or an inline policy. A boundary does not count, nor does a policy that "
            "iamspec or AWS attached to lock a user out. In `fsbp` the SMTP users that SES makes are exempt."
        ),
    ),
    Check(
        key="no-admin-policy",
        title="No attached policy allows everything",
        severity=Severity.HIGH,
        frameworks=ids("1.22", "1.16", "1.15", "2.15", "2.14", hub="IAM.1"),
        source=SWEEP,
        judge=no_admin_policy,
        variants={"fsbp": no_own_admin_policy},
        names=True,
        why="A thief of such a user or role has the whole account.",
        cure=Cure(
            "Allow only the actions that are needed. Accept your administrators by name, in the settings under "
            "status.accept.no-admin-policy.",
            Form.STEPS,
        ),
        about=(
            'Passes if no attached or inline policy allows the action "*" on the resource "*", under conditions or '
            "not. Somebody has to be administrator: accept these by name, so that a new one fails. "
            "aws:AdministratorAccess counts with each of its holders. In `fsbp` only policies of the account count."
        ),
    ),
    Check(
        key="no-service-admin",
        title="No policy of the account allows every action of a service",
        severity=Severity.LOW,
        frameworks=ids(hub="IAM.21"),
        source=SWEEP,
        judge=no_service_admin,
        names=True,
        why="A service gets new actions every month, and this policy allows them unseen.",
        cure=Cure("iamspec lint", Form.COMMAND),
        about=(
            "Passes if no customer-managed policy allows `service:*`. `s3:Get*` is fine. Policies that serve only as "
            "boundary are exempt."
        ),
    ),
    Check(
        key="support-role",
        title="A role may call AWS Support",
        severity=Severity.LOW,
        frameworks=ids("1.20", "1.17", "1.16", "2.16", "2.15", hub="IAM.18"),
        source=SWEEP,
        judge=support_role,
        variants={"cis-1.2": support_anybody},
        why="In an incident, somebody without all rights should be able to call for help.",
        cure=Cure(
            "aws iam attach-role-policy --role-name ROLE --policy-arn arn:aws:iam::aws:policy/AWSSupportAccess",
            Form.COMMAND,
        ),
        about="Passes if aws:AWSSupportAccess is attached to a role. In `cis-1.2` a user or a group will do.",
    ),
    Check(
        key="no-cloudshell-full",
        title="Nobody has AWSCloudShellFullAccess",
        severity=Severity.MEDIUM,
        frameworks=ids("", "1.22", "1.21", "2.21", "2.20", hub="IAM.27", since="cis-2.0"),
        source=SWEEP,
        judge=no_cloudshell_full,
        names=True,
        why="With it, files can be carried out of the account through a shell in the browser.",
        cure=Cure(
            "policies: []",
            Form.USER,
            {
                "group": Cure("policies: []", Form.GROUP),
                "role": Cure(
                    "aws iam detach-role-policy --role-name NAME "
                    "--policy-arn arn:aws:iam::aws:policy/AWSCloudShellFullAccess",
                    Form.COMMAND,
                ),
            },
        ),
        about="Passes if the policy aws:AWSCloudShellFullAccess is attached to no user, group or role.",
    ),
    Check(
        key="no-public-principal",
        title="No role can be assumed by everybody",
        severity=None,
        frameworks=ids(cis_7="2.21"),
        source=SWEEP,
        judge=no_public_principal,
        names=True,
        why="Everybody in the world can take this role and what it may do.",
        cure=Cure(
            "aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json", Form.COMMAND
        ),
        about=(
            'Passes if no trust policy allows the principal "*" without a condition. Policies of buckets, queues and '
            "other resources are beyond IAM and are not looked at."
        ),
    ),
    Check(
        key="tagged",
        title="Users and roles have tags",
        severity=Severity.LOW,
        frameworks=ids(hub="IAM.24, IAM.25"),
        source=SWEEP,
        judge=tagged,
        names=True,
        why="A tag says whose an entity is when something goes wrong with it.",
        cure=Cure(
            "tags: {owner: platform}",
            Form.USER,
            {"role": Cure("aws iam tag-role --role-name NAME --tags Key=owner,Value=platform", Form.COMMAND)},
        ),
        about=(
            "Passes if every user and role has the tags of `status.required_tags`, or any tag if that is left out. "
            "Service-linked roles are left out. Analyzers (IAM.23) are not looked at."
        ),
    ),
)
