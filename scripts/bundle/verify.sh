#!/bin/sh
# Hold every file of the bundle against SHA256SUMS, and look for files that are not listed.
# 核对安装包：每个文件的 SHA-256，以及有无清单之外的文件。
#
#   sh verify.sh [SHA256 of SHA256SUMS]     given: the list itself is held against it
#                                           给出时，先核对清单本身
set -eu
cd "$(dirname "$0")"

if [ -n "${1:-}" ]; then
    printf '%s  SHA256SUMS\n' "$1" | sha256sum -c --quiet -
fi
sha256sum -c --quiet SHA256SUMS
listed=$(mktemp)
trap 'rm -f "$listed"' EXIT
cut -c67- SHA256SUMS | sort > "$listed"
extra=$(find . -type f ! -path ./SHA256SUMS | sed 's|^\./||' | sort | comm -13 "$listed" -)
if [ -n "$extra" ]; then
    printf '清单之外的文件 not listed:\n%s\n' "$extra" >&2
    exit 1
fi
printf '安装包完好。The bundle is whole: %s files.\n' "$(wc -l < "$listed" | tr -d ' ')"
