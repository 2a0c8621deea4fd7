"""Checks of the account as a whole, and those that only a person can answer."""

from collections.abc import Mapping, Sequence

from iamspec.kinds.contract import Address
from iamspec.status.checks.rulings import cannot_tell, counted, failed, manual, not_applicable, passed
from iamspec.status.evidence import Certificate, Entities, Evidence, Missing, NotHere
from iamspec.status.frameworks import ids
from iamspec.status.model import Check, Cure, Form, Ruling, Severity, Subject
from iamspec.status.report import Report
from iamspec.status.sources import ANALYZERS, CERTIFICATES, CONTACT, COUNTED, NOTHING, ORGANIZATION, PEOPLE

CENTRAL_ROOT = "RootCredentialsManagement"
ASK = "A person has to look"


def individual_users(entities: Entities, found: Evidence) -> Ruling:
    number = sum(address.kind == "user" for address in entities.live.resources)
    if number:
        return passed(f"The account has {counted(number, 'IAM user')}")
    providers = 0 if isinstance(found.summary, Missing) else found.summary.get("Providers", 0)
    if providers:
        return not_applicable("The account has no IAM user, and an identity provider: people sign in through that")
    return failed("The account has no IAM user")


def security_contact(contact: bool, _: Evidence) -> Ruling:
    return passed("A security contact is registered") if contact else failed("No security contact is registered")


def certificates_valid(certificates: Sequence[Certificate], found: Evidence) -> Ruling:
    ended = [one for one in certificates if one.expires is None or one.expires <= found.now]
    if not ended:
        return passed("No server certificate has expired")
    who = [Subject(Address("server-certificate", one.name), "", one.expires) for one in ended]
    return failed(f"{counted(len(ended), 'server certificate')} past the end", who)


def analyzer_in_every_region(regions: Mapping[str, bool | Missing], _: Evidence) -> Ruling:
    who = [Subject(Address("region", name)) for name, there in regions.items() if there is False]
    if who:
        return failed(f"{counted(len(who), 'region')} without an active analyzer of external access", who)
    for name, there in sorted(regions.items()):
        if isinstance(there, Missing):
            return cannot_tell(f"{name}: {there.reason}")
    if not regions:
        return manual(f"{ASK}: say which regions you use, with --region")
    return passed(f"An analyzer of external access is active in {', '.join(sorted(regions))}")


def central_root(features: frozenset[str] | NotHere | None, _: Evidence) -> Ruling:
    if features is None:
        return manual(f"{ASK}: --organization asks, if this is the management account")
    if isinstance(features, NotHere):
        return not_applicable(features.reason)
    if CENTRAL_ROOT in features:
        return passed("The organization manages the root credentials of its members")
    return failed("The organization does not manage the root credentials of its members")


def central_users(_: None, found: Evidence) -> Ruling:
    """The facts for the person who has to judge."""
    providers = None if isinstance(found.summary, Missing) else found.summary.get("Providers")
    people = sum(row.may_sign_in for row in found.report.users) if isinstance(found.report, Report) else None
    facts = [counted(providers, "identity provider")] if providers is not None else []
    facts += [counted(people, "user with a password", "users with a password")] if people is not None else []
    return manual(": ".join([ASK, *([", ".join(facts)] if facts else [])]))


def asked(text: str) -> Ruling:
    return manual(f"{ASK}: {text}")


SWEPT: tuple[Check[Entities], ...] = (
    Check(
        key="individual-users",
        title="People have IAM users of their own",
        severity=None,
        frameworks=ids(console="earlier item 3"),
        source=COUNTED,
        judge=individual_users,
        why="A person without a user signs in as root, or with the password of a colleague.",
        cure=Cure("users: {ana: {groups: [administrators], console: true}}", Form.SETTINGS),
        about="Passes if the account has an IAM user. Not applicable where people come through an identity provider.",
    ),
)
FACTS = (
    Check(
        key="security-contact",
        title="A security contact is registered",
        severity=Severity.MEDIUM,
        frameworks=ids("", "1.2", "1.2", "2.2", "2.3", hub="Account.1"),
        source=CONTACT,
        judge=security_contact,
        why="AWS writes to this contact when a key of the account leaks.",
        cure=Cure(
            "aws account put-alternate-contact --alternate-contact-type SECURITY --name NAME --title TITLE "
            "--email-address ADDRESS --phone-number NUMBER",
            Form.COMMAND,
        ),
        about="Passes if account:GetAlternateContact knows a contact of the type SECURITY.",
    ),
)
OTHERS = (
    Check(
        key="certs-valid",
        title="No server certificate has expired",
        severity=Severity.MEDIUM,
        frameworks=ids("", "1.19", "1.18", "2.18", "2.17", hub="IAM.26"),
        source=CERTIFICATES,
        judge=certificates_valid,
        names=True,
        why="A certificate past its end can be served by mistake, and warns everybody away.",
        cure=Cure("aws iam delete-server-certificate --server-certificate-name NAME", Form.COMMAND),
        about="Passes if no server certificate that IAM keeps has expired.",
    ),
)
REGIONS = (
    Check(
        key="external-analyzer",
        title="An analyzer watches external access in every region",
        severity=Severity.HIGH,
        frameworks=ids("", "1.20", "1.19", "2.19", "2.18", hub="IAM.28"),
        source=ANALYZERS,
        judge=analyzer_in_every_region,
        names=True,
        why="It reports what people outside of the account can reach.",
        cure=Cure(
            "aws accessanalyzer create-analyzer --region NAME --analyzer-name external --type ACCOUNT", Form.COMMAND
        ),
        about=(
            "Asked only for the regions that `--region` names, one call each. Passes if each has an active analyzer "
            "of the type ACCOUNT or ORGANIZATION."
        ),
    ),
)
FEATURES = (
    Check(
        key="central-root",
        title="Root access of member accounts is managed centrally",
        severity=None,
        frameworks=ids(cis_7="2.1.1"),
        source=ORGANIZATION,
        judge=central_root,
        why="Root credentials that do not exist cannot be stolen.",
        cure=Cure("aws iam enable-organizations-root-credentials-management", Form.COMMAND),
        about=(
            "Asked with `--organization` or in `cis-7.0`. Only the management account of an organization, or an "
            "account that it delegates to, gets an answer. Elsewhere the check is not applicable."
        ),
    ),
)


def _manual(key: str, title: str, frameworks: dict[str, str], text: str, why: str, cure: str) -> Check[None]:
    return Check(
        key=key,
        title=title,
        severity=None,
        frameworks=frameworks,
        source=NOTHING,
        judge=lambda _, __: asked(text),
        why=why,
        cure=Cure(cure, Form.STEPS),
        about="No call of the API answers this, so the status never says more than that a person has to look.",
    )


MANUAL: tuple[Check[None], ...] = (
    _manual(
        "contact-current",
        "Contact details are current",
        ids("", "1.1", "1.1", "2.1", "2.2"),
        "are the contact details of the account current?",
        "AWS writes and calls there before it locks an account.",
        "Console, account menu, Account: Contact information.",
    ),
    _manual(
        "security-questions",
        "Security questions are set",
        ids("1.15", "1.3"),
        "are the security questions of the account set?",
        "AWS may ask them before it gives an account back.",
        "Console, account menu, Account: security questions, if the account still offers them.",
    ),
    _manual(
        "instance-roles",
        "EC2 instances use roles",
        ids("1.19", "1.18", "1.17", "2.17", "2.16"),
        "iamspec does not look at EC2; do instances have roles instead of keys?",
        "A key on the disk of a machine is copied with every image of it.",
        "Give each instance an instance profile, and delete the keys on it.",
    ),
    Check(
        key="central-users",
        title="Users are managed centrally",
        severity=None,
        frameworks=ids("", "1.21", "1.20", "2.20", "2.19"),
        source=PEOPLE,
        judge=central_users,
        why="Somebody who leaves should lose every account at once.",
        cure=Cure("Let people sign in through IAM Identity Center or another identity provider.", Form.STEPS),
        about=(
            "Concerns organizations with several accounts (level 2 in CIS). The status shows the number of identity "
            "providers and of users with a password. A person judges."
        ),
    ),
)
