"""The texts of the warnings about trust policies, for `iamspec explain CODE`."""

from iamspec.policy.lint_texts.text import LintText

_HUB = "token.actions.githubusercontent.com"
_PROVIDER = f'{{Federated: "arn:aws:iam::123456789012:oidc-provider/{_HUB}"}}'


def _web(operator: str, subject: str) -> str:
    condition = f'{{{operator}: {{"{_HUB}:sub": "{subject}"}}}}'
    return f"{{Effect: Allow, Principal: {_PROVIDER}, Action: sts:AssumeRoleWithWebIdentity, Condition: {condition}}}\n"


ALL = (
    LintText(
        "github-by-name",
        "a trust in the name of a repository is a trust in every later owner of the name",
        "The subject of the token names owner and repository. Whoever registers the name after its owner has given it up "
        "gets tokens with the same subject. Since July 2026 GitHub can put the ids of both into the subject.",
        "Write owner_id and repository_id, and switch the repository to subjects with ids. Its settings show which form "
        "its tokens have.",
        f"warned: {_web('StringEquals', 'repo:acme/infra:environment:iam')}"
        f"better: {_web('StringEquals', 'repo:acme@12/infra@34:environment:iam')}",
    ),
    LintText(
        "github-wide",
        "a trust in GitHub that is wider than one repository is a trust in each of its workflows",
        "Everybody who can push to any of the repositories can assume the role. Without a subject, that is everybody who "
        "can run a workflow that the condition names.",
        "Write an entry for each repository that needs the role: {github: OWNER/REPOSITORY, environment: NAME}.",
        f"warned: {_web('StringLike', 'repo:acme/*')}"
        f"better: {_web('StringEquals', 'repo:acme@12/infra@34:environment:iam')}",
    ),
    LintText(
        "service-without-source",
        "an AWS service uses the role for every account that names it, unless the trust asks for the own account",
        "A customer of the service can name the role of another account in a request to the service. The service may then "
        "assume it for that customer (the confused deputy). The service says in whose name it acts.",
        'Ask for the own account with "aws:SourceAccount", or for the very resource with "aws:SourceArn". A short form '
        "cannot say that, so write the trust as a document.",
        "warned: {Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}\n"
        "better: {Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole, "
        'Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}}}\n',
    ),
    LintText(
        "trust-anybody",
        "a role that everybody may assume belongs to everybody",
        'The principal {"AWS": "*"} without a condition lets every user and role of every AWS account in. Only the name of '
        "the role stands between them and what it may do, and names are guessed.",
        "Name the accounts, users or roles. To let a whole organization in, ask for aws:PrincipalOrgID.",
        'warned: {Effect: Allow, Principal: {AWS: "*"}, Action: sts:AssumeRole}\n'
        'better: {Effect: Allow, Principal: {AWS: "*"}, Action: sts:AssumeRole, '
        "Condition: {StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}}\n",
    ),
    LintText(
        "whole-account",
        "whoever administrates a trusted account decides who uses the role",
        "The trust names the root of another account, so every user and role of it may be allowed to assume the role. A "
        "vendor who serves many customers can be tricked into using it for another one (the confused deputy).",
        "Name a role of the account, or ask for an external id that the vendor has chosen for you: "
        '{account: "210987654321", external_id: x-77}.',
        'warned: {Effect: Allow, Principal: {AWS: "210987654321"}, Action: sts:AssumeRole}\n'
        'better: {Effect: Allow, Principal: {AWS: "210987654321"}, Action: sts:AssumeRole, '
        "Condition: {StringEquals: {sts:ExternalId: x-77}}}\n",
    ),
    LintText(
        "wildcard-subject",
        "a subject with a wildcard trusts jobs that nobody has thought of",
        "The subject says for which job the issuer made the token. A wildcard in it lets later branches, environments and "
        "jobs in, and perhaps those of pull requests.",
        "Name the environment, the branch or the job. For several, write several entries.",
        f"warned: {_web('StringLike', 'repo:acme@12/infra@34:*')}"
        f"better: {_web('StringEquals', 'repo:acme@12/infra@34:environment:iam')}",
    ),
)
