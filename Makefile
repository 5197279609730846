# Raally's commands. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run run-engines chaos abuse demo test fmt lint deny browser-test openapi contract dev-engines bench clean platform-lint test-terraform test-platform rehearse

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build and serve on http://localhost:3001 with a demo workspace (DATA=./data LISTEN=127.0.0.1:3001)
	@scripts/run

run-engines: ## the same on PostgreSQL, Kafka and Redis from packages, with a worker beside it
	@scripts/run-engines

demo: ## write a made-up company (DATA PEOPLE PROJECTS ASSIGNMENTS SEED TODAY) and print its sign-in
	@scripts/demo

test: ## run every check (SKIP_BROWSER=1, SKIP_CONTRACT=1, SKIP_DENY=1, SKIP_ENGINES=1, SKIP_SHELLCHECK=1 leave one out)
	@scripts/test

fmt: ## format the Rust code
	@cargo fmt --all

lint: ## check format and lints, Rust and web
	@scripts/lint

deny: ## check the dependencies against deny.toml
	@scripts/deny

browser-test: ## walk the web app in Chromium
	@scripts/browser-test

openapi: ## write the OpenAPI document and the web app's types from the code
	@scripts/openapi

contract: ## lint the OpenAPI document as others' tools do, and plan through a generated client
	@scripts/contract

dev-engines: ## start PostgreSQL, Kafka and Redis from packages, and print where they are
	@scripts/engines start && scripts/engines env

chaos: ## take parts of a fleet away under load for 20 minutes (SECONDS_LONG=1200 SEED OUTAGE=60)
	@scripts/chaos

abuse: ## accounts that mean harm beside a quiet workspace, for 10 minutes on an optimized server (SECONDS_LONG=600 SEED)
	@scripts/abuse

platform-lint: ## check the files of the images, Compose and Kubernetes, each rule with a violation
	@scripts/platform/lint

test-terraform: ## check and test Terraform's files, and apply both environments to a local AWS endpoint
	@scripts/platform/terraform

test-platform: ## build and run the images, Compose and a cluster, in the time that CI has (RAALLY_CLUSTER RAALLY_PATIENCE=1)
	@scripts/platform/test --short

rehearse: ## the same in full: roll, scale, kill, cut off and change passwords under load (some two hours)
	@scripts/platform/test

bench: ## measure, beside baselines from the same run (PART=embedded, PART=writes or PART=engines; all by default)
	@scripts/bench $(PART)

clean: ## remove what was built; data folders stay
	@cargo clean && rm -rf web/dist web/node_modules
