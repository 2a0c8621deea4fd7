"""Makes the file of texts that `published` reads."""

import json

from iamspec.status.checks import ROWS
from iamspec.status.cures import written


def text() -> str:
    texts = {
        one.key: {
            "title": one.title,
            "severity": one.severity.label if one.severity else None,
            "frameworks": dict(one.frameworks),
            "source": one.source.name,
            "why": one.why,
            "about": one.about,
            "cure": written(one.cure, None),
        }
        for one in ROWS
    }
    return json.dumps(texts, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
