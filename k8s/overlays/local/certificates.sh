#!/usr/bin/env bash
# Makes an authority and a certificate for each server of the namespace, and keeps them as Secrets. The authority's key is
# thrown away with this pod: nobody can sign with it later. To renew, delete the Job, apply, and restart what serves.
set -euo pipefail
cd "$(mktemp -d)"
account=/var/run/secrets/kubernetes.io/serviceaccount

# kubernetes METHOD PATH BODY: prints the status code of the answer.
kubernetes() {
    local method=$1 path=$2 body=$3
    {
        printf '%s %s HTTP/1.1\r\nHost: kubernetes.default.svc\r\nConnection: close\r\n' "$method" "$path"
        printf 'Authorization: Bearer %s\r\n' "$(cat $account/token)"
        printf 'Content-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' "${#body}" "$body"
    } | openssl s_client -quiet -ign_eof -verify_return_error -verify_hostname kubernetes.default.svc \
        -CAfile $account/ca.crt -connect kubernetes.default.svc:443 2>/dev/null | sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p'
}

# keep NAME FILE...: a Secret with these files, whether it is there or not.
keep() {
    local name=$1 data="" file code body all
    all=/api/v1/namespaces/$(cat $account/namespace)/secrets
    shift
    for file in "$@"; do data+="${data:+,}\"$file\":\"$(base64 -w0 "$file")\""; done
    body="{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"$name\"},\"data\":{$data}}"
    code=$(kubernetes POST "$all" "$body")
    [ "$code" != 409 ] || code=$(kubernetes PUT "$all/$name" "$body")
    case $code in
        200 | 201) echo "$name is kept" ;;
        *) echo "$name could not be kept: the API answered ${code:-nothing}" >&2 && exit 1 ;;
    esac
}

# issue NAME SUBJECT-ALTERNATIVE-NAMES
issue() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout tls.key -out request 2>/dev/null
    openssl x509 -req -in request -CA ca.crt -CAkey ca.key -CAcreateserial -days 397 -out tls.crt \
        -extfile <(printf 'basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=%s' "$2") 2>/dev/null
    keep "tls-$1" ca.crt tls.crt tls.key
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj "/CN=Raally on this cluster" \
    -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.crt 2>/dev/null
issue postgres DNS:postgres,DNS:localhost
issue redis DNS:redis,DNS:localhost
issue kafka DNS:kafka-0.kafka,DNS:kafka-1.kafka,DNS:kafka-2.kafka,DNS:localhost
# The edge and the frontend ask for the full name, Prometheus for the short one; `localhost` is for tests from beside it.
for name in backend worker frontend; do
    issue "$name" "DNS:$name,DNS:$name.raally.svc.cluster.local,DNS:localhost"
done
issue edge DNS:localhost,IP:127.0.0.1
keep raally-trust ca.crt
