"""The IAM of an AWS account as YAML: validated, diffed against live IAM, planned and applied."""

__version__ = "0.1.0"
