# One door to the study. Every target is plain Snakemake or pytest underneath; the environment is .venv, made when needed.

PYTHON ?= python3
CONFIG ?= config/config.yaml
CORES ?= all
STUDY ?= sample
# For a torch without CUDA where the index would send it: TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PINS := -c envs/constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
QUIET := --quiet rules reason host

.PHONY: help study smoke fetch verify bench test lint schema clean

help:
	@echo "make study    the whole study (CONFIG=$(CONFIG)); ends with the path of its report"
	@echo "make smoke    the same study made tiny, into results/smoke"
	@echo "make fetch    only the downloads"
	@echo "make verify   every artefact of a study against its own provenance (STUDY=$(STUDY))"
	@echo "make bench    ratios against named peers (WHAT=corpus, static, transformers or analysis; CORPUS=path for another text)"
	@echo "make test     the tests;  make lint  the style"
	@echo "make schema   write the configuration schema after a change of the settings classes"
	@echo "make clean    remove .venv (results stay)"

study: .venv/ready
	@$(BIN)/snakemake --cores $(CORES) $(QUIET) --configfile $(CONFIG)
	@$(BIN)/python -c "import sys, yaml; print('report: results/' + yaml.safe_load(open(sys.argv[1]))['study'] + '/report.html')" $(CONFIG)

smoke: .venv/ready
	@$(MAKE) --no-print-directory study CONFIG=config/smoke.yaml

fetch: .venv/ready
	@$(BIN)/snakemake fetch --cores $(CORES) $(QUIET) --configfile $(CONFIG)

verify: .venv/ready
	@$(BIN)/python -m wordspaces.verify results/$(STUDY)
	@config=$$(grep -l '^study: $(STUDY)$$' config/*.yaml | head -n 1); [ -z "$$config" ] || \
	  $(BIN)/snakemake --dry-run $(QUIET) --configfile "$$config" 2>&1 | grep -q 'Nothing to be done' || \
	  { echo "results/$(STUDY): an artefact is missing or $$config has changed since; snakemake -n says what would run"; exit 1; }

bench: .venv/ready-bench
	@$(BIN)/python -m benchmarks.run "$(WHAT)" --study "$(STUDY)" $(if $(CORPUS),--corpus "$(CORPUS)")

test: .venv/ready-test
	@$(BIN)/python -m pytest

lint: .venv/ready-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/snakefmt --check Snakefile workflow/rules
	@$(BIN)/snakemake --lint --configfile $(CONFIG)

schema: .venv/ready
	@$(BIN)/python -m wordspaces.study > workflow/schemas/config.schema.json
	@$(BIN)/python -m wordspaces.keys > config/keys.md

.venv/ready: pyproject.toml envs/constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'error: PYTHON=$(PYTHON): found Python %d.%d; allowed: 3.11 or newer' % sys.version_info[:2])"
	@echo "setting up .venv (once; a few minutes)"
	@$(PYTHON) -m venv .venv
	@$(PIP) install --quiet $(PINS) --editable .
	@touch $@

.venv/ready-test: .venv/ready
	@echo "adding the test packages to .venv"
	@$(PIP) install --quiet $(PINS) --editable '.[test]'
	@touch $@

.venv/ready-bench: .venv/ready-test
	@echo "adding the peers of the benchmarks to .venv"
	@$(PIP) install --quiet $(PINS) --editable '.[test,bench]'
	@touch $@

clean:
	rm -rf .venv
