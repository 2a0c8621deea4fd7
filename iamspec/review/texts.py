"""The texts behind `iamspec explain GUARD`: the facts a guard sees, its reason, and the way on.

No guard is loaded here, so that an explanation need not wait for
them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuardText:
    """The texts of a guard.

    `sees` ends the sentence "It complains when". `bare` says that
    --allow takes the name without an address.
    """

    name: str
    sees: str
    why: str
    way_out: str
    bare: bool = False


_ALL = (
    GuardText(
        "admin-quorum",
        "fewer administrators than guards.min_admins would be left, or a user under guards.administrators would stop "
        "being one.",
        "Without an administrator nobody can repair the account. A user counts only if the access is unconditional and "
        "if the user can sign in.",
        "Leave another administrator in place first, or lower guards.min_admins in the settings.",
        bare=True,
    ),
    GuardText(
        "boundary",
        "a live permissions boundary would come off because the spec has no line for it.",
        "A boundary limits what a user may do. A forgotten line must not lift that limit.",
        "Write permissions_boundary with the boundary, or with null if it should come off.",
    ),
    GuardText(
        "copy-ended",
        "a user copies the permissions of a user who is suspended or has ended.",
        "The copy would change together with its source, though nobody decided that about the copier. The changes of "
        "the copier wait, and everything else is planned.",
        "Name another user under copy_permissions_from, or write the permissions out.",
    ),
    GuardText(
        "ended-deny",
        "a membership or attachment has ended, and with it a Deny: users would get access by the date alone.",
        "The end of a Deny is a grant, and no date may make a grant by itself.",
        "Write a later end, or take the line out in a change that somebody reviews.",
    ),
    GuardText(
        "external-trust",
        "an outsider could newly assume a role, or assume it under fewer conditions. Outsiders are other accounts, issuers "
        "of tokens, subjects and SAML providers. It also complains about a new identity provider, about a new certificate "
        "or client id of an identity provider, about session tags that outsiders could newly set where policies ask for "
        "tags, and about a trust in a deleted role if a new role has its name.",
        "A trust policy is a way into the account that no user of the account sees. The outsider can then do everything "
        "that the role can do.",
        "Ask who that is and why the role is needed, narrow the trust to a role, a repository or an external id, or "
        "allow the complaint.",
    ),
    GuardText(
        "in-use",
        "a tombstone names a policy or group that others hold, an undeclared role at work would go, or a role would lose its "
        "instance profile.",
        "Deleting it would take permissions from entities that the spec may not even know, such as EC2 instances.",
        "Detach it from its holders first, or allow the complaint.",
    ),
    GuardText(
        "mass-delete",
        "a plan deletes more than guards.max_deletes entities of a kind, or takes away more than guards.max_revokes "
        "memberships and attachments.",
        "Plans of this size usually come from a wrong path, a wrong scope or an empty file.",
        "Read the plan. If it is meant, allow it once, or raise the limit in the settings.",
        bare=True,
    ),
    GuardText(
        "password-policy",
        "the plan turns on hard_expiry, or lowers max_password_age while hard_expiry is on, and a user has a password.",
        "Every user with an older password is locked out at once, administrators included.",
        "Leave hard_expiry out, or let people change their passwords first.",
    ),
    GuardText(
        "protected",
        "an entity under guards.protected, or one with the tag iamspec:protected, would be deleted, would be renamed or "
        "would lose access.",
        "This entity is marked: it must not change by accident.",
        "Allow the complaint for this entity, or take it out of guards.protected in a change of its own.",
    ),
    GuardText(
        "quarantine",
        "a user would get more permissions while AWS has the user in quarantine, because a key of the user leaked.",
        "The finder of the key would get these permissions, too.",
        "Delete the leaked key and answer AWS's support case. The quarantine policy then comes off by hand.",
    ),
    GuardText(
        "quota",
        "the account would exceed one of its own limits, such as the number of groups.",
        "IAM would refuse a call in the middle of the apply.",
        "Delete unused entities, or ask AWS for a higher limit.",
        bare=True,
    ),
    GuardText(
        "recently-used",
        "a user or role would be deleted that was used within guards.recent_days days. It also complains about a password "
        "or an active key that would be taken away and was used or made in that time.",
        "A person or a program probably still needs it.",
        "Ask the owner. `iamspec suspend USER` locks the user out, and can be taken back.",
    ),
    GuardText(
        "reissue",
        "a live user has no password, or no active access key, and the plan would make it.",
        "Somebody may have taken the credential away on purpose.",
        "Allow the complaint for this user, or write console: false or access_keys: 0.",
    ),
    GuardText(
        "root-caller",
        "the credentials that run the command are those of root.",
        "Root has every right, and no policy limits what goes wrong.",
        "Sign in as a user or role that has what `iamspec permissions` prints.",
        bare=True,
    ),
    GuardText(
        "self-lockout",
        "the user or role that runs the command would lose a policy, a group or a key in use, or get a new Deny. It also "
        "complains when that role, or a role under guards.pipelines, could not be assumed as before.",
        "The apply could lock itself out half-way, and nobody could run the rest.",
        "Let somebody else run this plan, or allow the complaint if the access is not needed.",
        bare=True,
    ),
    GuardText(
        "takeover",
        "an MFA device is removed and a password is given for the same user within 24 hours, in any order.",
        "An attacker who gets both from a help desk has the user. Each repair by itself may be right.",
        "Make sure by another way that it is really this person who asks, then allow the complaint. Or wait a day.",
    ),
    GuardText(
        "window",
        "in every order of the calls, a user or role could do more for a moment than before and after the plan.",
        "An attacker can use that moment. If a call fails in between, the moment lasts.",
        "Split the change into two plans: first take away, then grant.",
    ),
)
GUARD_TEXTS = {one.name: one for one in _ALL}
