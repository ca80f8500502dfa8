# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# The start and the memory of the process. Sourced by run.sh.

section_process() {
  local name round rounds='' last starts=5 stores=(ceiling sqlite postgres)
  rm -f "$work/results/"*.ready
  for round in $(seq "$starts"); do
    for name in "${stores[@]}"; do
      "start_$name" "$name-start$round"
      echo "${ready_ms[$name-start$round]}" >>"$work/results/$name.ready"
      # The last ones stay running, to measure their memory after the load. Those of the other sections have processed large values.
      ((round == starts)) || stop "$name-start$round"
    done
  done
  table "From the start of the process on an empty store to its first answer (median of $starts starts), and its resident memory after $((2 * first_warmup)) s of reads and writes." \
    'ready, ms' 'after the ceiling, ms' 'resident, MB' 'above the ceiling, MB'
  for name in "${stores[@]}"; do
    last=$name-start$starts
    fill "$last"
    warm_up "$last"
    resident_mb "$last" >"$work/results/$name.resident"
    row "${title[$name]}" "$(number "$(median <"$work/results/$name.ready")")" "$(difference "$name" ready)" "$(<"$work/results/$name.resident")" "$(difference "$name" resident)"
    stop "$last"
  done
}

difference() { # name, kind: to the ceiling
  if [[ $1 == ceiling ]]; then printf –; else printf '%.0f' "$(awk -v a="$(median <"$work/results/$1.$2")" -v b="$(median <"$work/results/ceiling.$2")" 'BEGIN { print a - b }')"; fi
}
