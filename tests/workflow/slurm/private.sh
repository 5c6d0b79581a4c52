#!/usr/bin/env bash
# Runs a command where Slurm can be configured and started without anybody noticing: the folder that Slurm reads lies in
# memory, seen by this command alone, and every process that it leaves behind ends with it. A Slurm that this machine has
# goes on as if nothing were there.
#   usage: private.sh COMMAND [ARGUMENT ...]
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  user=()
  [ "$(id -u)" = 0 ] || user=(--user --map-root-user)
  unshare "${user[@]}" --mount --pid true 2> /dev/null || {
    echo "error: unshare: found no right to namespaces of one's own; allowed: root, or a kernel that grants them to users;" \
      "run the tests as root" >&2
    exit 1
  }
  exec unshare "${user[@]}" --mount --pid --fork --mount-proc --kill-child -- "$0" --inside "$@"
fi

shift
if [ -d /etc/slurm ]; then mount -t tmpfs -o mode=755 tmpfs /etc/slurm; fi
export WORDSPACES_PRIVATE_SLURM="$$"
status=0
"$@" || status=$?  # not exec: this shell is the first process here, which takes up the orphans
exit "$status"
