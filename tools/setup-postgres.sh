#!/bin/sh
# Installs a PostgreSQL server for the tests of the history, where there is none and we may. Without it
# those tests are skipped. No cluster is made and no server started: the tests start their own.
set -eu
if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "No PostgreSQL server here: tests that need one are skipped." >&2
  exit 0
fi
echo "Installing the PostgreSQL server ..."
mkdir -p /etc/postgresql-common
grep -qs create_main_cluster /etc/postgresql-common/createcluster.conf ||
  echo "create_main_cluster = false" >>/etc/postgresql-common/createcluster.conf
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
