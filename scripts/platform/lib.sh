# Shared by the platform's tests beside it: checks that are counted, each with the violation it exists for, and Docker.
# shellcheck shell=bash
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
export VERSION

# Long output of what the tests run; a failure names its file.
LOGS=${RAALLY_PLATFORM_LOGS:-$BUILT/platform}
mkdir -p "$LOGS"
LOGS=$(cd "$LOGS" && pwd)

PASSED=0
NEGATIVES=0
FAILED=0
LEFT_OUT=0

# ran NAME COMMAND...: runs it with its output in a log of that name; its exit status is the command's.
ran() {
    local log
    log=$LOGS/$(tr -cs '[:alnum:]' - <<<"$1" | sed 's/-*$//').log
    shift
    RAN=$log
    "$@" </dev/null >"$log" 2>&1
}

# quietly NAME COMMAND...: a step that must succeed; its log is shown where it does not.
quietly() {
    local began=$SECONDS
    if ! ran "$@"; then
        tail -n 25 "$RAN" >&2
        die "$1 failed; its log ($RAN) ends with the lines above."
    fi
    printf '    %s: %d s\n' "$1" $((SECONDS - began))
}

# check NAME COMMAND...: must succeed.
check() {
    local name=$1
    shift
    if ran "$name" "$@"; then
        printf '    passed: %s\n' "$name"
        PASSED=$((PASSED + 1))
    else
        tail -n 25 "$RAN" >&2
        printf '    FAILED: %s (%s)\n' "$name" "$RAN"
        FAILED=$((FAILED + 1))
    fi
}

# refuses NAME SENTENCE COMMAND...: the negative test of a check. It is shown the violation it exists for, must fail,
# and must say why in those words: a check that fails for another reason proves nothing.
refuses() {
    local name=$1 sentence=$2
    shift 2
    if ran "negative $name" "$@"; then
        printf '    FAILED: negative: %s: the violation passed (%s)\n' "$name" "$RAN"
        FAILED=$((FAILED + 1))
    elif ! grep -q -e "$sentence" "$RAN"; then
        tail -n 25 "$RAN" >&2
        printf '    FAILED: negative: %s: it failed, but did not say "%s" (%s)\n' "$name" "$sentence" "$RAN"
        FAILED=$((FAILED + 1))
    else
        printf '    passed: negative: %s: refused (%s)\n' "$name" "$(grep -m 1 -e "$sentence" "$RAN" | cut -c 1-160)"
        NEGATIVES=$((NEGATIVES + 1))
    fi
}

# left_out WHAT WHY: what could not be run is said and counted; it is never a pass.
left_out() {
    printf '    left out: %s: %s\n' "$1" "$2"
    LEFT_OUT=$((LEFT_OUT + 1))
}

# summary NAME: the closing line, and the exit status.
summary() {
    printf '%s: %d passed, %d negative tests passed, %d failed, %d left out, %d s\n' \
        "$1" "$PASSED" "$NEGATIVES" "$FAILED" "$LEFT_OUT" "$SECONDS"
    [ "$FAILED" -eq 0 ]
}

# until_ok SECONDS COMMAND...: waits until the command succeeds.
until_ok() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.5
    done
}

# Docker's engine, installed and started where none answers. It stays, as any service does.
need_docker() {
    apt_need docker "images and containers" docker.io
    docker info >/dev/null 2>&1 && return
    apt_need dockerd "images and containers" docker.io
    [ "$(id -u)" -eq 0 ] || die "no Docker engine answers ('docker info'), and only root can start one: start it and run this again."
    say "starting Docker's engine"
    : >"$LOGS/dockerd.log"
    detach "$LOGS/dockerd.log" dockerd
    until_ok 60 docker info ||
        { tail -n 12 "$LOGS/dockerd.log" >&2; die "Docker's engine did not answer within 60 s; its log is above."; }
}

# What may be used of the processor while others work on this machine: RAALLY_GENTLY="flock -s FILE nice -n 19", say.
read -ra GENTLY <<<"${RAALLY_GENTLY:-env}"

# build_image NAME:TAG DOCKERFILE CONTEXT ARGUMENT...: as Docker 20.10's classic builder does it, which is the oldest
# that must work.
build_image() {
    local image=$1 file=$2 context=$3
    shift 3
    DOCKER_BUILDKIT=0 "${GENTLY[@]}" docker build --cpu-shares "${RAALLY_CPU_SHARES:-1024}" --tag "$image" --file "$file" "$@" "$context"
}

# our_images: both of Raally's are built, or, by RAALLY_BUILD=no, taken as they are.
our_images() {
    if [ "${RAALLY_BUILD:-}" != no ]; then
        scripts/platform/build
        return
    fi
    docker image inspect "raally/backend:$VERSION" "raally/frontend:$VERSION" >/dev/null || die "there are no images of $VERSION to take (RAALLY_BUILD=no)."
    left_out "building Raally's images" "RAALLY_BUILD=no takes those that are there"
}

# python_tool PACKAGE==VERSION: a tool from PyPI in an environment of its own; prints the folder of its commands.
python_tool() {
    local folder=$RAALLY_TOOLS/${1/==/-}
    if [ ! -f "$folder/ready" ]; then
        need_python "the platform's checks" >&2
        rm -rf "$folder"
        { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps "$1"; } </dev/null >&2 ||
            die "$1 could not be installed from PyPI."
        touch "$folder/ready"
    fi
    echo "$folder/bin"
}
