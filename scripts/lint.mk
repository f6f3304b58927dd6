# SPDX-License-Identifier: Apache-2.0
# `make lint`: one target a tool; each ends with 0 when the tool has nothing to say.

LINT_FILES = $(shell git ls-files --cached --others --exclude-standard)
LINT_C = $(filter %.c %.h,$(LINT_FILES))
LINT_HYP = $(filter-out hyp/arch/arm64/gen/%,$(filter hyp/%.c,$(LINT_FILES)))
LINT_TOOL = $(filter guest-linux/tools/% scripts/check/%,$(LINT_C))
LINT_SHELL = .ci/run guest-linux/tools/nk/completion.bash $(shell grep -lE '^\#!/bin/(ba)?sh' $(filter scripts/% tests/%,$(LINT_FILES)) /dev/null)
LINT_PYTHON = $(filter %.py,$(LINT_FILES)) \
	$(shell grep -lE '^\#!/usr/bin/(env )?python3' $(filter-out %.py,$(filter scripts/% tests/%,$(LINT_FILES))) /dev/null)
LINT_INCLUDES = -DHYP_VERSION=__FILE__ -DHYP_COMPILER=__FILE__ -DHYP_BUILD_DATE=__FILE__ -Ihyp -Ihyp/include -Ihyp/arch/arm64/include -isystem $(DEPS)/libfdt/usr/include
LINT_CLANG = --target=aarch64-linux-gnu -std=gnu11 -ffreestanding -mgeneral-regs-only -Wall -Wextra \
	-Wno-unused-parameter -Wno-gnu-variable-sized-type-not-at-end
, := ,
LINT_TOOLS := format tidy cppcheck sparse checkpatch modules shell python yaml spdx size layers docs

# What checkpatch asks of the kernel and not of nk: levels of printk (there is one), no externs in
# .c files (the linker script's symbols), no volatile (device registers), no typedefs (spinlock_t),
# no long lines of text in two pieces, parentheses around lists that tables are made of, no macros that
# hold a whole function or [ID(x)] = entries, no blank line behind register variables, names for
# arguments (it takes (void) for one without where __must_hold() follows); licenses are looked at by
# lint-spdx.
LINT_CHECKPATCH_IGNORE := $(subst $() ,$(,),PRINTK_WITHOUT_KERN_LEVEL AVOID_EXTERNS VOLATILE \
	NEW_TYPEDEFS SPLIT_STRING COMPLEX_MACRO MULTISTATEMENT_MACRO_USE_DO_WHILE SPDX_LICENSE_TAG \
	PREFER_DEFINED_ATTRIBUTE_MACRO EMBEDDED_FUNCTION_NAME SINGLE_STATEMENT_DO_WHILE_MACRO MACRO_WITH_FLOW_CONTROL \
	TRAILING_SEMICOLON BRACKET_SPACE LINE_SPACING FUNCTION_ARGUMENTS)

# Of modules it may ask more. The NKDDI has types of its own, and members that return pointers are
# taken for calls.
LINT_MODULES_IGNORE := NEW_TYPEDEFS,LINE_SPACING,SPACING,VOLATILE,SPLIT_STRING
# It is to ask no git about each file, and no diff: of a large perl, that is most of its time.
LINT_CHECKPATCH = GIT_DIR=/nonexistent perl -Iscripts -MNkFiles $(DEPS)/checkpatch/checkpatch.pl --no-tree --file --terse --quiet --no-summary \
	--max-line-length=100

.PHONY: lint lint-setup $(LINT_TOOLS:%=lint-%)
lint: lint-setup
	@for tool in $(LINT_TOOLS); do \
		echo "  LINT    $$tool"; \
		$(MAKE) --no-print-directory lint-$$tool || exit 1; \
	done
## lint: clang-format, clang-tidy, cppcheck, sparse, checkpatch, shellcheck, pyflakes, yamllint, ours

lint-setup:
	$(Q)$(SETUP) --for lint --libfdt --checkpatch

lint-format:
	$(Q)clang-format --dry-run -Werror $(LINT_C)

# How many states of a function clang's analyzer goes through: its own default, and fewer in `make test`.
LINT_STATES ?= 225000
lint-tidy: | $(LIBFDT)
	$(Q)echo $(LINT_HYP) | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" \
		-- $(LINT_CLANG) -Xclang -analyzer-config -Xclang max-nodes=$(LINT_STATES) $(LINT_INCLUDES) 2>&1' tidy | { ! grep -vE '^$$|warnings? (generated|treated)|^Suppressed|^Use -header-filter|^\[[0-9/]+\] Processing file '; }

# It knows nothing of the linker script's symbols, which are of one object. Versions after Debian 12's also take an array
# that the callee fills for one that is not initialized (gcc and clang-tidy know better), say that they looked less
# closely at some functions, and stumble over variables in registers.
LINT_CPPCHECK_LATER = $(if $(filter 2.10,$(lastword $(shell cppcheck --version))),,--suppress=uninitvar \
	--suppress=normalCheckLevelMaxBranches --suppress=internalError -D'__asm__(x)=')
lint-cppcheck:
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingInclude --suppress=unknownMacro \
		--suppress=comparePointers --suppress=subtractPointers --suppress=cppcheckError \
		$(LINT_CPPCHECK_LATER) -D__aarch64__ -D'__aligned(x)=' \
		-Ihyp -Ihyp/include -Ihyp/arch/arm64/include $(LINT_HYP) $(LINT_TOOL)

# One file at a time: with several, it takes the string functions for others than the first time. And each twice.
# For what is called with a lock held (__must_hold), sparse looks either whether it returns so, or, when told that a
# number below zero are held before, whether its callers hold one; of inline functions only if they are not inline.
LINT_LOCKS := "1" "-1 -Dinline="
lint-sparse: | $(LIBFDT)
	@status=0; for file in $(LINT_HYP); do for held in $(LINT_LOCKS); do \
		sparse --arch=arm64 -Wsparse-error -Wcontext -Wno-decl -Wno-transparent-union -std=gnu11 \
			-DLINT_HELD=$$held -D'__atomic_load_n(p, order)=(*(p))' \
			-nostdinc -isystem $(shell $(CROSS_COMPILE)gcc -print-file-name=include) \
			-isystem /usr/aarch64-linux-gnu/include $(LINT_INCLUDES) $$file || status=1; \
	done; done; exit $$status

# It judges a file by its text alone, and slowly: LINT_SINCE=COMMIT leaves out what is as it was there.
LINT_NEW = $(if $(LINT_SINCE),$(filter $(LINT_C),$(shell git diff --name-only $(LINT_SINCE); git ls-files --others --exclude-standard)),$(LINT_C))
lint-checkpatch: LINT_LOOK = $(if $(strip $2),$(LINT_CHECKPATCH) --ignore $1 $2)
lint-checkpatch:
	$(Q)$(call LINT_LOOK,$(LINT_CHECKPATCH_IGNORE),$(filter-out hyp/arch/arm64/gen/%,$(filter hyp/%,$(LINT_NEW))))
	$(Q)$(call LINT_LOOK,$(LINT_MODULES_IGNORE),$(filter-out $(LINT_TOOL),$(filter guest-linux/%,$(LINT_NEW))))
	$(Q)$(call LINT_LOOK,$(LINT_CHECKPATCH_IGNORE),$(filter $(LINT_TOOL),$(LINT_NEW)))

# Sparse with the kernel's types, over the trees that were built; what that says of the kernel's headers is not ours.
LINT_KERNELS := $(MODULES_WHOLE) $(MODULES_REST)
# Of the second one what the first one has not.
LINT_FOLDERS = $(if $(filter $(MODULES_REST),$*),$(MODULES_FOLDERS),modules)
.PHONY: $(LINT_KERNELS:%=lint-modules-%)
$(LINT_KERNELS:%=lint-modules-%): lint-modules-%: $(BUILD)/guest-linux/%.stamp
	$(Q)$(MAKE) -s -C $(BUILD)/guest-linux/src/$* $(LINT_FOLDERS) KDIR=$(abspath $(DEPS)/headers-$*/build) \
		ARCH=arm64 CROSS_COMPILE=$(CROSS_COMPILE) $(MODULES_FLAGS) W=1 \
		C=2 >$(BUILD)/guest-linux/sparse-$* 2>&1 || { cat $(BUILD)/guest-linux/sparse-$*; exit 1; }
	@! grep -E '^[^ ]*/src/$*/.*(warning|error):' $(BUILD)/guest-linux/sparse-$*
lint-modules: $(LINT_KERNELS:%=lint-modules-%)

lint-shell:
	$(Q)shellcheck $(LINT_SHELL)

lint-python:
	$(Q)pyflakes3 $(LINT_PYTHON)

lint-yaml:
	$(Q)yamllint --strict $(or $(filter %.yaml %.yml,$(LINT_FILES)),.yamllint)

# Every file says its license, but for those that are data or have no place for a comment.
lint-spdx:
	@missing=$$(grep -L 'SPDX-License-Identifier: ' $(filter-out LICENSE .gitignore tests/fuzz/corpus/% \
		%.dtb %.itb %.json %.nm,$(LINT_FILES))); \
	test -z "$$missing" || { echo "no SPDX-License-Identifier:"; echo "$$missing"; exit 1; }
	@! grep -LE '^// SPDX' $(filter %.c,$(LINT_FILES)) | grep . || { echo "begin with // SPDX, as C files do"; exit 1; }

# One way down: what each folder of hyp/ may include (docs/architecture/README.md has the picture). Headers beside a
# file have no folder in their names.
LINT_LAYERS := lib:lib|nk config:config|lib|nk drivers:drivers|arch|config|lib|nk arch:arch|boot|drivers|config|lib|nk \
	core:core|arch|drivers|config|lib|nk include:nk
lint-layers:
	@status=0; for layer in $(foreach l,$(LINT_LAYERS),'$(l)'); do \
		grep -rnE '^#include "[a-z_]+/' hyp/$${layer%%:*} --include='*.[chS]' | \
			grep -vE "#include \"($${layer#*:})/" && status=1; \
	done; test $$status = 0 || { echo "these include what is not below them"; exit 1; }

# Small files: above 600 lines it is time to cut.
lint-size:
	@wc -l $(filter hyp/% scripts/% tests/%.c tests/%.h tests/%.py,$(LINT_FILES)) | awk \
		'$$2 != "total" && $$1 > 600 { print $$2 ": " $$1 " lines, 600 are allowed"; bad = 1 } END { exit bad }'

# Pages are true of the tree: their links lead to files, paths in backticks are there (in small letters; NAME and the like
# stand for something), and so are the pages that anything names. The first page is short.
LINT_PAGES = $(filter %.md,$(LINT_FILES))
lint-docs:
	@missing=$$({ for page in $(LINT_PAGES); do \
		grep -oE '\]\([^)#: ]+[)#]' $$page | sed 's/^..//; s/.$$//' | while read -r link; do \
			test -e $$(dirname $$page)/$$link || echo "$$page: $$link"; \
		done; done; \
		git ls-files --cached --others --exclude-standard | grep -v '^tests/fuzz/corpus/' | xargs grep -IoE \
			'`(boards|docs|dts|guest-linux|hyp|scripts|tests)/[a-z0-9_./-]+`|docs/[A-Za-z/-]+\.md' | \
			tr -d '`' | sort -u | while IFS=: read -r file path; do \
				test -e $$path || echo "$$file: $$path"; \
			done; }); \
	test -z "$$missing" || { echo "named, but not there:"; echo "$$missing"; exit 1; }
	@wc -l <README.md | awk '$$1 > 130 { print "README.md: " $$1 " lines, 130 are allowed"; exit 1 }'
