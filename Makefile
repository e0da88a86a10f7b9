# Two commands are enough: `make run` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
GO ?= go
LINT_VERSION := v2.15.0
LINT := .tools/golangci-lint-$(LINT_VERSION)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
FUZZTIME ?= 30s
# Generated cases are the same in every run of the gate; 0 draws new ones, as fuzz does.
export RAPID_SEED ?= 1
MODULES := brokers/kafka/clients brokers/kafka/bench # with dependencies that the product does not have
GO_SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard '*.go' 2>/dev/null)) go.mod go.sum
STATIC_SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard static course/render.css 2>/dev/null))
CONTENT := $(wildcard $(shell git ls-files -co --exclude-standard course labs server grader 2>/dev/null))

.DEFAULT_GOAL := help
.PHONY: run build test check fmt vet lint unit verify browser bench fuzz screenshots dist clean help static lab pack

run: build ## Build, prepare the compiler pack, serve http://127.0.0.1:7070 and open the browser
	@./bin/brokerlab

build: bin/brokerlab ## Build bin/brokerlab, with the page and the lab command inside

bin/brokerlab: static/dist/manifest.json sandbox/embedded/brokerlab-lab $(GO_SOURCES) $(CONTENT)
	CGO_ENABLED=1 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/brokerlab

sandbox/embedded/brokerlab-lab: $(GO_SOURCES)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w $(LDFLAGS)' -o $@ ./cmd/brokerlab-lab

static/node_modules/.package-lock.json: static/package.json static/package-lock.json
	cd static && npm ci --no-audit --no-fund
	@touch $@

static/dist/manifest.json: static/node_modules/.package-lock.json $(STATIC_SOURCES)
	cd static && npm run --silent build
	@touch $@

static: static/dist/manifest.json ## Bundle the page
lab: sandbox/embedded/brokerlab-lab ## Build the lab command that brokerlab embeds
pack: build ## Prepare the compiler pack from the Go toolchain on PATH
	@./bin/brokerlab pack

test: check ## The same as check

check: missing build fmt vet lint static-check unit verify browser ## The one gate: everything a change must pass
	@$(MAKE) --no-print-directory missing
	@echo "check: everything passed"

# go test says nothing of what it skips, so this does; TestSkipsAreAnnounced holds it to
# that. TEST_IMAGE is containers.TestImage; packages of Node are installed here as the
# tests would do it.
SKIPPED := SKIPPED, NOT TESTED:
TEST_IMAGE := brokerlab/rabbitmq-test:bookworm
has_node_package = [ -f "$$BROKERLAB_NODE_MODULES/$(1)/package.json" ] || [ -f $(2)/testdata/node/node_modules/$(1)/package.json ] \
	|| (cd $(2)/testdata/node && npm install --no-audit --no-fund --ignore-scripts) >/dev/null 2>&1

.PHONY: missing
missing:
	@command -v chromium >/dev/null || echo "$(SKIPPED) everything in a browser; there is no chromium on this machine"
	@command -v node >/dev/null || echo "$(SKIPPED) the page's states beside the models'; there is no node on this machine"
	@command -v rabbitmq-server >/dev/null || [ -x /usr/sbin/rabbitmq-server ] || echo "$(SKIPPED) the miniature beside a real RabbitMQ; there is no rabbitmq-server on this machine"
	@command -v python3 >/dev/null && (command -v rabbitmqadmin || ls /usr/lib/rabbitmq/lib/*/plugins/rabbitmq_management-*/priv/www/cli/rabbitmqadmin) >/dev/null 2>&1 \
	|| echo "$(SKIPPED) RabbitMQ's own rabbitmqadmin against the miniature; there is no python3 or no rabbitmqadmin on this machine"
	@/usr/bin/python3 -c 'import pika' 2>/dev/null || echo "$(SKIPPED) pika against the miniature; there is no python3-pika on this machine"
	@/usr/bin/python3 -c 'import confluent_kafka, kafka' 2>/dev/null || echo "$(SKIPPED) Kafka clients of Python against the miniature; there is no python3-confluent-kafka or no python3-kafka on this machine"
	@command -v kcat >/dev/null || echo "$(SKIPPED) kcat against the miniature; there is no kcat on this machine"
	@[ -f static/node_modules/amqplib/package.json ] || $(call has_node_package,amqplib,brokers/rabbitmq) || echo "$(SKIPPED) amqplib against the miniature; npm cannot install it"
	@$(call has_node_package,kafkajs,brokers/kafka) || echo "$(SKIPPED) kafkajs against the miniature; npm cannot install it"
	@docker image inspect $(TEST_IMAGE) >/dev/null 2>&1 || echo "$(SKIPPED) labs on real brokers in containers; no docker daemon answers, or it has no image $(TEST_IMAGE), which .ci/run builds"
	@[ -n "$$BROKERLAB_CLIENT_TESTS" ] || echo "$(SKIPPED) amqp091-go's own tests, and the transcripts of rabbitmqctl against RabbitMQ; BROKERLAB_CLIENT_TESTS=1 runs them, in three minutes"
	@[ -n "$$BROKERLAB_GO_TESTS" ] || echo "$(SKIPPED) the trace of the Go toolchain's own tests; BROKERLAB_GO_TESTS=1 runs it, in minutes"
	@[ -f "$$($(GO) env GOROOT)/src/internal/types/errors/code_string.go" ] || echo "$(SKIPPED) the codes of the type checker; this Go toolchain has no sources"
	@[ "$$(id -u)" = 0 ] || echo "$(SKIPPED) the sandbox under root, as in containers; this user is not root"
	@! $(GO) test -run '^TestGroup$$' -v ./sandbox 2>&1 | grep -q -e '--- SKIP' || echo "$(SKIPPED) the limits of cgroups; this user may not make any on this machine"
	@[ ! -x bin/brokerlab ] || ./bin/brokerlab doctor 2>/dev/null | grep -q 'level A' || echo "$(SKIPPED) the compiler's children from outside; this machine has no isolation level A (see brokerlab doctor)"

fmt:
	@out=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go' | grep -v /testdata/)); \
	if [ -n "$$out" ]; then echo "gofmt wants to change:"; echo "$$out"; exit 1; fi

vet:
	$(GO) vet ./...
	@for dir in $(MODULES); do echo "go vet, in $$dir"; (cd $$dir && CGO_ENABLED=1 $(GO) vet ./...) || exit 1; done

lint: $(LINT) ## golangci-lint with .golangci.yml
	$(LINT) run ./...
	@for dir in $(MODULES); do (cd $$dir && $(CURDIR)/$(LINT) run ./...) || exit 1; done

$(LINT):
	@mkdir -p .tools
	GOBIN=$(CURDIR)/.tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv .tools/golangci-lint $@

.PHONY: static-check
static-check: static ## Type check and unit tests of the page
	cd static && npm run --silent check && npm test --silent

# No result is taken from go's cache, which does not know of the programs and scripts that
# tests start. sandbox/interp runs without the race detector: yaegi itself has races, which
# no program of ours can avoid.
unit: pack ## All Go tests with the race detector, the browser's apart
	CGO_ENABLED=1 $(GO) test -count=1 -race -timeout 60m $$($(GO) list ./... | grep -v -e /cmd/brokerlab$$ -e /sandbox/interp$$)
	$(GO) test -count=1 -timeout 60m ./sandbox/interp
	CGO_ENABLED=1 $(GO) test -count=1 -race -timeout 60m -run 'TestTogether|TestPrograms/all/(18[6-9]|19[0-2])_' ./sandbox/interp
	cd brokers/kafka/clients && CGO_ENABLED=1 $(GO) test -count=1 -timeout 20m .

verify: pack ## Every starter fails, every solution passes, every wrong attempt is caught
	./bin/brokerlab verify

browser: pack ## The student's whole path in a real browser
	@if command -v chromium >/dev/null; then cd static && npm run --silent browser; \
	else echo "SKIPPED, NOT TESTED: static/test/browser.mjs, there is no chromium on this machine"; fi
	CGO_ENABLED=1 $(GO) test -count=1 -timeout 30m ./cmd/brokerlab

bench: pack ## Speed, as ratios against a peer in the same run
	$(GO) test -run '^$$' -bench . -benchtime 20x ./sandbox/build ./grader
	$(GO) test -run '^$$' -bench PublishConsume -benchtime 1x ./brokers/rabbitmq
	$(GO) test -run '^$$' -bench TopicRouting ./brokers/rabbitmq/model
	cd brokers/kafka/bench && $(GO) test -run '^$$' -bench . -benchtime 20x
	$(GO) test -run '^$$' -bench 'Page' ./server ./course
	@if command -v chromium >/dev/null; then cd static && npm run --silent bench; else echo "SKIPPED, NOT MEASURED: the view; there is no chromium on this machine"; fi

fuzz: ## Each wire decoder for FUZZTIME (30s), and new generated cases
	@set -e; for t in $$(grep -rl 'func Fuzz' --include='*_test.go' brokers course labs sandbox grader 2>/dev/null); do \
	  dir=./$$(dirname $$t); for f in $$(grep -o 'func Fuzz[A-Za-z0-9]*' $$t | cut -c6-); do \
	    echo "fuzz $$dir $$f"; $(GO) test $$dir -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x; done; done
	RAPID_SEED=0 RAPID_CHECKS=1000 $(GO) test -count=1 -timeout 60m ./brokers ./brokers/kafka/model ./brokers/rabbitmq/model ./grader/property ./labs

screenshots: build pack ## Every page type, wide and narrow, light and dark, into screenshots/
	BROKERLAB_SCREENSHOTS=$(CURDIR)/screenshots CGO_ENABLED=1 $(GO) test -count=1 -run '^TestScreenshots$$' ./cmd/brokerlab
	cd static && SHOTS=$(CURDIR)/screenshots node dev/shots.mjs view

PACK := sandbox/packfiles/data/pack.tar.zst
DIST := dist/brokerlab-$(shell $(GO) env GOOS)-$(shell $(GO) env GOARCH)

dist: build ## One static file for this system that needs no Go: course, labs, page, lab command and compiler pack inside
	@mkdir -p dist
	./bin/brokerlab pack --write $(PACK)
	CGO_ENABLED=1 $(GO) build -trimpath -tags osusergo,netgo,sqlite_omit_load_extension \
	  -ldflags '-s -w -linkmode external -extldflags "-static" $(LDFLAGS)' -o $(DIST) ./cmd/brokerlab; \
	  status=$$?; rm -f $(PACK); exit $$status
	@ls -l $(DIST)

clean: ## Remove what was built here; your work and the compiler pack stay
	rm -rf bin dist screenshots static/dist/* sandbox/embedded/brokerlab-lab
	git checkout -q -- static/dist/README 2>/dev/null || true

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
