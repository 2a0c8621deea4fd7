"""The texts of `iamspec explain CODE`: meaning, reason and cure of each warning.

`example` is YAML: `warned` draws the warning, `better` does not.
Each is a statement, or a whole document.
"""

from iamspec.policy.lint_texts import trust_texts
from iamspec.policy.lint_texts.text import LintText

__all__ = ["TEXTS", "LintText"]

_ALL = (
    LintText(
        "administrator",
        "an administrator can do everything, and undo what limits others",
        "The statement allows every action on every resource without a condition. A Deny beside it helps only if it also "
        "denies every way to rewrite the own permissions.",
        "List the actions that are needed. For people who really are administrators, attach aws:AdministratorAccess and "
        "name them under guards.administrators.",
        'warned: {Effect: Allow, Action: "*", Resource: "*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::artifacts/*"}\n',
    ),
    LintText(
        "allow-not-action",
        "Allow with NotAction allows whatever AWS adds later",
        "The statement allows every action but the listed ones, in services that nobody has heard of yet, too.",
        "List the allowed actions in Action. To take actions away from a wide policy, write a Deny.",
        'warned: {Effect: Allow, NotAction: "iam:*", Resource: "arn:aws:s3:::artifacts/*"}\n'
        'better: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::artifacts/*"}\n',
    ),
    LintText(
        "allow-not-resource",
        "Allow with NotResource allows access to whatever is created later",
        "The statement allows the actions on every resource but the listed ones, those to come included.",
        "List the allowed resources in Resource. To protect some resources, write a Deny.",
        'warned: {Effect: Allow, Action: "s3:GetObject", NotResource: "arn:aws:s3:::payroll/*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::artifacts/*"}\n',
    ),
    LintText(
        "escalation",
        "some actions let their holder gain more than was given",
        "The holder can use the named actions to get other permissions: by changing a policy, by taking over a user, or "
        "by running code with a stronger role.",
        "Limit Resource to what may be changed, or add a Condition such as iam:PassedToService or MFA.",
        'warned: {Effect: Allow, Action: "iam:AttachUserPolicy", Resource: "*"}\n'
        'better: {Effect: Allow, Action: "iam:AttachUserPolicy", Resource: "arn:aws:iam::123456789012:user/ci/*"}\n',
    ),
    LintText(
        "forallvalues-allow",
        "ForAllValues holds for a request that has no value at all",
        "ForAllValues asks whether every value of a request is on the list. A request without the key has no value that "
        "is not, so that the statement allows it.",
        "Add a Null test that asks for the key, or leave the quantifier out where the key has one value.",
        'warned: {Effect: Allow, Action: "s3:*", Resource: "*", Condition: {"ForAllValues:StringEquals": {"aws:TagKeys": team}}}\n'
        'better: {Effect: Allow, Action: "s3:*", Resource: "*", Condition: {"ForAllValues:StringEquals": {"aws:TagKeys": team}, '
        '"Null": {"aws:TagKeys": "false"}}}\n',
    ),
    LintText(
        "inline-size",
        "inline policies share a small quota, and nothing can be added when it is full",
        "All inline policies of a user have 2,048 characters together, those of a group 5,120. More than nine tenths are used.",
        "Move a document into a managed policy, which has 6,144 characters of its own.",
        "warned: {}\nbetter: {}\n",
    ),
    LintText(
        "key-never-set",
        "a test of a key that no request for the action has cannot do its work",
        "A request carries a condition key only if its action sets the key. Without it, a test for a value fails: an Allow "
        "allows nothing, and a Deny denies nothing. A negated test and Null always give the same answer.",
        "Look up the keys of the action in the Service Authorization Reference, and split the statement by action.",
        'warned: {Effect: Deny, Action: "sagemaker:DeleteDomain", Resource: "*", Condition: {StringEquals: {"aws:RequestTag/team": a}}}\n'
        'better: {Effect: Deny, Action: "sagemaker:DeleteDomain", Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/team": a}}}\n',
    ),
    LintText(
        "malformed-variable",
        "a variable that is not written as IAM writes them is plain text",
        "A policy variable is ${key}, or ${key, 'default'} with a text for requests without the key. Anything else is "
        "compared as it stands, and matches nothing.",
        "Close the brace, take blanks out of the key, and put the default into single quotes.",
        'warned: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::home/${aws:username/*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::home/${aws:username}/*"}\n',
    ),
    LintText(
        "mfa-not-enforced",
        "a request with an access key says nothing of MFA, unless a session was made with MFA",
        "aws:MultiFactorAuthPresent is in requests of sessions only. A Deny that waits for its value false does not deny "
        "requests with access keys. An Allow that takes its absence for true allows them.",
        "Deny with BoolIfExists and false. Allow with Bool and true.",
        'warned: {Effect: Deny, Action: "iam:*", Resource: "*", Condition: {Bool: {"aws:MultiFactorAuthPresent": "false"}}}\n'
        'better: {Effect: Deny, Action: "iam:*", Resource: "*", Condition: {BoolIfExists: {"aws:MultiFactorAuthPresent": "false"}}}\n',
    ),
    LintText(
        "missing-qualifier",
        "a key with several values is compared with ForAnyValue or ForAllValues only",
        "Without a quantifier, IAM was seen never to match such a key while a request has it, under negated operators "
        "neither. For aws:TagKeys that is certain.",
        "Write ForAnyValue if one value on the list is enough, ForAllValues if every value must be on the list.",
        'warned: {Effect: Allow, Action: "ec2:CreateTags", Resource: "*", Condition: {StringEquals: {"aws:TagKeys": team}}}\n'
        'better: {Effect: Allow, Action: "ec2:CreateTags", Resource: "*", Condition: {"ForAnyValue:StringEquals": {"aws:TagKeys": team}}}\n',
    ),
    LintText(
        "multivalued-variable",
        "a variable of a key with several values is never replaced",
        "IAM was seen to expand no variable for a key that may have several values, and to ignore its default.",
        "Compare with a key that has one value, such as aws:PrincipalTag/team.",
        'warned: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/${aws:TagKeys}/*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"}\n',
    ),
    LintText(
        "no-such-wildcard",
        "a pattern that matches no action does nothing",
        "No known action matches the pattern. In an Allow that is a missing permission, in a Deny a hole.",
        "Check the spelling, and take blanks out.",
        'warned: {Effect: Allow, Action: "s3:Gte*", Resource: "*"}\nbetter: {Effect: Allow, Action: "s3:Get*", Resource: "*"}\n',
    ),
    LintText(
        "not-an-action",
        "an operation of the API is allowed by the action behind it, not by its own name",
        "Some operations are authorized under other names, as HeadObject is by s3:GetObject.",
        "Write the actions that the warning names.",
        'warned: {Effect: Allow, Action: "s3:HeadObject", Resource: "arn:aws:s3:::b/*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*"}\n',
    ),
    LintText(
        "odd-address",
        "an address that is not written as usual is read in IAM's own way",
        "IAM ignores host bits, leading zeroes, a plus sign and extra colons. Other tools refuse them or read them "
        "otherwise, as an octal number for example.",
        "Write the range that the warning names.",
        'warned: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::b", Condition: {IpAddress: {"aws:SourceIp": 203.0.113.7/24}}}\n'
        'better: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::b", Condition: {IpAddress: {"aws:SourceIp": 203.0.113.0/24}}}\n',
    ),
    LintText(
        "odd-boolean",
        "every text but true means false",
        'IAM stores any text under Bool and Null, and takes every text but "true" for false, "yes" and "1" as well.',
        'Write "true" or "false".',
        'warned: {Effect: Deny, Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "no"}}}\n'
        'better: {Effect: Deny, Action: "s3:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}\n',
    ),
    LintText(
        "pass-role-any",
        "who can pass any role can have a service act with the strongest",
        "With iam:PassRole on every role, the holder can give the strongest role of the account to a service, and work "
        "through that service.",
        "Name the roles in Resource, or the services in a Condition on iam:PassedToService.",
        'warned: {Effect: Allow, Action: "iam:PassRole", Resource: "*"}\n'
        'better: {Effect: Allow, Action: "iam:PassRole", Resource: "arn:aws:iam::123456789012:role/deploy-*"}\n',
    ),
    LintText(
        "private-address",
        "AWS sees the public address of a caller, so that a private address never matches",
        "aws:SourceIp is the address with which a request comes out of the internet. Requests through a VPC endpoint do "
        "not have the key at all.",
        "Write the public addresses, or aws:VpcSourceIp for requests through a VPC endpoint.",
        'warned: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::b", Condition: {IpAddress: {"aws:SourceIp": 10.0.0.0/8}}}\n'
        'better: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::b", Condition: {IpAddress: {"aws:VpcSourceIp": 10.0.0.0/8}}}\n',
    ),
    LintText(
        "resource-mismatch",
        "a statement has no effect on a resource that its action does not support",
        "Each action works on some types of resources, and a few on none. No resource of the statement can be one of those.",
        'Add a resource of a type that the warning names, or a statement with Resource "*" for the action.',
        'warned: {Effect: Allow, Action: "s3:ListBucket", Resource: "arn:aws:s3:::b/*"}\n'
        'better: {Effect: Allow, Action: "s3:ListBucket", Resource: "arn:aws:s3:::b"}\n',
    ),
    LintText(
        "unknown-action",
        "an action that does not exist does nothing",
        "IAM stores any name. In an Allow an unknown one is a missing permission, in a Deny a hole.",
        "Write the action that the warning names. If AWS has only just added it, ignore the warning and say so.",
        'warned: {Effect: Allow, Action: "s3:GetObjet", Resource: "*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "*"}\n',
    ),
    LintText(
        "unknown-condition-key",
        "a test of a key that is never set fails, or always holds with IfExists and negation",
        "No request has a key that does not exist. An Allow then allows nothing, and a Deny denies nothing or everything.",
        "Write the key that the warning names.",
        'warned: {Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:PrincipalTags/team": a}}}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:PrincipalTag/team": a}}}\n',
    ),
    LintText(
        "unknown-service",
        "an action of a service that does not exist does nothing",
        "The prefix of an action is often not the name of its service: EFS has elasticfilesystem.",
        "Write the prefix that the warning names.",
        'warned: {Effect: Allow, Action: "efs:DescribeMountTargets", Resource: "*"}\n'
        'better: {Effect: Allow, Action: "elasticfilesystem:DescribeMountTargets", Resource: "*"}\n',
    ),
    LintText(
        "unknown-variable",
        "a variable of a key that does not exist is never replaced",
        "IAM replaces ${key} by the value that a request has for the key. No request has one that does not exist, so that "
        "the text matches nothing.",
        "Write the key that the warning names. Names such as AWS::AccountId belong to CloudFormation: iamspec has "
        "${iamspec:account_id} and ${iamspec:partition}.",
        'warned: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::home/${aws:usrname}/*"}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::home/${aws:username}/*"}\n',
    ),
    LintText(
        "variable-not-supported",
        "only operators for texts, ARNs and booleans replace variables",
        "Under numeric, date, binary and address operators and under Null, IAM replaces no variables.",
        "Write a value, or compare as text.",
        'warned: {Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {NumericEquals: {"s3:max-keys": "${aws:PrincipalTag/n}"}}}\n'
        'better: {Effect: Allow, Action: "s3:ListBucket", Resource: "*", Condition: {StringEquals: {"s3:max-keys": "${aws:PrincipalTag/n}"}}}\n',
    ),
    LintText(
        "version-2008-variables",
        "policy variables are plain text before Version 2012-10-17",
        "A document without Version counts as one of 2008-10-17, in which ${aws:username} is a text of fifteen characters.",
        'Write "Version": "2012-10-17".',
        'warned: {Statement: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/${aws:username}/*"}}\n'
        'better: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/${aws:username}/*"}}\n',
    ),
    LintText(
        "wildcard-without-like",
        "only operators with Like read * and ? as wildcards",
        'StringEquals compares character by character, so that "admin-*" matches nothing but itself. In a Deny that is a hole.',
        "Write StringLike. If the character itself is meant, write ${*} or ${?}.",
        'warned: {Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:PrincipalTag/job": "admin-*"}}}\n'
        'better: {Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {StringLike: {"aws:PrincipalTag/job": "admin-*"}}}\n',
    ),
)
TEXTS: dict[str, LintText] = {one.code: one for one in sorted((*_ALL, *trust_texts.ALL), key=lambda one: one.code)}
OF_SPECS: dict[str, LintText] = {  # about users rather than documents. The examples are parts of specs
    "cannot-change-password": LintText(
        "cannot-change-password",
        "who must change the first password must be allowed to",
        "A password that iamspec makes must be changed at the first sign-in, before the user has an MFA device. If neither "
        "the password policy of the account nor a policy of the user allows it, the user cannot get in. A Deny that asks "
        "for MFA forbids it, too.",
        "Set allow_users_to_change_password in account.password_policy, or attach aws:IAMUserChangePassword. Where a Deny "
        "without MFA decides, add iam:ChangePassword to its NotAction. Or write console: {password_reset_required: false}.",
        "warned: {users: {alice: {console: true}}}\n"
        'better: {users: {alice: {console: true, policies: ["aws:IAMUserChangePassword"]}}}\n',
    )
}
