# What is done with a checkout of this package; `make help` lists it.
# Plain commands, no scripts beside it: each recipe can be copied into a shell.

# The demonstration: the least-margin hedge of the bundled sample book under one venue's rule.
define DEMO_COMMANDS
.build/release/marginopt margin --sample --profile paradex
.build/release/marginopt hedge --sample --profile paradex --limit BTC.gamma=-200000..200000 --limit vega=-10000..10000 --picture .build/hedge.svg
@echo; echo "A picture of the book before and after the hedge: .build/hedge.svg"
endef

# The comparison with other programs and with the figures in Documentation/Performance.md.
define BENCH_COMMANDS
swift run -c release --package-path Benchmarks Ratios $(SECTIONS)
swift run -c release --package-path Benchmarks Allocations
endef

DEBIAN_PACKAGES = libopenblas-dev liblapacke-dev libsuitesparse-dev libmetis-dev pkg-config
CATALOG = Sources/MarginOptimization/MarginOptimization.docc
SYMBOLS = .build/documentation-symbols
SITE = Site
FORMATTED = Package.swift Sources Tests $(wildcard Benchmarks)
LONGEST_FILE = 500
SANITIZER ?= address

# BLAS on one thread: the package has its own parallel loops, and two pools on one machine fight.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo test sanitize docs lint bench client install-deps check-swift clean
.DEFAULT_GOAL := help

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)$$/\1\t\2/p' Makefile | expand -t 14

demo: check-swift install-deps  ## build the command marginopt and hedge the bundled sample book
	swift build -c release --product marginopt
	$(DEMO_COMMANDS)

# Release, because the numbers that users get are those of the optimized build, the numeric suites
# are ten times slower without it, and the demonstration and the documentation reuse the same build
# (which is why no test imports a module as @testable).
test: check-swift install-deps  ## run the tests; FILTER=name runs those whose name matches
	swift test -c release --disable-xctest --disable-testable-imports $(if $(FILTER),--filter '$(FILTER)')

# The thread sanitizer does not see the locks of Swift's own library and warns of what they guard.
sanitize: check-swift install-deps  ## run the tests of the solver under SANITIZER=address (or thread)
	LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leak-suppressions.txt \
	swift test -c release --disable-xctest --disable-testable-imports --sanitize=$(SANITIZER) \
	  --scratch-path .build-$(SANITIZER) --filter 'QuadraticProgrammingTests|LinearAlgebraTests'

# docc comes with Swift, so no plugin: clients of the library resolve one dependency less.
# The symbols of every library module go into one site. A warning, as of a broken link, fails; only
# a parameter that the sentence above it explains may go without a line of its own.
docs: check-swift install-deps  ## build the documentation into Site/
	swift package -c release dump-symbol-graph --minimum-access-level public --skip-synthesized-members
	@rm -rf $(SYMBOLS) $(SITE) && mkdir -p $(SYMBOLS)
	@bin=$$(swift build -c release --show-bin-path) && \
	for module in $$(ls Sources | grep -v -e '^C[A-Z]' -e 'CLI$$'); do \
	  cp "$$bin"/../symbolgraph/$$module.symbols.json $(SYMBOLS)/ || exit 1; \
	  find "$$bin"/../symbolgraph -name "$$module@*.symbols.json" -exec cp {} $(SYMBOLS)/ ';'; \
	done
	docc convert $(CATALOG) --additional-symbol-graph-dir $(SYMBOLS) \
	  --fallback-display-name MarginOptimization \
	  --fallback-bundle-identifier swift-margin-optimization \
	  --transform-for-static-hosting --output-path $(SITE) > .build/docc.log 2>&1 \
	  || { cat .build/docc.log; exit 1; }
	@if grep -E '^(warning|error):' .build/docc.log | grep -qv 'is missing documentation$$'; then \
	  cat .build/docc.log; echo "The documentation has warnings."; exit 1; fi
	@echo "To read it: python3 -m http.server -d $(SITE) and http://localhost:8000/documentation/marginoptimization"

lint: check-swift  ## check the format, the length of the files and what is tracked
	swift format lint --strict -r $(FORMATTED)
	@long=$$(git ls-files '*.swift' '*.c' '*.h' '*.sh' '*.md' | while read -r file; do \
	  [ ! -e "$$file" ] || awk -v name="$$file" \
	    'END { if (NR > $(LONGEST_FILE)) print name ": " NR " lines" }' "$$file"; done); \
	[ -z "$$long" ] || { echo "Longer than $(LONGEST_FILE) lines:"; echo "$$long"; exit 1; }
	@built=$$(git ls-files | grep -E '(^|/)(\.build/|Package\.resolved$$)' || true); \
	[ -z "$$built" ] || { echo "Tracked, but made by the build:"; echo "$$built"; exit 1; }
	@echo "Format, length and tracked files are in order."

bench: check-swift install-deps  ## ratios to peers; SECTIONS="--seconds 5 …" chooses
	$(BENCH_COMMANDS)

client: check-swift install-deps  ## build a client that takes this package by a git tag
	bash Tests/Client/run.sh

check-swift:
	@command -v swift > /dev/null || { \
	  echo "Swift is not in PATH. Swift 6.2 or newer is needed: https://www.swift.org/install"; \
	  exit 1; }
	@version=$$(swift --version 2> /dev/null \
	  | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1); \
	set -- $$version 0 0; \
	[ "$$1" -gt 6 ] || { [ "$$1" -eq 6 ] && [ "$$2" -ge 2 ]; } || { \
	  echo "Swift 6.2 or newer is needed, this is $$1.$$2: https://www.swift.org/install"; exit 1; }

# AMD and METIS have no pkg-config file, so the preprocessor is asked for their headers.
ORDERINGS_FOUND = echo 'int main(void) { return 0; }' | cc -x c -include suitesparse/amd.h -include metis.h - -lamd -lmetis -o /dev/null 2> /dev/null

install-deps:  ## install BLAS, LAPACK, AMD and METIS where they are not found
	@if pkg-config --exists openblas lapacke 2> /dev/null && $(ORDERINGS_FOUND); then exit 0; fi; \
	if ! command -v apt-get > /dev/null; then \
	  echo "OpenBLAS, LAPACKE (by pkg-config), AMD (suitesparse/amd.h, -lamd) or METIS (metis.h, -lmetis) is not found. On macOS:"; \
	  echo "  brew install openblas lapack suite-sparse metis pkgconf"; \
	  echo '  export PKG_CONFIG_PATH="$$(brew --prefix openblas)/lib/pkgconfig:$$(brew --prefix lapack)/lib/pkgconfig"'; \
	  echo '  export CPATH="$$(brew --prefix)/include" LIBRARY_PATH="$$(brew --prefix)/lib"'; \
	  echo "Elsewhere: the development files of OpenBLAS, LAPACKE, SuiteSparse and METIS, and pkg-config."; \
	  exit 1; \
	fi; \
	as_root=; \
	if [ "$$(id -u)" -ne 0 ]; then \
	  command -v sudo > /dev/null || { \
	    echo "As root: apt-get install $(DEBIAN_PACKAGES)"; exit 1; }; \
	  as_root=sudo; \
	fi; \
	install="$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(DEBIAN_PACKAGES)"; \
	$$install || { $$as_root apt-get update -q && $$install; }; \
	pkg-config --exists openblas lapacke && $(ORDERINGS_FOUND) || { \
	  echo "Installed, but OpenBLAS, LAPACKE (by pkg-config), AMD or METIS is still not found."; exit 1; }

clean:  ## remove what builds and documentation left
	rm -rf .build .build-address .build-thread $(SITE) Benchmarks/.build
