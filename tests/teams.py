"""Teams with changes of access, and the reads for a report about them."""

import json

from story import ALLOW, OWN

from iamspec.render.impact import rows, sentence, turn, who

GET = "widens: +1 action: s3:GetObject; risk: DataAccess 1"
LOSES_GET = "narrows: -1 action: s3:GetObject; no longer at risk: DataAccess 1"
BOTH = f"both widens and narrows: +1 action: s3:PutObject; {LOSES_GET.removeprefix('narrows: ')}"
PUT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}


def allowing(*actions, effect="Allow", **elements):
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*", **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def radius(plan):
    """Whose access changes, as people read it."""
    assert plan.refused is False
    return [
        " | ".join(
            (
                f"{who(row)}: {turn(row, 'plan')}".rstrip(": "),
                sentence(row.effect, "plan"),
                ", ".join(row.causes),
                *row.effect.unknown,
            )
        )
        for row in rows(plan)
    ]


def documents(plan):
    return [f"{one.address} {one.field}: {sentence(one, 'plan')}" for one in plan.impact.documents]


def team(story, document=ALLOW):
    """Three users of whom two are in a group that has a policy."""
    story.policy("deploy", document=document)
    story.group("devs", policies=[f"{OWN}deploy"])
    story.user("ann", groups=["devs"])
    story.user("bob", groups=["devs"])
    story.user("eve")


TEAM = "users: {ann: {groups: [devs]}, bob: {groups: [devs]}, eve: {}}\ngroups: {devs: {policies: [deploy]}}\n"


def team_with(document):
    return f"{TEAM}policies: {{deploy: {{document: {document}}}}}\n"
