# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Reads, durable writes and a mix of nine reads to a write. Sourced by run.sh.

section_compare() {
  local name others=() mode cells
  mapfile -t others < <(peers)
  use ceiling sqlite postgres each "${others[@]}"
  measure read ceiling sqlite postgres "${others[@]}"
  measure write ceiling sqlite sqlite:128 postgres each "${others[@]}"
  measure mix ceiling sqlite postgres

  set_title sqlite:128 'SQLite, 128 connections'
  table "Requests per second (ratio to the ceiling), and µs of processor time in the server per request. Each set is durable before its answer. The processor time on PostgreSQL is that of DumbKV without PostgreSQL." \
    read 'µs' 'durable write' 'µs' '90 % reads' 'µs'
  for name in ceiling sqlite sqlite:128 postgres each "${others[@]}"; do
    cells=()
    for mode in read write mix; do
      if [[ -f $work/results/$name-$mode.rate ]]; then
        cells+=("$(number "$(result "$name" "$mode" rate)") ($(quotient "$(result "$name" "$mode" rate)" "$(result ceiling "$mode" rate)"))" "$(printf '%.0f' "$(result "$name" "$mode" cpu)")")
      else
        cells+=(– –)
      fi
    done
    row "${title[$name]}" "${cells[@]}"
  done
  printf '\nShared commits: %s times the writes of one commit per write.\n' "$(quotient "$(result sqlite write rate)" "$(result each write rate)" %.1f)"
  stop each "${others[@]}"
}
