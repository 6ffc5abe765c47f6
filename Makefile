# Sandglass. `make` alone lists what can be made.
#
#   KVM=required          make test: fail where hardware virtualisation cannot run, instead of leaving its tests out
#   SANDGLASS_STATE_DIR   where images, overlays and the record live (default /var/lib/sandglass)
#   SANDGLASS_SOCKET      where the daemon listens (default /run/sandglass/sandglass.sock)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test labs check bench soak build agent assets setup libvirt format clean

SWIFT_BUILD := swift build --explicit-target-dependency-import-check error
export SANDGLASS_KVM := $(KVM)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup libvirt build agent assets ## Install, build, boot a machine and attach to it; without a terminal, type, expire and report
	deploy/run --configuration release

test: setup libvirt check agent assets ## Every gate, every test, real guests included, `make run` without a terminal, some labs
	$(SWIFT_BUILD) --build-tests
	deploy/run --configuration debug --private </dev/null
	SANDGLASS_STATE_DIR=/var/lib/sandglass-test .ci/run-tests
	.ci/browser </dev/null
	.ci/contract </dev/null
	labs=$$(.ci/labs) && deploy/labs --configuration debug --junit .build/labs.xml $$labs </dev/null

labs: setup libvirt build agent ## Test every lab as people will find it; LABS="disk-full timers" for some
	deploy/labs --configuration release --junit .build/labs.xml $(LABS) </dev/null

check: ## Format, lint and the gates of the style guide
	.ci/check
	.ci/check-selftest

bench: setup libvirt build agent ## Measure; exits 1 when a promised figure is missed
	. deploy/host/privilege.sh && as_root SANDGLASS_DEFINITIONS_DIR="$(CURDIR)" .build/release/sandglass bench $(BENCH)

soak: setup libvirt build agent ## Fork and end 500 machines, kill some and the daemon, and see that nothing is left
	. deploy/host/privilege.sh && as_root SANDGLASS_DEFINITIONS_DIR="$(CURDIR)" .build/release/sandglass bench soak $(SOAK)

build: ## Build the daemon and the command, optimised
	$(SWIFT_BUILD) --configuration release --product sandglassd
	$(SWIFT_BUILD) --configuration release --product sandglass

agent: ## Build the program that runs inside guests
	@deploy/guest-agent

assets: ## Fetch what the pages need of others
	@deploy/web-assets

setup: ## Install what the host lacks
	@deploy/host/setup

libvirt: ## Make libvirt answer
	@deploy/host/libvirt start

format: ## Rewrite the Swift sources in the agreed format
	swift format format --in-place --recursive --parallel Sources Tests Package.swift

clean: ## Remove what was built here; sessions, images and the record stay
	rm -rf .build .swiftpm
