# Targets for people; .ci/run calls test, and fails when golden leaves a diff.
GO ?= go

.PHONY: test golden schema lint demo bench bench-million bench-stages build e2e e2e-stores image

build: ## the program, in bin/
	$(GO) build -o bin/esotree ./cmd/esotree

test: ## everything
	$(GO) test ./...

golden: ## write the golden trees and the generated documents anew; read the diff
	$(GO) test ./golden -update
	$(GO) generate ./schema/...

lint: ## what a reviewer would say first
	$(GO) vet ./...
	test -z "$$(gofmt -l .)"

demo: build ## render the example into bin/demo and show what came out
	bin/esotree render -o bin/demo examples/openova
	@find bin/demo -type f | sort
	@cat bin/demo/region1/tenants/acme/prod/externalsecret-postgres.yaml

bench: ## speed beside plain loops and other tools on PATH: a table of medians, ratios and targets; raw numbers to bin/bench.json
	$(GO) run ./bench/compare

bench-million: ## 1,000,000 objects beside 100,000: time and peak memory; some minutes and 5 GB of disk
	$(GO) run ./bench/compare -million -o bin/bench-million.json

bench-stages: ## each stage by itself, as Go benchmarks
	$(GO) test ./bench -run xxx -bench . -benchtime 5x

e2e: ## the example on the real operator, in two regions on loopback; the first run builds etcd, the API server, Vault and the operator
	cd e2e && $(GO) run . $(SCENARIOS)

e2e-stores: ## what a failing store does to the others, which takes long
	cd e2e && $(GO) run . 5

ARCH ?= amd64
TAG ?= esotree-fn:dev

image: ## the KRM function as a container image in bin/esotree-fn.tar, without Docker; ARCH is amd64 or arm64, TAG its name
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build -trimpath -buildvcs=false -ldflags="-s -w" -o bin/esotree-fn ./kustomize-plugin
	$(GO) run ./kustomize-plugin/image -o bin/esotree-fn.tar -tag $(TAG) bin/esotree-fn
