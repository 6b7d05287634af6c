#!/bin/sh
# check-layers.sh - fail when a file includes what its folder may not see.
# The two tables are those of ARCHITECTURE.md, between the markers "layers:" and "end".
set -eu
cd "$(git rev-parse --show-toplevel)"

table() { # table NAME: rows of that table as "first: second"
	# shellcheck disable=SC2016 # the backquotes are Markdown's
	sed -n "/<!-- layers:$1 -->/,/<!-- end -->/p" ARCHITECTURE.md |
		sed -n 's/^| `\([^`]*\)` | \([^|]*\)|.*/\1: \2/p' | tr -d '`,'
}
folders=$(table folders)
libraries=$(table libraries)
if [ -z "$folders" ] || [ -z "$libraries" ]; then
	echo "ARCHITECTURE.md: the tables layers:folders and layers:libraries are missing" >&2
	exit 1
fi
bad=0
fail() {
	echo "$1" >&2
	bad=1
}
for f in $(git ls-files '*.c' '*.h' | grep -vE '^(tests|scripts)/'); do
	from=$(dirname "$f")
	printf '%s\n' "$folders" | grep -q "^$from:" || fail "$f: ARCHITECTURE.md knows no folder $from"
	allowed=" $from $(printf '%s\n' "$folders" | sed -n "s|^$from:||p") "
	# shellcheck disable=SC2013 # no blanks in these names
	for inc in $(sed -n 's|^#include "\(.*\)/[^/]*"|\1|p' "$f" | sort -u); do
		case $allowed in
		*" $inc "* | *" ${inc%/*}/* "*) ;;
		*) fail "$f: may not include $inc/" ;;
		esac
	done
	# shellcheck disable=SC2013
	for lib in $(sed -n 's|^#include <\([a-z0-9]*\)[-./].*|\1|p' "$f" | sort -u); do
		homes=$(printf '%s\n' "$libraries" | sed -n "s|^$lib: ||p")
		[ -n "$homes" ] || continue
		ok=0
		for h in $homes; do
			case $f in "$h"*) ok=1 ;; esac
		done
		[ $ok = 1 ] || fail "$f: may not include <$lib>"
	done
done
exit $bad
