"""Accounts at rest, as `iamspec snapshot` writes them, with hostile values and references between their entities."""

from hostile import ANY, AWS, IDS, LAWFUL, RULES
from hypothesis import strategies as st

PROFILES = ["by-hand", "old", "a+=,.@-_b", "NO", "0042", "x" * 128]
ISSUERS = ["token.actions.githubusercontent.com", "gitlab.com", "oidc.eks.eu-west-1.amazonaws.com/id/0042"]
AUDIENCES = ["sts.amazonaws.com", "null", "0042", "https://x?a=b#c"]
SUBJECTS = ("repo:acme/infra:environment:NO", "repo:a/b:ref:refs/heads/0042", "x")


def several(values, most):
    return st.lists(
        values if isinstance(values, st.SearchStrategy) else st.sampled_from(values), max_size=most, unique=True
    )


def trusting(principal, **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trusts(own, providers):
    """Trust policies: short ones, those about a provider, odd ones, and four that IAM does not have."""
    web = [
        trusting(
            {"Federated": arn},
            Action="sts:AssumeRoleWithSAML" if ":saml-" in arn else "sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {f"{arn.partition('provider/')[2]}:sub": subject}},
        )
        for arn in [*providers, f"{own}oidc-provider/accounts.google.com"]
        for subject in SUBJECTS
    ]
    return [
        *web,
        trusting({"Service": "ec2.amazonaws.com"}),
        trusting({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}),
        trusting({"AWS": f"{own}root"}),
        trusting({"AWS": "arn:aws:iam::012345678901:root"}, Condition={"StringEquals": {"sts:ExternalId": "0042"}}),
        trusting({"AWS": "AROAEXAMPLE0000000000"}),
        trusting({"AWS": f"{own}user/gone"}),
        trusting({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        trusting({"Service": "ec2.amazonaws.com"}, Sid="", Condition={"Bool": {"aws:x": True}}),
        trusting({"Service": "ec2.amazonaws.com"}, Action=["sts:AssumeRole", "sts:TagSession"]),
        trusting("*"),
        *({}, {"Version": "2012-10-17", "Statement": []}, {"Statement": {"Effect": "Allow"}}),
    ]


class Maker:
    """Draws the records of one account."""

    def __init__(self, draw, values):
        self.draw = draw
        self.values = draw(st.sampled_from(values))
        self.account = draw(IDS)
        self.own = f"arn:aws:iam::{self.account}:"
        self.policies = {name: draw(self.values.paths) for name in self.unique() if "/" not in name}
        own = [self.arn("policy", name, path) for name, path in self.policies.items()]
        self.arns = own + [f"arn:aws:iam::aws:policy/{name}" for name in AWS]
        self.groups = self.unique()
        self.profiles = set()  # of roles: a profile has a single role

    def arn(self, kind, name, path):
        return f"{self.own}{kind}{path}{name}"

    def unique(self, most=4):
        return self.draw(st.lists(self.values.names, max_size=most, unique_by=str.casefold))

    def holder(self, kind, name):
        path = self.draw(self.values.paths)
        inline = [{"PolicyName": one, "PolicyDocument": self.draw(self.values.documents)} for one in self.unique(2)]
        title = kind.capitalize()
        return {
            f"{title}Name": name,
            "Path": path,
            "Arn": self.arn(kind, name, path),
            f"{title}PolicyList": inline,
            "AttachedManagedPolicies": [{"PolicyArn": arn} for arn in self.draw(several(self.arns, 3))],
        }

    def principal(self, kind, name):
        bound = self.draw(st.one_of(st.none(), st.sampled_from(self.arns)))
        return {
            **self.holder(kind, name),
            "Tags": self.draw(self.values.tags),
            **({"PermissionsBoundary": {"PermissionsBoundaryArn": bound}} if bound else {}),
        }

    def user(self, name):
        groups = self.draw(several(self.groups, 4)) if self.groups else []
        return {**self.principal("user", name), "UserId": "AIDA1", "GroupList": groups}

    def role(self, name, providers):
        known = trusts(self.own, sorted(providers))
        drawn = self.draw(st.one_of(several(PROFILES, 2), st.just([name])))
        profiles = [one for one in drawn if one.casefold() not in self.profiles]
        self.profiles |= {one.casefold() for one in profiles}
        return {
            **self.principal("role", name),
            "RoleId": "AROA1",
            "AssumeRolePolicyDocument": self.draw(st.sampled_from(known[: len(known) - self.values.trusts])),
            "InstanceProfileList": [
                {"InstanceProfileName": one, "Path": "/", "Arn": self.arn("instance-profile", one, "/")}
                for one in profiles
            ],
        }

    def policy(self, name, path):
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": self.draw(self.values.documents)}
        return {
            "PolicyName": name,
            "Path": path,
            "Arn": self.arn("policy", name, path),
            "PolicyVersionList": [version],
        }

    def extra(self):
        found = {"Tags": self.draw(self.values.tags), "Description": self.draw(self.values.descriptions)}
        return {key: one for key, one in found.items() if one}

    def providers(self):
        """The answers about identity providers by their ARNs."""
        draw, values = self.draw, self.values
        oidc = {
            f"{self.own}oidc-provider/{one}": {
                "Url": one,
                "ClientIDList": draw(several(AUDIENCES, 2)),
                "ThumbprintList": draw(several(values.thumbprints, 1)),
                "Tags": draw(values.tags),
            }
            for one in draw(several(ISSUERS, 2))
        }
        saml = {
            f"{self.own}saml-provider/{one}": {"SAMLMetadataDocument": draw(values.metadata), "Tags": draw(values.tags)}
            for one in draw(several(["okta", "NO", "0042", "a.b-c_d"], 2))
        }
        return oidc | saml

    def listed(self, role):
        return {
            "RoleName": role["RoleName"],
            "Description": self.draw(self.values.descriptions),
            "MaxSessionDuration": self.draw(self.values.durations),
        }


@st.composite
def accounts(draw, *, roles=False, values=(LAWFUL, ANY)):
    """An account; with `roles` it has roles, instance profiles and identity providers, too."""
    maker = Maker(draw, values)
    providers = maker.providers() if roles else {}
    made = [maker.role(name, providers) for name in maker.unique()] if roles else []
    lists = {
        "ListRoles": {"Roles": [maker.listed(one) for one in made]},
        "ListOpenIDConnectProviders": {
            "OpenIDConnectProviderList": [{"Arn": one} for one in providers if ":oidc-" in one]
        },
        "ListSAMLProviders": {"SAMLProviderList": [{"Arn": one} for one in providers if ":saml-" in one]},
    }
    alias = draw(st.sampled_from([None, "acme", "on", "no--alias", "0042"]))
    return {
        "format_version": 1,
        "account": {"id": maker.account, "partition": "aws", "alias": alias},
        "details": {
            "UserDetailList": [maker.user(name) for name in maker.unique()],
            "GroupDetailList": [maker.holder("group", name) for name in maker.groups],
            "RoleDetailList": made,
            "Policies": [maker.policy(name, path) for name, path in maker.policies.items()],
        },
        "policies": {maker.arn("policy", name, path): maker.extra() for name, path in maker.policies.items()},
        "password_policy": draw(RULES),
        **({"lists": lists, "providers": providers} if roles else {}),
    }
