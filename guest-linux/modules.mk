# SPDX-License-Identifier: Apache-2.0
# The modules for Debian's kernels. Each flavour has a copy of the sources below build/, since Kbuild
# writes beside them; the modules are then in build/guest-linux/FLAVOUR, without debug information. A copy with what is
# no longer in the sources is begun anew: the folders in it are what is built.

MODULES_OUT := $(BUILD)/guest-linux
# One kernel's are built of what the package has, as dkms would (tests/system/test_deb.py).
MODULES_PACKED := full
MODULES_PACKAGE := $(BUILD)/guest-linux/package
MODULES_KIND := -name '*.[ch]' ! -name '*.mod.c' ! -path '*/tools/*' -o -name Kbuild -o -name Makefile
MODULES_SRCS := $(shell find guest-linux $(MODULES_KIND)) $(wildcard hyp/include/nk/*.h)
MODULES_FROM = $(if $(filter $(MODULES_PACKED),$*),$(MODULES_PACKAGE),guest-linux)
# Folders that are not for all kernels, as their Kbuilds say.
MODULES_FOLDERS := $(patsubst guest-linux/%Kbuild,%,$(shell grep -l '^ifneq .*CONFIG_' $$(find guest-linux -name Kbuild)))
# For a kernel that is not for all tests' modules.
MODULES_TESTS = ! -path './tests/*' $(if $(filter $(MODULES_REST),$*),-o -path ./tests/Kbuild $(patsubst %,-o -path './%*',$(filter tests/%,$(MODULES_FOLDERS))))
# The debug information that Debian's kernels ask for would be stripped.
MODULES_FLAGS := KCFLAGS='-Werror -g0'
HEADERS := $(FLAVOURS:%=$(DEPS)/headers-%/build/Makefile)

$(HEADERS): $(DEPS)/headers-%/build/Makefile:
	$(Q)$(SETUP) --headers $*

$(MODULES_OUT)/$(MODULES_PACKED).stamp: scripts/nk-deb guest-linux/dkms.conf
$(FLAVOURS:%=$(MODULES_OUT)/%.stamp): $(MODULES_OUT)/%.stamp: $(MODULES_SRCS) | $(DEPS)/headers-%/build/Makefile
	@echo "  MODULES $*"
	$(Q)mkdir -p $(MODULES_OUT)/src/$*
	$(if $(filter $(MODULES_PACKED),$*),$(Q)rm -rf $(MODULES_PACKAGE) && mkdir $(MODULES_PACKAGE) && scripts/nk-deb --sources $(MODULES_PACKAGE))
	$(Q)for file in $$(cd $(MODULES_OUT)/src/$* && find . $(MODULES_KIND)); do \
		test -e $(MODULES_FROM)/$$file || { rm -rf $(MODULES_OUT)/src/$*/*; break; }; done
	$(Q)cd $(MODULES_FROM) && find . \( $(MODULES_KIND) \) $(if $(filter $(MODULES_WHOLE),$*),,\( $(MODULES_TESTS) \)) \
		-exec cp -u --parents --preserve=timestamps -t $(abspath $(MODULES_OUT)/src/$*) {} +
	$(Q)$(MAKE) -s -C $(MODULES_OUT)/src/$* KDIR=$(abspath $(DEPS)/headers-$*/build) \
		ARCH=arm64 CROSS_COMPILE=$(CROSS_COMPILE) $(MODULES_FLAGS) $(if $(filter $(MODULES_WHOLE) $(MODULES_REST),$*),W=1) $(MODULES_ARGS)
	$(Q)rm -rf $(MODULES_OUT)/$* && mkdir $(MODULES_OUT)/$*
	$(Q)for ko in $$(find $(MODULES_OUT)/src/$* -name '*.ko'); do \
		$(CROSS_COMPILE)strip -g -o $(MODULES_OUT)/$*/$${ko##*/} $$ko || exit 1; done
	$(Q)touch $@

# KERNEL has a default for `make run`, which is not meant here.
.PHONY: modules
modules: $(patsubst %,$(MODULES_OUT)/%.stamp,$(if $(filter command environment,$(origin KERNEL)),$(KERNEL),$(FLAVOURS)))
## modules: build the Linux modules, build/guest-linux/*/*.ko (KERNEL=cloud|full|cloud-13|full-13 for one of them)
