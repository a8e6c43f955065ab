# Die Kommandos dieses Hauses. `make` oder `make help` nennt sie.
# Alles liegt in .venv; jeder Schritt hat einen Stempel und läuft nur, wenn sich sein Eingang geändert hat.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
UV_VERSION := 0.13.9
CATALOGS := $(wildcard hubnode/web/translations/*/LC_MESSAGES/messages.po)
FRONTEND := $(wildcard package.json package-lock.json hubnode/web/assets.py hubnode/web/icons.py hubnode/web/static/*.*)
PORT ?= 5001
PYTEST := $(BIN)/python -m pytest -q
# So viele Prozesse wie Kerne, höchstens sechs; bei nur einem Kern lohnt keiner.
PARALLEL := $(shell cores=$$(nproc 2>/dev/null || echo 1); test $$cores -gt 1 && echo "-n $$((cores < 6 ? cores : 6))")

# Ohne übersetzte Module kostet jeder Start Sekunden; leer heißt: Python darf sie ablegen.
export PYTHONDONTWRITEBYTECODE :=

# Reisen warten mehr, als sie rechnen: einer mehr, als es Kerne sind.
PATIENT := $(shell cores=$$(nproc 2>/dev/null || echo 1); test $$cores -gt 1 && echo "-n $$((cores < 5 ? cores + 1 : 6))")

# Was ein anderer Test schon zeigt, ein weiteres Mal und länger: erst mit check-deep.
SHORTER := -m "not deep"

# Was eine Datei startet (Knoten, Browser), teilen sich ihre Tests.
BY_FILE := $(if $(PARALLEL),--dist loadfile --no-loadscope-reorder)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check demo-reset test test-fast test-slow test-journeys test-browser test-deep check check-deep bench lint types contracts messages clean

help: ## diese Übersicht
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do printf '%-20s %s\n' "$$name" "$$text"; done

setup: $(STAMPS)/environment $(STAMPS)/assets $(STAMPS)/catalogs ## Umgebung, Oberfläche und Übersetzungen einrichten
	@:

demo: setup ## fünf Hubs auf 127.0.0.1:5001 bis 5005 starten; Strg-C beendet alles
	@$(BIN)/python -m hubnode.demo up --port $(PORT)

demo-check: setup ## dasselbe auf freien Ports, veröffentlicht überall etwas und misst, bis alle es zeigen
	@$(BIN)/python -m hubnode.demo check

demo-reset: $(STAMPS)/environment ## die Daten der Demo löschen
	@$(BIN)/python -m hubnode.demo reset

test: setup test-fast test-slow ## die Tests, die schnellen zuerst; nur die längsten Reisen fehlen (test-deep)

test-fast: setup
	@echo "── schnelle Tests: Protokoll, Knoten, Hausregeln, bekannte Angriffe"
	@$(PYTEST) $(PARALLEL) tests/federation tests/hubnode tests/house tests/threats tests/simulation

test-slow: setup test-fast
	@echo "── Reisen echter Knoten und Seiten im Browser"
	@$(PYTEST) $(PATIENT) $(BY_FILE) $(SHORTER) tests/journeys tests/browser

test-journeys: setup
	@echo "── Reisen: echte Knoten sprechen miteinander"
	@$(PYTEST) $(PATIENT) $(BY_FILE) $(SHORTER) tests/journeys

test-browser: setup
	@echo "── Browser: Seiten, Barrierefreiheit, CSP"
	@$(PYTEST) $(PATIENT) $(BY_FILE) $(SHORTER) tests/browser

check: lint types contracts test demo-check ## alles: Stil, Typen, Schichten, Tests, Demo

test-deep: setup ## die längsten Reisen, und Seiten wie die von make test
	@$(PYTEST) $(PATIENT) $(BY_FILE) -m deep tests/journeys tests/browser

check-deep: check test-deep ## dazu 10 000 Verläufe voller Störungen und Mutationstests des Protokolls (dauert)
	@$(BIN)/python -m tests.simulation --seeds 10000
	@$(BIN)/python -m tests.federation.mutants

bench: setup ## die Kennzahlen, jede neben ihrem Vergleich; schreibt bench/results.json
	@$(BIN)/python -m bench

lint: $(STAMPS)/environment ## Stil und Form (ruff)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(STAMPS)/environment ## Typen (mypy, streng)
	@$(BIN)/mypy

contracts: $(STAMPS)/environment ## Richtung der Importe (import-linter)
	@$(BIN)/lint-imports --no-cache

messages: $(STAMPS)/environment ## Sätze aus Code und Vorlagen einsammeln; neue stehen dann ohne Englisch in messages.po
	@mkdir -p $(STAMPS) && $(BIN)/pybabel --quiet extract --mapping-file babel.cfg --keywords "_l lazy_gettext" --no-location --sort-output \
	  --output-file $(STAMPS)/messages.pot hubnode
	@$(BIN)/pybabel --quiet update --domain messages --input-file $(STAMPS)/messages.pot --output-dir hubnode/web/translations \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	@$(BIN)/pybabel compile --statistics --domain messages --directory hubnode/web/translations

clean: ## Umgebung und Zwischenstände löschen; die Daten der Demo bleiben
	@rm -rf $(VENV) node_modules hubnode/web/static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants
	@echo "Aufgeräumt."

$(STAMPS)/environment: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Es fehlt Python 3.11 oder neuer. Abhilfe: sudo apt-get install -y python3   (oder: make PYTHON=/pfad/zu/python3.11 …)"; exit 1; }
	@test -x $(BIN)/pip || { echo "Umgebung anlegen: $(VENV)"; $(PYTHON) -m venv $(VENV) >/dev/null; } || { \
	  rm -rf $(VENV); echo "Es fehlt das Paket python3-venv. Abhilfe: sudo apt-get install -y python3-venv"; exit 1; }
	@echo "Pakete installieren (aus requirements.lock, jedes mit Prüfsumme)"
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || \
	  echo "uv ist nicht zu bekommen; weiter mit pip, das dauert länger."
	@{ test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock; } || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || { \
	  echo "Die Pakete ließen sich nicht installieren. Abhilfe: Netz und Paketquelle prüfen, dann noch einmal."; exit 1; }
	@{ test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .; } || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/assets: $(STAMPS)/environment $(FRONTEND)
	@echo "Oberfläche bauen (KERN, Schrift, Symbole, htmx)"
	@$(BIN)/python -m hubnode.web.assets || { \
	  echo "Die Oberfläche ließ sich nicht bauen (siehe oben). Fehlt npm? Abhilfe: sudo apt-get install -y npm"; exit 1; }
	@touch $@

$(STAMPS)/catalogs: $(STAMPS)/environment $(CATALOGS)
	@test -z "$(CATALOGS)" || { echo "Übersetzungen bauen"; $(BIN)/pybabel --quiet compile --directory hubnode/web/translations --domain messages; }
	@touch $@
