#!/bin/sh
# Loads a cluster from inside of itself, or another one: ./run.sh BOOTSTRAP-KUBECONFIG [certlet fleet merge FLAGS]
# The kubeconfig is the one that nodes would join with; `certlet token create --write-kubeconfig FILE` makes it. Needs kubectl with the
# rights to create Jobs and Secrets, and certlet.
set -eu
bootstrap=${1:?the bootstrap kubeconfig that the nodes join with}
shift
here=$(dirname "$0")
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

kubectl delete job certlet-fleet --ignore-not-found --wait
kubectl create secret generic certlet-fleet --from-file=kubeconfig="$bootstrap" --dry-run=client -o yaml | kubectl apply -f -

# The barrier: by then all Pods have to run. Clocks of nodes are as close to each other as the cluster's NTP keeps them.
start=$(date -u -d "+${BARRIER_SECONDS:-60} seconds" +%Y-%m-%dT%H:%M:%SZ)
kubectl set env --local -f "$here/job.yaml" START_AT="$start" -o yaml | kubectl create -f -
kubectl wait --for=condition=complete --timeout="${TIMEOUT:-30m}" job/certlet-fleet

for pod in $(kubectl get pods -l batch.kubernetes.io/job-name=certlet-fleet -o name); do
  kubectl logs "$pod" | grep '^{"format":"certlet-fleet-run' > "$results/$(basename "$pod").json"
done
certlet fleet merge "$results"/*.json "$@"
kubectl delete secret certlet-fleet
