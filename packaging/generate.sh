#!/usr/bin/env bash
# Writes the manual pages and the scripts for shells into a folder: packaging/generate.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: packaging/generate.sh FOLDER}
rm -rf "$out"
mkdir -p "$out/man" "$out/completions"

# Variables and the home folder of whoever builds must not be in the texts. The pages have the version, which is in the
# build info only with -buildvcs: GOFLAGS of whoever builds may say otherwise.
CGO_ENABLED=0 go build -trimpath -buildvcs=true -o "$out/spectap" ./cmd/spectap
run() { env -i HOME=/nonexistent PATH="$PATH" "$out/spectap" "$@"; }
run man "$out/man" 2>/dev/null
gzip -9n "$out"/man/*.1
for shell in bash zsh fish; do run completion "$shell" >"$out/completions/spectap.$shell"; done
run completion powershell >"$out/completions/spectap.ps1"
rm "$out/spectap"
