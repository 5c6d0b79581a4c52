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

.PHONY: help study smoke fetch plan efficiency verify bench test test-browser test-slurm screenshots lint schema clean

help:
	@echo "make study    the whole study (CONFIG=$(CONFIG)); ends with the path of its report"
	@echo "make smoke    the same study made tiny, into results/smoke"
	@echo "make fetch    only the downloads"
	@echo "make plan     jobs, hours, disk and memory of what is to do, before it runs (CONFIG=$(CONFIG); CORES=64 GPUS=4 ALL=1 CHECK=1)"
	@echo "make efficiency  what finished jobs asked for beside what they used (CONFIG=$(CONFIG))"
	@echo "make verify   every artefact of a study against its own provenance (STUDY=$(STUDY))"
	@echo "make bench    ratios against named peers (WHAT=corpus, static, transformers, analysis or report; CORPUS=path for another text)"
	@echo "make test     the tests;  make lint  the style;  make test-browser  the page in a real Chromium"
	@echo "make test-slurm   the study, and killed jobs, on a real Slurm of its own (Debian: slurmctld slurmd slurm-client munge)"
	@echo "make screenshots  pictures of the page of a study, into workflow/report/screenshots (STUDY=$(STUDY))"
	@echo "make schema   write the configuration schema after a change of the settings classes"
	@echo "make clean    remove .venv (results stay)"

study: .venv/ready
	@$(BIN)/snakemake --cores $(CORES) $(QUIET) --configfile $(CONFIG)
	@$(BIN)/python -c "import sys, yaml; print('report: results/' + [study for file in sys.argv[1:] if (study := yaml.safe_load(open(file)).get('study'))][-1] + '/report.html')" $(CONFIG)

smoke: .venv/ready
	@$(MAKE) --no-print-directory study CONFIG=config/smoke.yaml

fetch: .venv/ready
	@$(BIN)/snakemake fetch --cores $(CORES) $(QUIET) --configfile $(CONFIG)

# GPUS: those of the machine or cluster that is meant; ALL=1: finished jobs too; CHECK=1: the forecast of a finished study
# beside what it took; MEASURED=config/config.yaml: at the speed at which that study has run here.
plan: .venv/ready
	@$(BIN)/python workflow/planner.py $(if $(CHECK),check,plan) $(CONFIG) \
	  $(if $(filter-out all,$(CORES)),--cores $(CORES)) $(if $(GPUS),--gpus $(GPUS)) $(if $(ALL),--all) \
	  $(if $(MEASURED),--measured $(MEASURED))

efficiency: .venv/ready
	@$(BIN)/python workflow/planner.py efficiency $(CONFIG)

verify: .venv/ready
	@$(BIN)/python -m wordspaces.verify results/$(STUDY)
	@config=$$(grep -l '^study: $(STUDY)$$' config/*.yaml | head -n 1); [ -z "$$config" ] || \
	  $(BIN)/snakemake --dry-run $(QUIET) --configfile "$$config" 2>&1 | grep -q 'Nothing to be done' || \
	  { echo "results/$(STUDY): an artefact is missing or $$config has changed since; snakemake -n says what would run"; exit 1; }

bench: .venv/ready-bench
	@$(BIN)/python -m benchmarks.run "$(WHAT)" --study "$(STUDY)" $(if $(CORPUS),--corpus "$(CORPUS)")

# Two at a time: the longest, which waits for a smoke study, beside the others. One by one: pytest without more.
test: .venv/ready-test
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder
	@echo "without the tests in a browser and on a Slurm: make test-browser, make test-slurm"

# On results/smoke where that is up to date, else on a fresh one; RESULTS=results/sample for another finished study.
test-browser: .venv/ready-browser
	@$(if $(RESULTS),RESULTS="$(RESULTS)") $(BIN)/python -m pytest -m browser tests/workflow/browser

# In a namespace of its own: it neither sees nor touches a Slurm that this machine has.
test-slurm: .venv/ready-slurm
	@tests/workflow/slurm/private.sh $(BIN)/python -m pytest -m slurm tests/workflow/slurm

screenshots: .venv/ready-browser
	@$(BIN)/python -m benchmarks.screenshots "$(STUDY)"

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

.venv/ready-browser: .venv/ready-test
	@echo "adding what drives a browser to .venv"
	@$(PIP) install --quiet $(PINS) --editable '.[test,browser]'
	@touch $@

# What a login node needs beside the study; `make .venv/ready-slurm`.
.venv/ready-slurm: .venv/ready-test
	@echo "adding what submits jobs to Slurm to .venv"
	@$(PIP) install --quiet $(PINS) --editable '.[test,slurm]'
	@touch $@

.venv/ready-bench: .venv/ready-browser
	@echo "adding the peers of the benchmarks to .venv"
	@$(PIP) install --quiet $(PINS) --editable '.[test,browser,bench]'
	@touch $@

clean:
	rm -rf .venv
