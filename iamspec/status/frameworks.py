"""The frameworks of a status, and the ids that a check has in them."""

IAMSPEC = "iamspec"
CIS = ("cis-1.2", "cis-1.4", "cis-1.5", "cis-2.0", "cis-3.0", "cis-4.0", "cis-5.0", "cis-6.0", "cis-7.0")
ALIKE = ("cis-1.4", "cis-1.5", "cis-2.0", "cis-3.0", "cis-4.0")  # number their checks alike, but for additions
FRAMEWORKS = (IAMSPEC, "console", *CIS, "fsbp")
TITLES = {
    IAMSPEC: "every check that iamspec has",
    "console": "the security recommendations of the IAM console, and the items of its earlier security status",
    "fsbp": "the IAM and account controls of AWS Security Hub",
    **{name: f"CIS AWS Foundations Benchmark {name.removeprefix('cis-')}" for name in CIS},
}


def ids(  # noqa: PLR0913 - a row of the table of ids
    cis_1_2: str = "",
    cis_1_4: str = "",
    cis_5: str = "",
    cis_6: str = "",
    cis_7: str = "",
    *,
    hub: str = "",
    console: str = "",
    since: str = "cis-1.4",
) -> dict[str, str]:
    """The ids of a check by framework.

    CIS 1.4 to 4.0 share a number, which the check has from `since`
    on.
    """
    shared = dict.fromkeys(ALIKE[ALIKE.index(since) :], cis_1_4)
    found = {"console": console, "cis-1.2": cis_1_2, **shared, "cis-5.0": cis_5, "cis-6.0": cis_6, "cis-7.0": cis_7}
    return {name: one for name, one in {**found, "fsbp": hub}.items() if one}
