#!/usr/bin/env bash
# Shows where the server spends its processor time: for a read, a durable write, and a get and a set of 1 MiB as bytes, beside a read of
# the ceiling. Prints a table in Markdown: µs of processor time per request in each part, and the share.
#
#   bench/profile.sh [--postgres] [--seconds N] [--warmup N] [--frequency HZ] [--top N]
#
#   --postgres   the server on PostgreSQL instead of SQLite; PostgreSQL itself is not in the profile
#   --seconds    of each recording, 8 if not set; --warmup: of load before it, 12
#   --frequency  samples per second of each thread, 999
#   --top        also the N functions with the most samples of each operation
#
# How it works: Linux perf samples the process on a timer, under load. The runtime writes the names of the methods that it compiles to
# /tmp/perf-PROCESS.map (DOTNET_PerfMapEnabled), with the code at one address (DOTNET_EnableWriteXorExecute=0: otherwise perf does not
# find the names). Code of .NET and of the server that was compiled before the start has no names in perf, so it counts by its file
# (System.Text.Json.dll). After the warm-up most of what runs often is compiled again, and has a name.
# A sample in user space counts for the library it is in: memory that SQLite copies counts for the C library.
# A sample in the kernel counts for the system call: a wake-up during a send counts for the network.
# "Compiling" is the just-in-time compiler, which ends some time after the start: with a longer --warmup it gets less.
# Limits: code inlined into a caller counts for the assembly of the caller; interrupts count for the code that they interrupt; the
# settings above slow the server by some percent, so take throughput from bench/run.sh.
# Needs perf (Debian: linux-perf) and the right to use it, wrk, curl and python3. All connections are on loopback.
# shellcheck disable=SC2034,SC2154 # Some variables are used or set in bench/lib.
set -euo pipefail
cd "$(dirname "$0")/.."

store=sqlite seconds=8 warmup=12 frequency=999 top=0 connections=32 command="bench/profile.sh${*:+ $*}"
while (($#)); do
  case $1 in
    --postgres) store=postgres ;;
    --seconds | --warmup | --frequency | --top) declare "${1#--}=$2"; shift ;;
    -h | --help) sed -n '2,/^set /{/^# shellcheck/d; /^set /d; s/^# \{0,1\}//; p}' "$0"; exit 0 ;;
    *) echo "profile.sh: $1 is not an option; see bench/profile.sh --help" >&2; exit 2 ;;
  esac
  shift
done

work=$(mktemp -d)
chmod 755 "$work"
for part in machine servers load tables; do
  # shellcheck source=/dev/null
  . "bench/lib/$part.sh"
done
maps=()
trap 'stop_all; rm -f "${maps[@]}"; rm -rf "$work"' EXIT
titles=() columns=()

# name, mode, title of the column: loads the server, records it, and writes the share of each part
profile() {
  local name=$1 mode=$2 column=$work/results/$1-${#titles[@]} loading
  echo "$3 …" >&2
  fill "$name"
  # Small values run often enough that the code is compiled again.
  seconds=$warmup bytes=90 load "$name" "$mode"
  seconds=$((warmup / 4 + 1)) load "$name" "$mode"
  forget "$name" "$mode"
  seconds=$((seconds + 2)) load "$name" "$mode" & loading=$!
  sleep 1
  perf record --quiet --event cpu-clock --freq "$frequency" --call-graph fp --pid "${process[$name]}" --output "$work/perf.data" -- sleep "$seconds" 2>"$work/perf.log" ||
    { cat "$work/perf.log" >&2; exit 1; }
  wait "$loading"
  timeout 120 perf script --input "$work/perf.data" --fields comm,ip,sym,dso 2>/dev/null >"$work/samples"
  python3 bench/lib/shares.py <"$work/samples" | awk -F '\t' -v us="$(result "$name" "$mode" cpu)" '{ printf "%.1f (%.0f %%)\n", $1 * us, $1 * 100 } END { printf "%.1f\n", us }' >"$column"
  if ((top)); then python3 bench/lib/shares.py "$top" <"$work/samples" | awk -F '\t' -v t="$3" '{ printf "| %s | %.1f %% | %s |\n", t, $1 * 100, $2 }' >>"$work/top"; fi
  titles+=("$3") columns+=("$column")
}

install_missing wrk:wrk curl:curl python3:python3 perf:linux-perf
export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0
start_ceiling ceiling
"start_$store" "$store"
maps=(/tmp/perf-"${process[ceiling]}".map /tmp/perf-"${process[$store]}".map)

profile ceiling read 'the ceiling, read'
profile "$store" read 'read'
profile "$store" write 'durable write'
set_form "$store" bytes
connections=8 keys=100 bytes=1048576
profile "$store" read 'get of 1 MiB'
profile "$store" write 'set of 1 MiB'

table "${title[$store]}, commit $(tree): µs of processor time in the server per request, and its share." "${titles[@]}"
python3 bench/lib/shares.py </dev/null | cut -f 2 | sed '$a together' | paste -d '|' - "${columns[@]}" | sed 's/|/ | /g; s/^/| /; s/$/ |/'
if ((top)); then
  printf '\n| operation | share | function |\n|---|---|---|\n'
  cat "$work/top"
fi
