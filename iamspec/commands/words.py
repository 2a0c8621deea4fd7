"""The words that iamspec uses for things of its own: the text behind `iamspec explain WORD`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its meaning. `see` has other topics, words or keys."""

    name: str
    meaning: str
    see: tuple[str, ...] = ()


_ALL = (
    Word(
        "accept",
        "To say in the settings that a failure of `iamspec status` is meant, with a reason and an end.",
        ("status.accept",),
    ),
    Word(
        "address",
        "A kind and a name: user/alice, group/admins, policy/deploy. Options and messages name entities by it.",
    ),
    Word(
        "apply",
        "To make live IAM what the spec says. iamspec plans, shows the plan, asks, makes the calls, and reads the account "
        "again to prove that nothing is left to do.",
        ("plan", "journal"),
    ),
    Word(
        "boundary",
        "A permissions boundary: a managed policy that limits what a user may do at most. It grants nothing.",
        ("users.permissions_boundary",),
    ),
    Word(
        "capture",
        "A file with the answer of `aws iam get-account-authorization-details`. Commands read it with --snapshot.",
        ("snapshot",),
    ),
    Word(
        "closed group",
        "A group with `members`: exactly these users are in it. A group without `members` is open: the `groups` of the "
        "users fill it.",
        ("groups.members", "users.groups"),
    ),
    Word(
        "copy",
        "A user with `copy_permissions_from` has the groups, policies and boundary of another user, too, for as long as "
        "the line stands.",
        ("users.copy_permissions_from",),
    ),
    Word(
        "declared",
        "An entity is declared if the spec describes it. For what it declares, the spec decides.",
        ("undeclared", "external"),
    ),
    Word(
        "drift",
        "Any difference between live IAM and the spec, undeclared entities included. `iamspec drift` exits 2 if there is "
        "some.",
        ("plan", "undeclared"),
    ),
    Word(
        "escalation",
        "A way to more permissions than somebody was given, such as attaching a policy to oneself.",
        ("lint",),
    ),
    Word(
        "external",
        "An entity that exists and that somebody else manages. The spec may refer to it.",
        ("users.external",),
    ),
    Word(
        "fingerprint",
        "A hash of a plan: its calls, the spec, and the live entities that it touches. `apply --expect` runs a plan only "
        "if the fingerprint is the one that somebody reviewed.",
        ("plan",),
    ),
    Word("guard", "A rule that looks at every plan and refuses what looks like a mistake or an attack.", ("guards",)),
    Word("holder", "An entity that attaches a policy, or that has it as boundary.", ("in-use",)),
    Word(
        "journal",
        "The record of an apply: each call, before it is made and after. `iamspec undo` takes an apply back from it.",
        ("apply",),
    ),
    Word(
        "kept",
        "An entity that is not declared, and that apply does not delete for a reason, which the plan names.",
        ("prune", "undeclared"),
    ),
    Word("live", "The account as it is now, read through the API of IAM.", ("sweep",)),
    Word(
        "plan",
        "The difference between live IAM and the spec, as data down to each API call. To plan changes nothing.",
        ("apply", "fingerprint"),
    ),
    Word(
        "rotation",
        "The replacement of an access key in steps: a second key is made and delivered, the old key becomes inactive "
        "once the new one is in use, and is deleted later. There is always a working key.",
        ("users.access_keys.rotate_after_days", "users.access_keys.overlap_days", "users.access_keys.force"),
    ),
    Word(
        "sandbox",
        "An IAM on this machine, for trying things out. `iamspec sandbox -- COMMAND` runs a command that reaches no other.",
    ),
    Word(
        "scope", "The part of an account that iamspec answers for. What is out of scope is never changed.", ("scope",)
    ),
    Word(
        "sink",
        "Where a new password or access key is delivered: a folder, age recipients, AWS Secrets Manager, or stdout. "
        "--credentials-out names it.",
        ("users.deliver_to",),
    ),
    Word(
        "snapshot",
        "iamspec's own copy of an account in a file, without secrets. Most commands read it with --snapshot.",
        ("capture",),
    ),
    Word("spec", "The YAML files that say how the account should be: one or more PATHs.", ("declared",)),
    Word("sweep", "The paged read of the whole account, of which every plan begins.", ("live",)),
    Word(
        "suspended", "Locked out: a policy denies everything, and passwords and keys do not work.", ("users.suspended",)
    ),
    Word("tombstone", "An entry under `absent`: this entity must be gone.", ("absent",)),
    Word(
        "undeclared", "Live, in scope, and not in the spec. Plan lists it, and `prune` deletes it.", ("prune", "kept")
    ),
    Word(
        "verdict",
        "The answer of a check of `iamspec status`: pass, fail, not applicable, cannot tell, or manual.",
        ("status",),
    ),
    Word(
        "wave",
        "One pass of a plan through its phases. A plan has several waves where one pass would give somebody more for a "
        "moment.",
        ("window",),
    ),
    Word(
        "window",
        "A moment between two calls in which somebody can do more, or less, than before and after. Plans avoid windows, "
        "and name those that cannot be avoided.",
        ("wave",),
    ),
)
WORDS = {one.name: one for one in _ALL}
