#!/bin/sh
# Starts spectap with the arguments. The PATH of programs on a desktop is short.
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin:$HOME/.local/bin:$HOME/go/bin
export PATH
command -v spectap >/dev/null || {
  echo "spectap is not installed: https://github.com/spectap/spectap/releases" >&2
  exit 127
}
exec spectap "$@"
