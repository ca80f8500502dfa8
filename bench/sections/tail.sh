# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# The latency at half load. Sourced by run.sh.

section_tail() {
  local name mode highest rate='' seconds=$side_seconds
  use ceiling sqlite postgres
  table "The 99th percentile of the latency at half of the highest rate, beside the ceiling at the same rate." 'requests per second' 'p99, ms' 'p99 of the ceiling, ms' ratio
  for name in sqlite postgres; do
    for mode in read write; do
      rate=
      # The table of compare has measured it in the same run.
      if [[ ! -f $work/results/$name-$mode.rate ]]; then rounds=1 measure "$mode" "$name"; fi
      highest=$(result "$name" "$mode" rate)
      rate=$(quotient "$highest" 2 %d)
      measure "$mode" "$name" ceiling
      row "${title[$name]}, $mode" "$(number "$(result "$name" "$mode" rate)")" "$(printf '%.1f' "$(result "$name" "$mode" p99)")" \
        "$(printf '%.1f' "$(result ceiling "$mode" p99)")" "$(quotient "$(result "$name" "$mode" p99)" "$(result ceiling "$mode" p99)" %.1f)"
    done
  done
}
