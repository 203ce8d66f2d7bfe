# SPDX-License-Identifier: GPL-2.0
# The module is described in Kbuild, the tool in userspace/Makefile.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr/local
DESTDIR	?=

# An O= folder of the kernel is a tree by itself: its Makefile knows the source. Relative paths
# are relative to here, and so kbuild must not see O. Not every shell expands ~ in arguments.
override KDIR := $(abspath $(patsubst ~/%,$(HOME)/%,$(or $(if $(filter command,$(origin O)),$(O)),$(KDIR))))
MAKEOVERRIDES := $(filter-out O=%,$(MAKEOVERRIDES))

# WERROR=1 makes warnings errors.  W=1, C=1 and the like pass on to kbuild.
ifdef WERROR
KBUILD_ARGS := KCFLAGS=-Werror
endif

# Modules are built by the compiler that built the kernel, unless told otherwise; of several
# clangs, by the one of the same version, which kbuild has a name for since 5.18. The
# environment's CC is not one that kbuild looks at.
ifeq ($(origin CC),command line)
compiler := $(CC)
else
ifeq ($(LLVM),)
clang	:= $(shell sed -n 's/^CONFIG_CLANG_VERSION=\([1-9][0-9]*\)[0-9]\{4\}$$/\1/p' \
	$(KDIR)/include/config/auto.conf 2>/dev/null)
LLVM	:= $(if $(clang),$(if $(shell command -v clang-$(clang) >/dev/null && \
	command -v ld.lld-$(clang) >/dev/null && \
	grep -vE '^5\.(.|1[0-7])\.' $(KDIR)/include/config/kernel.release 2>/dev/null),-$(clang),1))
endif
compiler := $(if $(LLVM),$(filter %/,$(LLVM))clang$(filter -%,$(LLVM)),$(CROSS_COMPILE)gcc)
endif

# Recipes name $(MAKE) themselves: make gives jobs only to those in which it sees it.
kbuild	= -C $(KDIR) M=$(CURDIR) $(if $(LLVM),LLVM=$(LLVM))

bindir	:= $(PREFIX)/bin
mandir	:= $(PREFIX)/share/man/man8
bashdir	:= $(PREFIX)/share/bash-completion/completions
fishdir	:= $(PREFIX)/share/fish/vendor_completions.d
# Debian's zsh has another folder for packages.
zshdir	?= $(PREFIX)/share/zsh/site-functions

# The module's place as kbuild has it: extra, with newer kernels updates, in MODLIB.
INSTALL_MOD_PATH ?= $(DESTDIR)
release	= $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
MODLIB	= $(INSTALL_MOD_PATH)/lib/modules/$(release)

# What is in DESTDIR is installed later, by somebody else who runs it. As with kbuild, it is
# no error that there is none.
DEPMOD	?= depmod
depmod_args = -a $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(release)
depmod	= $(if $(DESTDIR),,@PATH="$$PATH:/usr/sbin:/sbin"; if command -v $(DEPMOD) >/dev/null; then \
	echo "  DEPMOD  $(MODLIB)"; $(DEPMOD) $(depmod_args); \
	else echo "no $(DEPMOD): install kmod, then run depmod $(strip $(depmod_args))" >&2; fi)

all: modules tool

# FORCE=1 tries a kernel outside of the range that is tested.
modules:
	@scripts/kernel-options $(if $(filter-out 0,$(FORCE)),--force) "$(KDIR)" \
		"$(lastword $(filter-out -%,$(compiler)))" "$(LLVM)"
	$(MAKE) $(kbuild) $(KBUILD_ARGS) modules

tool:
	$(MAKE) -C userspace

# One file for systems without libraries: userspace/static/nsinspect.
static:
	$(MAKE) -C userspace static

# Both install what they need: make KERNEL=6.12 check takes one kernel, TEST=pids one
# test, QUICK=1 those that give an answer soon.
check:
	@scripts/check $(if $(filter-out 0,$(QUICK)),--quick) $(if $(TEST),--test "$(TEST)") $(KERNEL)

lab:
	scripts/lab demo

bench:
	scripts/bench

docs:
	scripts/setup docs
	sphinx-build -b html -q -W -n --keep-going -E -a -d build/docs/doctrees Documentation build/docs/html
	@echo "see build/docs/html/index.html"

# Packages for the release of Debian that this runs on, in build/deb.
deb:
	scripts/deb

install: install-module install-tool

# kbuild does it all (INSTALL_MOD_PATH, INSTALL_MOD_DIR, INSTALL_MOD_STRIP, MODLIB, compression,
# signing where it has the kernel's key), but for depmod: that it leaves out without
# System.map, which no distribution's headers have, and does also in DESTDIR.
install-module: modules
	$(MAKE) $(kbuild) INSTALL_MOD_PATH=$(abspath $(INSTALL_MOD_PATH)) DEPMOD=true modules_install
	$(depmod)

install-tool: tool
	install -D -m 755 userspace/nsinspect $(DESTDIR)$(bindir)/nsinspect
	install -D -m 644 userspace/nsinspect.8 $(DESTDIR)$(mandir)/nsinspect.8
	install -D -m 644 userspace/completions/nsinspect.bash $(DESTDIR)$(bashdir)/nsinspect
	install -D -m 644 userspace/completions/_nsinspect $(DESTDIR)$(zshdir)/_nsinspect
	install -D -m 644 userspace/completions/nsinspect.fish $(DESTDIR)$(fishdir)/nsinspect.fish

# With the variables that install had: the module is removed for the kernel of KDIR only.
uninstall: uninstall-tool uninstall-module

uninstall-module:
	$(if $(release),,$(error the module stays: no kernel tree $(KDIR) says for which kernel \
		it was installed: name it with KDIR=...))
	$(RM) $(foreach dir,$(or $(INSTALL_MOD_DIR),extra updates),$(MODLIB)/$(dir)/nsinspect.ko*)
	$(depmod)

uninstall-tool:
	$(RM) $(addprefix $(DESTDIR),$(bindir)/nsinspect $(mandir)/nsinspect.8 \
		$(bashdir)/nsinspect $(zshdir)/_nsinspect $(fishdir)/nsinspect.fish)

# Needs no kernel tree. kbuild's own would also remove what is built for guests, in build.
clean:
	$(MAKE) -C userspace clean
	$(MAKE) -C tests/unit clean
	$(RM) $(foreach dir,. module,$(addprefix $(dir)/,*.o .*.o *.ko *.mod *.mod.c *.a .*.cmd \
		.*.d *.order Module.symvers))

.PHONY: all modules tool static check lab bench docs deb clean
.PHONY: install install-module install-tool uninstall uninstall-module uninstall-tool
