# One word each. `make demo` and `make test` need nothing but Python >= 3.11 with pip and venv; uv is used when it is there.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
WORKERS ?= $(shell [ "$$(nproc 2>/dev/null || echo 1)" -ge 2 ] && echo 2 || echo 0)
UV      := $(shell command -v uv 2>/dev/null)
EXTRAS  := calendar,cli,columns,sql
GROUPS  := lint types docs bench cluster browser
define newline


endef

# $(call fails,CODE): "yes" where Python cannot run it
fails   = $(shell ($(PYTHON) -c '$(1)') >/dev/null 2>&1 || echo yes)
comma   := ,
OLD     = $(call fails,import sys; sys.exit(sys.version_info < (3$(comma) 11)))
NO_VENV = $(if $(UV),,$(call fails,import ensurepip$(comma) venv))
# $(call venv,DIRECTORY) and $(call install,DIRECTORY,ARGUMENTS), by uv or by pip
venv    = $(if $(UV),$(UV) venv -q --clear --python $(PYTHON) $(1),$(PYTHON) -m venv --clear $(1) && $(1)/bin/python -m pip install -q --disable-pip-version-check --upgrade pip)
install = $(if $(UV),$(UV) pip install -q --python $(1)/bin/python,$(1)/bin/python -m pip install -q --disable-pip-version-check --no-warn-conflicts) -c constraints.txt $(2)
# $(call group,NAME): a dependency group as a requirements file, since an old pip knows no groups and uv wants none of an unmanaged project
group   = @mkdir -p .work && $(PYTHON) -c 'import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"][sys.argv[1]], sep="\n")' $(1) > .work/$(1).txt

CHROMIUM := $(or $(wildcard /usr/bin/chromium /usr/bin/chromium-browser),need-chromium)
JAVA    := $(if $(JAVA_HOME)$(shell command -v java 2>/dev/null),,need-java)

.PHONY: help app browser cluster demo need-chromium need-java test slow faults lint format types docs pictures bench wheel constraints clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.demo ## the main job on real and on synthetic input; pages land in out/
	@$(BIN)/lifecycle demo

test: $(VENV)/.test ## all tests but the slow ones
	$(BIN)/python -m pytest -n $(WORKERS)

slow: $(VENV)/.test ## the long property runs
	HYPOTHESIS_PROFILE=slow $(BIN)/python -m pytest -n $(WORKERS) -m "not browser and not cluster"

faults: $(VENV)/.test ## every planted fault must be caught by the test it names
	$(BIN)/python tests/faults/run.py

browser: $(CHROMIUM) $(VENV)/.browser ## the notebooks, and the app and the pages in a real browser; pictures of them land in out/
	$(BIN)/python -m pytest -m browser

cluster: $(JAVA) $(VENV)/.cluster ## the same kernel on Spark (which needs Java), Daft and Dask
	$(BIN)/python -m pytest -m cluster

app: $(VENV)/.app ## move a book's figures and see what follows, in the browser
	@$(BIN)/lifecycle app

lint: $(VENV)/.lint ## ruff, rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.lint ## let ruff mend what it can
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .

types: $(VENV)/.types ## mypy strict and pyright, on src, tests and user code
	$(BIN)/mypy
	$(BIN)/pyright

docs: $(VENV)/.docs ## the handbook and the rest as pages in site/, warnings are errors
	$(BIN)/python -m sphinx -q -W --keep-going -d .work/doctrees -b html docs site

pictures: $(VENV)/.demo ## draw the pictures of README and docs anew, from the machines
	$(BIN)/python docs/pictures/draw.py

bench: $(VENV)/.bench ## every benchmark, as JSON lines
	@set -e; for file in benchmarks/bench_*.py; do $(BIN)/python $$file; done

wheel: $(VENV)-wheel/.test ## the tests against the built wheel, in a venv of its own
	@rm -rf dist
	@$(if $(UV),$(UV) build -q --wheel -o dist,$(VENV)-wheel/bin/python -m pip wheel -q --disable-pip-version-check --no-deps -w dist .)
	@$(call install,$(VENV)-wheel,"$$(echo dist/*.whl)[$(EXTRAS)]")
	@$(call install,$(VENV)-wheel,--force-reinstall --no-deps dist/*.whl)
	LIFECYCLE_FROM=$(VENV)-wheel $(VENV)-wheel/bin/python -m pytest -n $(WORKERS)

constraints: ## work out constraints.txt anew
	$(foreach name,test $(GROUPS),$(call group,$(name))$(newline))
	@$(if $(UV),,$(PYTHON) -m venv .work/uv && .work/uv/bin/python -m pip install -q uv)
	$(or $(UV),.work/uv/bin/uv) pip compile -q --universal --python-version 3.11 --upgrade --no-header --no-annotate --all-extras \
	  pyproject.toml $(patsubst %,.work/%.txt,test $(GROUPS)) -o constraints.txt

clean: ## remove what the targets made
	rm -rf $(VENV) $(VENV)-wheel .work out site dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.made $(VENV)-wheel/.made:
	$(if $(OLD),$(error $(PYTHON) is no Python 3.11 or newer; name one that is$(comma) as in: make $(MAKECMDGOALS) PYTHON=python3.12))
	$(if $(NO_VENV),$(error Python cannot make a virtual environment here; install Debian's package python3-venv and run make again))
	@$(call venv,$(@D))
	@touch $@

# the checkout, and the real purchase log, which lies in this package as a file of data and is never imported
$(VENV)/.demo: $(VENV)/.made pyproject.toml constraints.txt
	@$(call install,$(VENV),-e '.[$(EXTRAS)]')
	@$(call install,$(VENV),--no-deps Lifetimes)
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	$(call group,test)
	@$(call install,$(VENV),-r .work/test.txt)
	@touch $@

$(VENV)-wheel/.test: $(VENV)-wheel/.made pyproject.toml constraints.txt
	$(call group,test)
	@$(call install,$(VENV)-wheel,-r .work/test.txt)
	@$(call install,$(VENV)-wheel,--no-deps Lifetimes)
	@touch $@

$(VENV)/.app: $(VENV)/.demo
	@$(call install,$(VENV),-e '.[$(EXTRAS),notebook]')
	@touch $@

# a runner that is root and has apt fetches the browser; anybody else is told which package it is
need-chromium:
	@if [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "there is no chromium here: install Debian's package chromium and run make browser again" >&2; exit 2; fi

need-java:
	@if [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jre-headless >/dev/null; \
	else echo "there is no Java here: install Debian's package openjdk-17-jre-headless and run make cluster again" >&2; exit 2; fi

# the other groups lie on top
$(GROUPS:%=$(VENV)/.%): $(VENV)/.%: $(VENV)/.test
	$(call group,$*)
	@$(call install,$(VENV),-r .work/$*.txt)
	@touch $@
