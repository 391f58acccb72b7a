# edustats: built with PGXS. `make`, `make install`, `make installcheck` (needs a server: see test/with-cluster).
EXTENSION = edustats
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" edustats.control)

MODULE_big = edustats
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c))

# What is installed is these parts, in this order.
SQL_PARTS = sql/functions/schema.sql \
	$(addprefix sql/functions/,local_day.sql iso8601.sql numbers.sql text.sql english.sql kind.sql rules.sql participation.sql) \
	$(addprefix sql/functions/,tally.sql tally_agg.sql tally_ops.sql tally_rows.sql tally_group.sql daily_tally.sql changes.sql key_of.sql) \
	$(addprefix sql/functions/,source.sql log.sql ddl.sql owner.sql remember.sql month_rows.sql) \
	$(addprefix sql/tables/,org_type.sql label.sql metric.sql contract.sql page.sql rule.sql section.sql) \
	$(addprefix sql/attach/,platform.sql identity.sql materialize.sql attach.sql refresh.sql) \
	$(addprefix sql/functions/,period.sql bulletin_content.sql bulletin_svg.sql bulletin_series.sql bulletin_table.sql bulletin_css.sql bulletin_html.sql) \
	$(addprefix sql/functions/,bulletin_csv.sql bulletin_json.sql zip.sql docx_parts.sql docx_text.sql docx_chart.sql bulletin_document.sql publication.sql check_failures.sql)

# What attach runs, in this order: the tables and functions of a bulletin's data, and its views; of sentences, only those in its language.
TEXTS = $(addprefix sql/data/,record.sql sources.sql tracking.sql days.sql pending.sql compute.sql live.sql period.sql kinds.sql) \
	$(addprefix sql/data/,kind_views.sql history.sql page.sql page_of.sql rules.sql view_labels.sql make_view.sql former_views.sql views.sql sync_views.sql materialize.sql) \
	$(addprefix sql/data/,refresh_materialized.sql publication.sql plan.sql refresh.sql close.sql suspend.sql attach.sql) \
	$(addprefix sql/sections/,activity.sql users.sql learning.sql courses.sql columns.sql posts.sql status.sql page.sql rules.sql publication.sql) \
	$(addprefix sql/sentences/,zh-CN.sql en.sql)

# CREATE EXTENSION runs the checks of version 0 first, and then this as an update of it.
DATA_built = build/edustats--0--$(EXTVERSION).sql
DATA = sql/edustats--0.sql $(wildcard sql/updates/*.sql)
EXTRA_CLEAN = build results output_iso

REGRESS = $(basename $(notdir $(sort $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --load-extension=edustats

# := so that it is empty, and PGXS leaves it out, where there are none.
ISOLATION := $(basename $(notdir $(sort $(wildcard test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=edustats

# The functions are called through the fmgr in C; bitcode for the JIT to inline them would double the build for nothing.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h)

$(DATA_built): $(SQL_PARTS) $(TEXTS) edustats.control Makefile
	@mkdir -p build
	cat $(SQL_PARTS) > $@.tmp
	position=0; for text in $(TEXTS); do \
		position=$$((position + 1)); \
		name=$$(basename $$text .sql) kind=views language=NULL; \
		case $$text in sql/data/*) kind=data;; sql/sentences/*) language="'$$name'";; esac; \
		printf "\nINSERT INTO edustats.section VALUES ('%s', '%s', %s, %d, \$$text\$$\n" $$name $$kind $$language $$position; \
		cat $$text; \
		printf "\$$text\$$);\n"; \
	done >> $@.tmp
	mv $@.tmp $@
