#!/usr/bin/env bash
# Runs a command beside a Docker daemon of its own: `docker.sh COMMAND [ARGUMENT]...`. Both are in namespaces of their
# own (mounts, network, processes): nothing else on the machine sees the daemon, its containers or their ports, and all
# of it ends with the command. Needs root.
set -euo pipefail
if [ "${1-}" != --inside ]; then
  exec unshare --mount --net --pid --fork --kill-child --mount-proc "$BASH" "$0" --inside "$@"
fi
shift
ip link set lo up
state=$(mktemp -d)
dockerd --data-root "$state/data" --exec-root "$state/exec" --pidfile "$state/pid" \
  --host "unix://$state/socket" > "$state/log" 2>&1 &
daemon=$!
finish() {
  kill "$daemon" && wait "$daemon" || true
  umount "$state"/exec/netns/* 2> /dev/null || true
  rm -rf "$state"
}
trap finish EXIT
export DOCKER_HOST=unix://$state/socket
for _ in $(seq 1200); do
  if docker info > /dev/null 2>&1; then
    "$@"
    exit
  fi
  kill -0 "$daemon" 2> /dev/null || break
  sleep 0.1
done
cat "$state/log"
exit 1
