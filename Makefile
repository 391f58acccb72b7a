# edustats: built with PGXS. `make`, `make install`, `make installcheck` (needs a server: see test/with-cluster).
EXTENSION = edustats
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" edustats.control)

MODULE_big = edustats
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c))

# The install script is these parts, in this order.
SQL_PARTS = $(wildcard sql/functions/schema.sql) \
	$(foreach stem,local_day numbers participation tally tally_agg tally_ops tally_rows daily_tally,$(wildcard sql/functions/$(stem).sql))

DATA_built = build/edustats--$(EXTVERSION).sql
DATA = $(wildcard sql/updates/*.sql)
EXTRA_CLEAN = build results output_iso

REGRESS = $(basename $(notdir $(sort $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --load-extension=edustats

# The functions are called through the fmgr in C; bitcode for the JIT to inline them would double the build for nothing.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h)

$(DATA_built): $(SQL_PARTS) edustats.control Makefile
	@mkdir -p build
	cat $(SQL_PARTS) > $@
