"""An account in which every call may fail: throttled, broken, with a lost answer, or forgotten by later reads.

Time is virtual: pauses let it pass, and so does every call.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import count
from random import Random

from fake import FakeIam

from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.live.retry import READING, Repeating

CARRIED_OUT = ("Unclear", "ServiceFailure")  # of these nobody knows whether they were
NOT_MADE = ("Throttling", "ServiceUnavailable", "NotReached", "Unclear")
OF_WRITES = ("ConcurrentModification", "EntityTemporarilyUnmodifiable", "AccessDenied")
NAMES = ("UserName", "GroupName", "RoleName", "InstanceProfileName", "PolicyArn", "PermissionsBoundary")
MADE = {
    "CreateUser": "UserName",
    "CreateGroup": "GroupName",
    "CreateRole": "RoleName",
    "CreateInstanceProfile": "InstanceProfileName",
}
LAG = 8  # seconds for which IAM may not know what it has made
LOOKS = 12


class Faulty:
    """A Writer on an account in memory, whose calls fail with a `chance`, and which forgets for `LAG` seconds.

    `made` counts the writes that were carried out, `tried` all tries of writes; `faults` are the codes given out.
    """

    def __init__(self, iam: FakeIam, seed: int, chance: float = 0.2, patience: int = 60) -> None:
        self.iam, self.chance, self.clock = iam, chance, 0.0
        self._random = Random(seed)
        self._stubborn: dict[str, str] = {}  # calls that fail in one way for good
        self._born: dict[tuple[str, str], float] = {}  # by the parameter and the name
        self._before: list[tuple[float, FakeIam]] = []
        self.made: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.patience = patience
        self._repeating = Repeating(self._once, self._pauses, self._wait)

    # What a Writer does

    def caller(self):
        return self.iam.caller()

    def now(self):
        return self.iam.now()

    def pages(self, call):
        assert call.operation.startswith(READING)
        return self._repeating.pages(call)

    def read_each(self, calls):
        answers = self.attempt_each(calls)
        for answer in answers:
            if isinstance(answer, IamError) and not answer.missing:
                raise answer
        return [None if isinstance(answer, IamError) else answer for answer in answers]

    def attempt_each(self, calls):
        return [self._attempted(call) for call in calls]

    def _attempted(self, call):
        try:
            whole = {}
            for page in self.pages(call):
                for key, value in page.items():
                    whole[key] = [*whole.get(key, []), *value] if isinstance(value, list) else value
        except IamError as error:
            return error
        return whole

    def write(self, call, *, patient=False):
        return self._repeating.make(call, patient=patient)

    def looks(self) -> Iterator[None]:
        for _ in range(LOOKS):
            yield
            self._wait(2)

    # What goes wrong

    def _pauses(self):
        return (min(2.0**number, 8.0) for number in count(-1))

    def _wait(self, pause):
        self.clock += pause

    def _once(self, call):
        self.clock += 0.1
        reads = call.operation.startswith(READING)
        if not reads:
            self.tried[key(call)] += 1
        code = self._fault(call, reads=reads)
        lost = code in CARRIED_OUT and self._random.random() < 0.5
        if code is not None and not lost:
            raise self._failed(call, code)
        answer = self._page(call) if reads else self._carried_out(call)
        if lost:
            raise self._failed(call, code)
        return answer

    def _failed(self, call, code):
        self.faults[code] += 1
        return IamError(call.operation, code, "injected")

    def _fault(self, call, *, reads):
        """The code of the fault that a call meets, if any; one in ten faults of a write stays for good."""
        if key(call) in self._stubborn:
            return self._stubborn[key(call)]
        if self._random.random() >= self.chance:
            return None
        codes = (*NOT_MADE, *CARRIED_OUT, *(() if reads else OF_WRITES))
        code = self._random.choice(codes)
        if not reads and self._random.random() < 0.1:
            self._stubborn[key(call)] = code
        return code

    def _page(self, call):
        """A page of the account as it is, or as it was a moment ago."""
        old = [iam for until, iam in self._before if until > self.clock]
        if old and call.operation == "GetAccountAuthorizationDetails" and self._random.random() < self.chance:
            self.faults["stale"] += 1
            return next(self._random.choice(old).pages(call))
        return next(self.iam.pages(call))

    def _carried_out(self, call):
        for name in NAMES:
            if (
                self._born.get((name, str(call.params.get(name))), 0) > self.clock
                and self._random.random() < self.chance
            ):
                self.faults["not known yet"] += 1
                raise IamError(call.operation, "NoSuchEntity", "not known yet")
        before = self.iam.copy() if self.chance else None
        answer = self.iam.write(call)
        self.made[key(call)] += 1
        if before is not None:
            self._before = [*self._before[-2:], (self.clock + LAG, before)]
        for born in self._born_by(call):
            self._born[born] = self.clock + LAG
        return answer

    def _born_by(self, call: Call) -> Iterator[tuple[str, str]]:
        """The parameters that name what a call makes: a role and an instance profile may have one name."""
        params = call.params
        if (named := MADE.get(call.operation)) is not None:
            yield named, params[named]
        if call.operation == "CreatePolicy":
            arn = self.iam.account.arn(f"policy{params['Path']}{params['PolicyName']}")
            yield from (("PolicyArn", arn), ("PermissionsBoundary", arn))
        yield from ((name, params[f"New{name}"]) for name in ("UserName", "GroupName") if f"New{name}" in params)


def key(call: Call) -> str:
    return f"{call.operation} {sorted(call.params.items())}"
