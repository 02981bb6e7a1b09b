GO ?= go
FUZZTIME ?= 20s
export CGO_ENABLED ?= 0
# With the same flags everywhere, each package is compiled once for the program and for the tests. Without paths in what
# is built, another clone uses the build cache as well.
export GOFLAGS := $(filter-out -trimpath,$(GOFLAGS)) -trimpath

.PHONY: help test-hub bench-scale docs reference ui ui-test ui-picture build install demo test attack race race-all fuzz bench bench-gateway bench-page bench-proxy bench-soak conformance conformance-gateway eval lint vuln tidy ci check release-snapshot clean compare consumers servers

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/spectap
	$(GO) build -o bin/spectap ./cmd/spectap

install: ## install spectap where go install does
	$(GO) install ./cmd/spectap

demo: build ## run the whole loop on the sample API
	bin/spectap demo

# Installs what package-lock.json names, unless that is done. The copy in node_modules is made last, and npm ci removes
# it: an installation that was killed begins again.
npm_ci = { cmp -s package-lock.json node_modules/installed.json || \
  { npm ci --silent --no-audit --no-fund && cp package-lock.json node_modules/installed.json; }; }

# The built page is part of the repository, so that only this needs Node.
ui: ## build the page of spectap ui from its sources (Node 20.19 or newer, npm)
	$(GO) test -vet=off -count=1 -run 'TestTypeScript$$' ./page -update >/dev/null
	cd page/web && $(npm_ci) && npx tsc --noEmit && npx vite build --logLevel warn

# A browser on a busy machine may miss a deadline that is no defect of the page: with FAILED=FILE, the names of the tests
# that fail are written there, so that CI can run them again when nothing else runs.
# cost.test.mjs measures, and belongs to bench-page.
UI_TESTS ?= $(filter-out cost.test.mjs,$(notdir $(wildcard page/web/test/*.test.mjs)))
LANES ?= 1
ui-test: build ## drive Chromium through the page (Node, npm; CHROMIUM, SCREENSHOTS=DIR, UI_TESTS, LANES of tests beside each other, FAILED)
	@cd page/web && $(npm_ci) || exit; out=$$(mktemp -d) && trap 'rm -r $$out' EXIT; \
	printf '%s\n' $(UI_TESTS) | OUT=$$out xargs -P $(LANES) -I TEST sh -c \
	  'node --test test/TEST >$$OUT/TEST 2>&1; failed=$$?; cat $$OUT/TEST; [ $$failed = 0 ] || { echo TEST >>$(or $(FAILED),/dev/null); exit 1; }'

# About four minutes. Each step has a deadline, and the name of one that misses it is printed.
TURNS ?= 5
SECONDS ?= 3
RATE ?= 400
bench-page: build ## measure the page: what it costs the proxy, memory, frames, first paint (Node, npm; TURNS, SECONDS, RATE)
	cd page/web && $(npm_ci) && node bench/throughput.mjs $(TURNS) $(SECONDS) && node bench/throughput.mjs $(TURNS) $(SECONDS) $(RATE) && PROGRESS=1 node --test --test-reporter=spec test/cost.test.mjs

ui-picture: build ## make the picture of the README
	cd page/web && $(npm_ci) && node picture.mjs ../../docs/images/page.png

# The reference is part of the site and not of the repository: it says what "spectap help" says.
write_reference = $(GO) test $(LINK) -count=1 -run 'TestReference$$' ./cmd/spectap -update >/dev/null

reference: ## write docs/reference for the site, and the list of reasons in docs/inference-paths.md, from the code
	$(write_reference)
	$(GO) test $(LINK) -count=1 -run 'TestReasonsPage$$' ./infer/route -update >/dev/null

docs: ## build the site of the documents in bin/site, with the reference, and refuse dead links (Node, npm)
	$(write_reference)
	cd docs/site && $(npm_ci) && npx vitepress build . --logLevel warn

# The tests that take long, and most attacks on the built program, are for "make check".
# Each package of tests is linked by itself: without tables for debuggers, that takes a third less time. Many tests wait
# for processes and the disk, so that more packages run at once than there are processors. "make lint" vets.
SHORT = -short
TESTED = ./...
LINK = -vet=off -ldflags='-s -w'
PARALLEL = -p $$((2 * $$(getconf _NPROCESSORS_ONLN)))
# Tests that start the program start this one, and do not build their own.
PROGRAM = $(or $(SPECTAP),$(CURDIR)/bin/spectap)
# Less frequent garbage collection saves processor time, but tests of memory are among those that take long.
test: build ## run the tests, but those that take long
	SPECTAP=$(PROGRAM) $(if $(SHORT),GOGC=400) $(GO) test $(LINK) $(PARALLEL) $(SHORT) -timeout 20m $(TESTED)

attack: build ## attack the built program over its interfaces, with the slow attacks as well
	SPECTAP=$(PROGRAM) $(GO) test -count=1 -timeout 60m ./internal/attack -slow
	SPECTAP=$(PROGRAM) $(GO) test -count=1 -timeout 10m ./internal/attack/bypass

# The packages that share memory between goroutines. The inference has none, which internal/arch holds.
test-hub: ## kill the nodes of a hub, workers and proxies at random, twenty times with one node and with three
	SPECTAP_AGREE_SEEDS=100 $(GO) test -count=1 -timeout 30m -run 'TestReplicasAgree' ./relay
	SPECTAP_HUB_SEEDS=20 $(GO) test -count=1 -timeout 60m -run 'TestHubKill$$' ./cmd/spectap

bench-scale: ## measure the table of docs/performance.md: hub, forwarder, follower, workers, export, size of the program
	$(GO) test -run "^$$" -bench Scale -benchtime 1x -timeout 10m ./relay/natslog/natshub
	$(GO) test -run "^$$" -bench ExportModels -benchtime 3x -timeout 10m ./catalog
	@$(GO) build -ldflags "-s -w" -o bin/with-hub ./cmd/spectap && $(GO) build -ldflags "-s -w" -tags nohub -o bin/no-hub ./cmd/spectap
	@wc -c bin/with-hub bin/no-hub | awk 'NR<3 {m=NR==1?62:48; printf "%s: %.1f MB, must %d MB, %.2f times as good\n", $$2, $$1/1e6, m, m*1e6/$$1}'
	@rm bin/with-hub bin/no-hub

RACE ?= ./capture/... ./catalog/... ./egress/... ./gateway/... ./guard/approval/... ./guard/audit/... ./guard/book/... ./guard/enforce/... ./guard/grant/... \
  ./guard/limit/... ./guard/oauth/... ./guard/session/... ./internal/control/... ./desktop/netns/... ./mcpclient/... ./mcp/... ./mcptools/search/... \
  ./relay/... ./rules/... ./store/...
RACED = $(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' $(RACE)
race: ## run the tests of the concurrent packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 GOGC=400 $(GO) test $(LINK) -race -short -timeout 20m $$($(RACED))

race-all: ## run all tests under the race detector
	CGO_ENABLED=1 $(GO) test -race ./...

fuzz: ## run every fuzz target for FUZZTIME
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$pkg; \
	  done; done

bench: ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-gateway: ## time calls of an MCP server through the gateway beside direct calls
	$(GO) test -run '^$$' -bench 'BenchmarkGateway$$' -benchtime 5s ./cmd/spectap

PROXYBENCH ?= ../shared/bench/proxy/run.sh
BENCHTIME ?= 5
bench-proxy: build ## load the proxy beside a bare one that records nothing, and print the ratios
	@if [ -x $(PROXYBENCH) ]; then $(PROXYBENCH) -d $(BENCHTIME) --only goproxy,ours --peer ours --proxy 127.0.0.1:18181 --ca '$$WORK/ours/ca/ca.pem' \
	  --cmd 'env SSL_CERT_FILE=$$UPSTREAM_CA $(CURDIR)/bin/spectap proxy --db $$WORK/ours/flows.db --ca-dir $$WORK/ours/ca --listen 127.0.0.1:18181'; \
	else echo "no load bench at $(PROXYBENCH)"; fi

SOAK ?= -for 10m
SOAKBYTES ?= -conns 4 -noise -for 30m -mb 5000
bench-soak: build ## hold the proxy under load for ten minutes, then pass 5 GB of noise, and look whether all is stored
	$(GO) run ./internal/soaktest -bin bin/spectap $(SOAK)
	$(GO) run ./internal/soaktest -bin bin/spectap $(SOAKBYTES)

conformance: build ## let others judge the MCP servers: the official suite, its inspector and SDK (npm sets them up)
	mcptools/conformance/run.sh bin/spectap

MCPBENCH ?= ../shared/bench/mcp
conformance-gateway: build ## compare the official suite through the gateway with a direct run
	@if [ -x $(MCPBENCH)/conformance.sh ]; then BENCH=$(MCPBENCH) gateway/conformance/run.sh bin/spectap; else echo "no checkers at $(MCPBENCH)"; fi

consumers: build ## linters and code generators read the documents of the sample API and CONSUMERS; public MCP servers run behind the gateway, workflows run against new servers (npm); the types of Kubernetes read its manifest
	openapi/build/consumers/run.sh bin/spectap $(CONSUMERS)
	gateway/consumers/run.sh bin/spectap
	workflow/consumers/run.sh bin/spectap
	cd docs/kubernetes/check && $(GO) test ./...

# Caddy compiles for minutes, and the first installation loads 700 MB: for before a release.
servers: build ## record, document and call a dozen real servers from npm, PyPI and Go modules (SERVERS="caddy tus"; docs/servers.md)
	internal/consumers/run.sh bin/spectap $(SERVERS)

EVAL ?= ../shared/eval.sh
eval: build ## judge inferred documents: CORPORA of EVAL, and the sample API
	@if [ -x $(EVAL) ]; then $(EVAL) bin/spectap $(CORPORA); else echo "no judge at $(EVAL): only the sample API is judged"; fi
	$(GO) test -count=1 -run 'TestShop$$' -v ./infer

# COMPARED names some of the corpora, each a folder of CORPORA.
compare: build ## judge documents that public programs infer, beside ours (npm, PyPI; CORPORA=DIR, COMPARED, LIMIT seconds, WRITE=1)
	openapi/build/compare/run.sh bin/spectap $(or $(CORPORA),../shared/corpora) $(COMPARED)

# Less frequent garbage collection saves a fifth of the time of the analyzers.
lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	GOGC=400 GOMEMLIMIT=3GiB $(GO) vet ./...
	GOGC=400 GOMEMLIMIT=3GiB $(GO) tool staticcheck ./...

vuln: ## known vulnerabilities in what is called (asks the Go vulnerability database)
	$(GO) tool govulncheck ./...

tidy: ## go.mod and go.sum must be tidy
	$(GO) mod tidy -diff

ci: TESTED = $$($(GO) list ./... | grep -vxF "$$($(RACED))")
ci: lint tidy test race ## lint, the tests but those that take long, and the race detector
check: SHORT =
check: lint tidy test race consumers ## the same with all tests and attacks, and make consumers

# Newer releases of goreleaser need modules that not every module proxy has.
GORELEASER ?= github.com/goreleaser/goreleaser/v2@v2.16.0
release-snapshot: ## build the packages of a release without publishing them, and test them (SIGNING_KEY signs the sums)
	$(GO) run $(GORELEASER) release --snapshot --clean --skip=publish$(if $(SIGNING_KEY),,$(shell echo ,)sign)
	SPECTAP_RELEASE=$(CURDIR) $(GO) test -count=1 -timeout 30m ./packaging

clean: ## remove what was built
	rm -rf bin dist
