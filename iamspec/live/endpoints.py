"""The endpoints that answer.

An account behind a foreign endpoint, such as a sandbox, is not the
account of that id at AWS.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

DOMAINS = (  # of the partitions of AWS, for IPv4 alone and for both. A test compares them with botocore's
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws",
    "api.aws.hci.ic.gov",
    "api.aws.ic.gov",
    "api.aws.scloud",
    "api.cloud-aws.adc-e.uk",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "sc2s.sgov.gov",
)
REGION = r"(?:us-gov|global|[a-z]{2,4}(?:-[a-z]+)+-\d+)"
DOMAIN = rf"(?:{'|'.join(map(re.escape, DOMAINS))})"
# no name that a customer may give, as that of a bucket: iam.s3.amazonaws.com
HOST = re.compile(rf"(?:(?:iam|sts)(?:-fips)?(?:\.{REGION})?|vpce-[a-z0-9-]+\.(?:iam|sts)\.{REGION}\.vpce)\.{DOMAIN}")


def foreign(urls: Iterable[str]) -> str | None:
    """The first endpoint outside AWS, without user and password.

    None if all belong to AWS.
    """
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme != "https" or not HOST.fullmatch(parts.hostname or ""):
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return None
