#!/bin/bash
# Does what the official image's script does with POSTGRES_USER, POSTGRES_PASSWORD (or …_FILE), POSTGRES_DB,
# POSTGRES_INITDB_ARGS and /docker-entrypoint-initdb.d.
set -euo pipefail

[ "${1:-}" = postgres ] || [[ ${1:-} != -* ]] || set -- postgres "$@"
if [ "${1:-}" != postgres ]; then exec "$@"; fi

if [ "$(id -u)" -eq 0 ]; then
    mkdir -p "$PGDATA"
    chown -R 999:999 "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    exec setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi

initialize() {
    local user=${POSTGRES_USER:-postgres} password=${POSTGRES_PASSWORD:-} database
    [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(cat "$POSTGRES_PASSWORD_FILE")
    database=${POSTGRES_DB:-$user}
    [ -n "$password" ] || { echo "error: say POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE" >&2 && exit 1; }
    # shellcheck disable=SC2086 # arguments
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password") --encoding=UTF8 ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    # Without TCP, so that nobody takes it for the real start.
    pg_ctl -D "$PGDATA" -w start -o "-c listen_addresses=''"
    if [ "$database" != postgres ]; then
        psql --username="$user" --dbname=postgres --set=ON_ERROR_STOP=1 --set=database="$database" <<<'CREATE DATABASE :"database";'
    fi
    local file
    # shellcheck source=/dev/null # whatever is put there
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) psql --username="$user" --dbname="$database" --set=ON_ERROR_STOP=1 --file="$file" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -w -m fast stop
}

[ -s "$PGDATA/PG_VERSION" ] || initialize
# The official image listens everywhere by its sample configuration.
shift
exec postgres -c listen_addresses='*' "$@"
