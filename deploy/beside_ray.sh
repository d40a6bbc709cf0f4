#!/bin/sh
# Runs a command, and beside it a node of the Ray cluster at RNNKIT_RAY that takes no trainer: whoever speaks with a
# cluster has to be on one of its nodes. A node that ends, as the head's did, is started again. Without RNNKIT_RAY the
# command runs alone.
set -eu
if [ -n "${RNNKIT_RAY:-}" ]; then
    while :; do
        ray start --address="$RNNKIT_RAY" --block --num-cpus=0 --num-gpus=0 --object-store-memory=100000000 \
            --disable-usage-stats || :
        sleep 5
    done &
fi
exec "$@"
