# make demo: set up, build, and show the product on the bundled members.   make test: set up, then the whole suite.

SHELL := /bin/bash
SWIFT ?= swift
TOKENSWARM = .build/release/tokenswarm
PACKAGES = libopenblas-dev libutf8proc-dev libpcre2-dev libsqlite3-dev pkg-config

.PHONY: demo test setup build fuzz lint format clean

demo: build
	@bash bench/demo.sh $(TOKENSWARM) runs/demo

test: setup
	$(SWIFT) build --build-tests -c release
	$(SWIFT) test -c release --skip-build $(if $(TESTS),--filter '$(TESTS)')

# Installs only what is missing, so that a second run neither asks for root nor touches the network.
setup:
	@missing=""; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "installing$$missing"; \
	  if [ "$$(id -u)" = 0 ]; then sudo=""; else sudo=sudo; fi; \
	  $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -q -y --no-install-recommends $$missing; \
	fi

build: setup
	$(SWIFT) build -c release --product tokenswarm

# make fuzz SECONDS_EACH=600 TARGETS="json encode"
fuzz: setup
	@bash bench/fuzz.sh $(or $(SECONDS_EACH),60) $(TARGETS)

lint:
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

format:
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

clean:
	rm -rf .build runs
