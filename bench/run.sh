#!/usr/bin/env bash
# Measures the server beside a ceiling and other servers in one run, and prints the results as Markdown tables.
#
#   bench/run.sh [--rounds N] [--seconds N] [--warmup N] [--connections N] [--only SECTION,…] [--entries N,…]
#                [--baseline DIRECTORY]
#
# Sections: compare (reads, writes, and nine reads to a write), tail (latency at half of a store's highest rate), connections,
# entries, values, bytes (values of 1 MiB as bytes and in JSON), process (start and memory), sweep. The default is compare.
# --full runs all of them, which takes an hour.
#
# The ceiling (bench/Ceiling) is the same framework with the same MVC pipeline and JSON, without storage and encryption.
# "one commit each" is the same server with a separate context, transaction and fsync for each write. etcd and Webdis with Redis
# are measured if they are installed (Debian: etcd-server, webdis, redis-server). --baseline names a directory with another
# published version of the server, which is measured in compare.
# Compare only the ratios of one run: they share the machine, its disk and its load.
# Needs wrk, PostgreSQL and python3, and installs them on Debian and Ubuntu. All connections are on loopback.
# shellcheck disable=SC2034,SC2154 # Some variables are used or set in bench/lib.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=5 seconds=6 warmup=4 connections=32 only=compare entries=1000,10000,100000,1000000 baseline=
while (($#)); do
  case $1 in
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --warmup) warmup=$2; shift ;;
    --connections) connections=$2; shift ;;
    --only) only=$2; shift ;;
    --entries) entries=$2; shift ;;
    --baseline) baseline=$(realpath "$2"); shift ;;
    --full) only=compare,tail,connections,entries,values,bytes,process,sweep ;;
    -h | --help) sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//; p}' "$0"; exit 0 ;;
    *) echo "run.sh: $1 is not an option; see bench/run.sh --help" >&2; exit 2 ;;
  esac
  shift
done

work=$(mktemp -d)
chmod 755 "$work"
for part in machine servers load sections; do
  # shellcheck source=/dev/null
  . "bench/lib/$part.sh"
done
trap 'stop_all; rm -rf "$work"' EXIT

install_missing wrk:wrk curl:curl python3:python3
echo "Publishing …" >&2
publish src/DumbKv.Web server
publish bench/Ceiling ceiling
publish tests/DumbKv.FaultyServer faulty

server=(dotnet "$work/server/dumbkv.dll")
start_postgres
start ceiling Logging__LogLevel__Microsoft.Hosting.Lifetime=Information dotnet "$work/ceiling/ceiling.dll"
start sqlite "${server[@]}"
on_postgres kv
start postgres "${settings[@]}" "${server[@]}"

echo "$(nproc) cores, which the load shares; $connections connections, median of $rounds rounds of $seconds s; fdatasync of 4 KiB: p50 $(fdatasync_p50) ms."
fill sqlite 1000 90
fill postgres 1000 90
warm_up ceiling sqlite postgres
for section in ${only//,/ }; do
  echo "Section $section …" >&2
  "section_$section"
done
