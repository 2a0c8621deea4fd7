from iamspec.cli import run

run()
