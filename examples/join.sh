#!/bin/sh
# Joins this node with a bootstrap kubeconfig from standard input: the token is never on the disk.
#   ssh admin@control-plane cat node.conf | sh join.sh --hostname-override worker-1
# CERTLET is the command to run; more flags are handed on to it.
set -eu
# shellcheck disable=SC2086 # CERTLET may be several words
exec ${CERTLET:-certlet} bootstrap --bootstrap-kubeconfig - "$@"
