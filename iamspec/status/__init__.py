"""The security status of an account: checks of benchmarks, each with a verdict.

Start with `model`, the words. `reading` reads the `evidence`,
`checks` has a frozen row for each check, and `assess` judges them.
Only `reading` asks the account.
"""
