#!/bin/sh
# A restore drill (docs/backup.md): the latest backup is put back into an empty folder, served there on a free port, and
# compared with what it was: revision, stations, history, accounts, an answer to a rider. What runs is not touched.
#     deploy/restore-drill.sh [BACKUP.zip]
# Exit status 0: it can be restored. Run as root it works as the user of the service.
set -eu

user=${STATIONMAP_USER:-stationmap}
program=${STATIONMAP_PROGRAM:-/opt/stationmap/bin/stationmap}
unset STATIONMAP_USER STATIONMAP_PROGRAM  # no settings of the program

if [ ! -x "$program" ]; then
    echo "$program: 没有这个程序 no such program: set STATIONMAP_PROGRAM" >&2
    exit 1
fi
# A server is started as that user, who may not enter the folder in which root stands.
case ${1-} in
    "" | /*) ;;
    *) set -- "$PWD/$1" ;;
esac
cd /
if [ "$(id -u)" = 0 ] && id "$user" >/dev/null 2>&1; then
    exec setpriv --reuid="$user" --regid="$user" --init-groups "$program" drill "$@"
fi
exec "$program" drill "$@"
