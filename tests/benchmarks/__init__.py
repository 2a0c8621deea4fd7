"""What plan and validate cost in an account as large as IAM allows by default, each figure beside its target.

`python -m tests.benchmarks` in the root of the project; exit 1 if a target is missed. It needs no AWS account.
"""
