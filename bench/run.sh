#!/usr/bin/env bash
# Measures the server beside a ceiling and other servers, and prints the tables of docs/performance.md in Markdown.
#
#   bench/run.sh [--full] [--only SECTION,…] [--against COMMIT [--postgres]]
#                [--rounds N] [--seconds N] [--warmup N] [--connections N] [--entries N,…]
#
# Sections: compare (reads, durable writes, and nine reads to a write), tail (latency at half load), connections, entries (growth),
# values (64 KiB and 1 MiB, as bytes and in JSON), process (start and memory), cgroup (256 MiB of memory), servers (1 to 8 on one
# PostgreSQL), sweep, pair. Without options all run except sweep and pair, in at most 15 minutes on two cores.
#   --full      longer rounds, 10,000,000 entries, and the sweep of expired entries. It takes about an hour
#   --only      only these sections
#   --against   pair: publishes that commit and compares it with this source tree, in turn: reads, durable writes, and gets and sets of
#               1 MiB as bytes. With --only pair it takes about 5 minutes. --postgres compares them on PostgreSQL too
#   --rounds, --seconds, --warmup: the rounds of each figure, the seconds of a round and of the load before it
#
# A figure is the median of its rounds. The rounds of all servers in a table are in turn, so compare only the ratios of one run: they
# share the machine, its disk and its load. The ceiling (bench/Ceiling) is the same framework with the same MVC pipeline and JSON,
# without storage and encryption. "One commit per write" is the same server with a separate context, transaction and fsync for each
# write. "No database" is the same server with its entries in memory. etcd and Webdis with Redis are measured if they are installed
# (Debian: etcd-server, webdis, redis-server).
# Processor time is that of the server's process between the start and the end of a round, with all its work in the background.
# Needs wrk, PostgreSQL, curl and python3, and installs them on Debian and Ubuntu. All connections are on loopback.
# shellcheck disable=SC2034,SC2154 # Some variables are used or set in bench/lib.
set -euo pipefail
cd "$(dirname "$0")/.."

full='' only='' rounds='' seconds='' warmup='' connections=32 entries='' against='' with_postgres='' options=''
while (($#)); do
  case $1 in
    --full) full=yes options+=" $1" ;;
    --only) only=$2; shift ;;
    --against) against=$(git rev-parse --short --verify "$2^{commit}"); shift ;;
    --postgres) with_postgres=yes ;;
    --rounds | --seconds | --warmup | --connections | --entries) declare "${1#--}=$2"; options+=" $1 $2"; shift ;;
    -h | --help) sed -n '2,/^set /{/^# shellcheck/d; /^set /d; s/^# \{0,1\}//; p}' "$0"; exit 0 ;;
    *) echo "run.sh: $1 is not an option; see bench/run.sh --help" >&2; exit 2 ;;
  esac
  shift
done

# The tables with many figures have fewer and shorter rounds.
side_rounds=$rounds side_seconds=$seconds pair_rounds=$rounds pair_seconds=$seconds first_warmup=$warmup
if [[ -n $full ]]; then
  : "${rounds:=5}" "${seconds:=6}" "${warmup:=4}" "${side_rounds:=3}" "${side_seconds:=4}" "${entries:=1000,100000,10000000}"
else
  : "${rounds:=3}" "${seconds:=3}" "${warmup:=1}" "${side_rounds:=2}" "${side_seconds:=2}" "${entries:=1000,100000}"
fi
: "${pair_rounds:=5}" "${pair_seconds:=3}" "${first_warmup:=4}"
only=${only:-compare,tail,connections,entries,values,process,cgroup,servers${full:+,sweep}${against:+,pair}}

work=$(mktemp -d)
chmod 755 "$work"
for part in machine servers load tables; do
  # shellcheck source=/dev/null
  . "bench/lib/$part.sh"
done
remove_all() {
  stop_all
  if declare -F remove_cgroup >/dev/null; then remove_cgroup; fi
  rm -rf "$work"
}
trap remove_all EXIT
for section in ${only//,/ }; do
  if [[ ! -f bench/sections/$section.sh ]]; then echo "run.sh: $section is not a section; see bench/run.sh --help" >&2; exit 2; fi
  # shellcheck source=/dev/null
  . "bench/sections/$section.sh"
done
export MAX_CONCURRENT_REQUESTS=1024 # The limit stays in place, and 1,024 connections are within it.

install_missing wrk:wrk curl:curl python3:python3
echo "Commit $(tree), $(nproc) cores, which load, servers and databases share. fdatasync of 4 KiB: p50 $(fdatasync_p50) ms. $connections connections, 1,000 keys and values of 90 bytes, unless a table states otherwise."
for section in ${only//,/ }; do
  echo "Section $section …" >&2
  since=$SECONDS
  command="bench/run.sh --only $section$options"
  if [[ $section == pair ]]; then command+=" --against $against${with_postgres:+ --postgres}"; fi
  "section_$section"
  if [[ -s $work/failed ]]; then printf '\nFailed requests:\n\n'; sed 's/^/- /' "$work/failed"; rm "$work/failed"; fi
  echo "Section $section took $((SECONDS - since)) s." >&2
done
printf '\nThe run took %d min %d s.\n' $((SECONDS / 60)) $((SECONDS % 60))
