#!/usr/bin/env bash
# test/with-cluster test/shell/document.sh: what psql takes away is what other programs read: a document is a whole ZIP of well-formed XML,
# the same from every session, and so are the workbooks in it; CSV and JSON come through byte for byte.
set -euo pipefail

cd "$(dirname "$0")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/document.XXXXXX")
trap 'rm -rf "$work"' EXIT
export PGCLIENTENCODING=UTF8
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
sql -f test/march_2015.sql >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

# document FILE: as the README does it.
document() { sql -c "SELECT encode(edustats.bulletin_document('bulletin', '2015-03-01'), 'base64')" | base64 -d >"$1"; }
document "$work/march.docx"
PGTZ=America/New_York PGDATESTYLE=German PGOPTIONS='-c xmloption=document -c search_path=bulletin' document "$work/again.docx"
cmp "$work/march.docx" "$work/again.docx"
echo 'ok: the same bytes'

# whole FILE: unzip finds no fault with it, and xmllint none with its parts.
whole() {
    local parts=$work/parts.${1##*/} inner file
    unzip -tqq "$1"
    mkdir "$parts"
    unzip -qq "$1" -d "$parts"
    find "$parts" -type f '(' -name '*.xml' -o -name '*.rels' ')' -exec xmllint --noout --nonet {} +
    mapfile -t inner < <(find "$parts" -type f -name '*.xlsx')
    for file in "${inner[@]}"; do whole "$file"; done
    echo "ok: ${1##*/} is whole"
}
whole "$work/march.docx"
[ "$(find "$work" -type f -name '*.xlsx' | wc -l)" = 5 ] || { echo 'not ok: a workbook for each figure'; exit 1; }

sql -c "SELECT edustats.bulletin_csv('bulletin', '2015-03-01')" >"$work/march.csv"
[ "$(head -c 3 "$work/march.csv" | od -An -tx1)" = ' ef bb bf' ] || { echo 'not ok: no byte order mark'; exit 1; }
[ "$(sql -c "SELECT md5(edustats.bulletin_csv('bulletin', '2015-03-01') || E'\n')")" = "$(md5sum <"$work/march.csv" | cut -d' ' -f1)" ]
sql -c "SELECT edustats.bulletin_json('bulletin', '2015-03-01')" >"$work/march.json"
perl -MJSON::PP -0777 -ne 'my $b = decode_json($_); my $t = (grep { ($_->{view} // "") eq "table_2" } @{$b->{sections}[1]{items}})[0]; print $t->{rows}[-1]{total}' "$work/march.json" >"$work/total"
[ "$(cat "$work/total")" = 18144.79 ] || { echo 'not ok: JSON'; exit 1; }
echo 'ok: CSV and JSON'
