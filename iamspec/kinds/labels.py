"""The addresses of identity providers, which IAM knows by their ARNs alone.

The spec gives each a name. An undeclared provider is called by the
end of its ARN.
"""

from iamspec.iam import Account
from iamspec.kinds.address import Address
from iamspec.policy.trust.short import Issuer, Surroundings

PROVIDER = "identity-provider"
OIDC, SAML = "oidc-provider", "saml-provider"  # as in ARNs
CENTER = ("AWSSSO_", "_DO_NOT_DELETE")  # around the name of Identity Center's SAML provider


def label(arn: str, account: Account) -> str:
    """The name of a provider: the name in the spec, else the end of the ARN.

    The type stands before the end of the ARN where the spec uses
    the same name for another provider.
    """
    if arn in account.labels:
        return account.labels[arn].name
    kind, _, name = arn.split(":", 5)[5].partition("/")
    taken = {one.name.casefold() for one in account.labels.values()}
    return f"{kind}/{name}" if name.casefold() in taken else name


def provider_address(arn: str, account: Account) -> Address | None:
    """The identity provider of the account behind an ARN.

    None for any other ARN.
    """
    for kind in (OIDC, SAML):
        beginning = account.arn(f"{kind}/")
        if arn.startswith(beginning) and len(arn) > len(beginning) and not is_center(arn):
            return Address(PROVIDER, label(arn, account))
    return None


def is_center(arn: str) -> bool:
    """Whether an ARN is of the SAML provider that Identity Center made.

    Nobody else may touch it.
    """
    name = arn.rpartition(f":{SAML}/")[2]
    return name.startswith(CENTER[0]) and name.endswith(CENTER[1])


def surroundings(account: Account) -> Surroundings:
    """The account as short forms of trust policies need it, with the issuers that have a name."""
    beginning = account.arn(f"{OIDC}/")
    issuers = {
        one.name: Issuer(arn.removeprefix(beginning), one.client_ids)
        for arn, one in account.labels.items()
        if arn.startswith(beginning)
    }
    return Surroundings(account.id, account.partition, issuers)
