#!/usr/bin/env bash
# test/with-cluster test/shell/readme.sh: the commands of README.md do what stands there, in order, in one database.
set -euo pipefail

cd "$(dirname "$0")/../.."
export PGCLIENTENCODING=UTF8
createuser bi || true           # the cluster's other tests may have one
PGOPTIONS='-c search_path=edustats,public' test/readme README.md
echo 'ok: the README'
