#!/bin/sh
# As the official image: options alone are redis-server's, root becomes redis, and whoever reaches the port may connect
# (the official build leaves protected mode out).
set -eu
case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "${1:-}" != redis-server ]; then exec "$@"; fi
case " $* " in *" --protected-mode "*) ;; *) set -- "$@" --protected-mode no ;; esac
if [ "$(id -u)" -eq 0 ]; then
    chown -R 999:999 /data
    exec setpriv --reuid=999 --regid=999 --clear-groups "$@"
fi
exec "$@"
