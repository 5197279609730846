# shellcheck shell=bash disable=SC2154 # scratch is theirs
# Every overlay before a real API server, which takes nothing of it (--dry-run=server): sourced by lint.d/k8s where a cluster
# answers, and by scripts/platform/cluster.

dry=$scratch/dry-run
mkdir "$dry"
# What a namespace holds can only be tried where it is there.
kubectl create namespace raally --dry-run=client -o yaml | kubectl apply -f - >/dev/null 2>&1 || true
# A Job that is there cannot be changed, and each overlay has its own: none is asked about under the name of one that is there.
dry_run() {
    sed 's/^  name: migrate-/  name: dry-run-migrate-/' "$1" |
        kubectl apply --dry-run=server --server-side --force-conflicts --field-manager=lint -f -
}
scripts/platform/crds >"$dry/crds.yaml" && quietly "the CRDs of External Secrets" kubectl apply --server-side -f "$dry/crds.yaml"
until_ok 30 kubectl get externalsecrets.external-secrets.io -A || die "the API server does not know External Secrets' kinds after 30 s."
for overlay in local staging production; do
    mkdir "$dry/$overlay"
    kubectl kustomize "k8s/overlays/$overlay" >"$dry/$overlay.yaml"
    scripts/platform/manifests split "$dry/$overlay.yaml" "$dry/$overlay"
    check "the API server takes k8s/overlays/$overlay" dry_run "$dry/$overlay/rest.yaml"
    [ "$overlay" = local ] || for part in crd gp3; do
        check "the API server takes k8s/overlays/$overlay ($part)" dry_run "$dry/$overlay/$part.yaml"
    done
done
scripts/platform/manifests print "$dry/local.yaml" --with Deployment/backend spec/template/spec/containers/0/resources/limits/memory '"plenty"' >"$dry/broken.yaml"
refuses "a quantity that is none, before the API server" "quantities must match\|Invalid\|invalid" dry_run "$dry/broken.yaml"
scripts/platform/manifests print "$dry/production/crd.yaml" --with ExternalSecret/raally-redis spec/data/0/remoteRef/key null >"$dry/broken.yaml"
refuses "an ExternalSecret without its key, before the API server" "key" dry_run "$dry/broken.yaml"
