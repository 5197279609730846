# Shared by the scripts beside it: finding what a step needs, and saying it in one sentence when it isn't there.
# shellcheck shell=bash
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tools that a step builds for itself. Outside the clone, so that every clone finds them.
export RAALLY_TOOLS="${RAALLY_TOOLS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/raally/tools}"

# Where cargo puts what it builds.
export BUILT="${CARGO_TARGET_DIR:-target}"

say() { printf '==> %s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# detach LOG COMMAND...: starts what outlives us, its output in LOG; $! is its process. It keeps no other file of ours open:
# whoever reads us through a pipe, or waits for a lock that we hold, would wait until it ends.
detach() {
    local log=$1
    shift
    (
        for file in /dev/fd/*; do
            [ "${file##*/}" -le 2 ] || eval "exec ${file##*/}>&-"
        done
        exec setsid "$@"
    ) </dev/null >>"$log" 2>&1 &
}

have() { command -v "$1" >/dev/null 2>&1; }

# apt_install WHAT-IS-MISSING WHAT-FOR PACKAGE...: installs the packages if we may, else names them.
apt_install() {
    local missing=$1 purpose=$2
    shift 2
    if ! have apt-get || [ "$(id -u)" -ne 0 ]; then
        die "'$missing' is missing and $purpose needs it: install it (on Debian: sudo apt-get install $*) and run this again."
    fi
    say "installing $* ($purpose needs '$missing')"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends "$@"; } </dev/null >"${TMPDIR:-/tmp}/raally-apt.log" 2>&1 ||
        die "apt-get could not install $* for $purpose; its log is ${TMPDIR:-/tmp}/raally-apt.log."
}

# apt_need COMMAND WHAT-FOR PACKAGE...: installs the packages if the command is missing and we may, else names them.
apt_need() {
    local command=$1 purpose=$2
    have "$command" && return
    apt_install "$@"
    shift 2
    have "$command" || die "apt-get installed $*, but '$command' is still missing."
}

# need_python WHAT-FOR: Python 3.10 or newer that can make environments, which Debian keeps in a package of its own.
need_python() {
    apt_need python3 "$1" python3 python3-venv
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "venv of Python" "$1" python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        die "Python 3.10 or newer is needed for $1; this one is $(python3 --version)."
}

# What the program for one machine is built with.
need_cargo() {
    have cargo || die "Rust is missing: install it with rustup (https://rustup.rs) and run this again."
    cargo --version >/dev/null ||
        die "cargo cannot start the toolchain that rust-toolchain.toml names; 'rustup toolchain install' fetches it."
    apt_need cc "building SQLite and the crypto library" gcc libc6-dev
}

# What everything is built with, the engines' clients among it.
need_rust() {
    need_cargo
    apt_need g++ "building the Kafka client" g++ make
    # .cargo/config.toml: what developers build takes the system's OpenSSL.
    apt_need pkg-config "building the Kafka client" pkg-config
    pkg-config --exists openssl || apt_install "OpenSSL's headers" "building the Kafka client" libssl-dev
}

# build_program ARGUMENT...: `cargo build` of the program. On a terminal cargo shows how far it is; elsewhere a line
# every 20 seconds does, and what cargo says is printed where it fails.
build_program() {
    local features=() kinds=normal,build seconds=0 status=0 log crates ticker
    case " $* " in *" --no-default-features "*) features=(--no-default-features) ;; esac
    case " $* " in *" --example "*) kinds+=,dev ;; esac
    if [ -t 2 ]; then
        cargo build --locked --package raally --bin raally "$@" </dev/null
        return
    fi
    crates=$(cargo tree --locked --package raally "${features[@]}" --edges "$kinds" --prefix none | sed 's/ (.*//' | sort -u | wc -l)
    log=$(mktemp)
    # It ends with the script, however that ends.
    (
        while sleep 1 && kill -0 $$ 2>/dev/null; do
            [ $((++seconds % 20)) -ne 0 ] ||
                say "$(grep -c '^ *Compiling ' "$log") of $crates crates, $((seconds / 60)) min $((seconds % 60)) s"
        done
    ) &
    ticker=$!
    cargo build --locked --package raally --bin raally "$@" </dev/null 2>"$log" || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    [ "$status" -eq 0 ] || cat "$log" >&2
    rm "$log"
    return "$status"
}

# The program that one machine needs: without the engines, and quick to compile (docs/adr/0022).
build_for_laptop() {
    need_cargo
    web_dist
    say "building the server for this machine (some minutes the first time)"
    build_program --profile laptop --no-default-features
}

need_node() {
    if ! have node || ! have npm; then
        die "Node.js is missing: install Node.js 20.19 or newer with npm and run this again."
    fi
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        die "Node.js 20.19 or newer is needed; this one is $(node --version)."
}

# The web app's packages, exactly as package-lock.json names them; a no-op while that file stays the same.
web_packages() {
    need_node
    local stamp=web/node_modules/.raally-lock
    cmp -s web/package-lock.json "$stamp" && return
    say "installing the web app's packages"
    (cd web && npm ci --no-audit --no-fund --loglevel=error) </dev/null
    cp web/package-lock.json "$stamp"
}

# Builds web/dist, which the server carries, unless nothing that goes into it is newer.
web_dist() {
    web_packages
    local inputs=(web/src web/public web/index.html web/package.json web/package-lock.json web/vite.config.ts)
    if [ -f web/dist/index.html ] && [ -z "$(find "${inputs[@]}" -newer web/dist/index.html -print -quit)" ]; then
        return
    fi
    say "building the web app"
    (cd web && npm run --silent build) </dev/null
}

# Builds what the tests run, target/debug/raally among it. The same units that `cargo test --workspace` builds: naming one
# package would choose other features and build half of it again.
debug_build() {
    need_rust
    web_dist
    cargo build --workspace --bins --examples --locked </dev/null
}

# Every shell script, those that run in images among them; what is written in Python is not a shell's.
shell_scripts() { grep -rlZE '^#!/(usr/bin/env bash|bin/bash|bin/sh)|^# shellcheck shell=' scripts docker .ci k8s terraform; }

# Checks the scripts whose names come in, each ended by a NUL.
shellchecked() {
    apt_need shellcheck "checking the scripts" shellcheck
    xargs -0 shellcheck --external-sources --source-path=SCRIPTDIR:scripts:.
}
