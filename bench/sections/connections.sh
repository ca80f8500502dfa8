# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# From 8 to 1,024 connections. Sourced by run.sh.

section_connections() {
  local counts=(8 32 128 256 1024) name mode count specs=() rounds=$side_rounds seconds=$side_seconds warmup=0 cells stores=(ceiling sqlite postgres)
  use "${stores[@]}"
  table "Requests per second by connections." "${counts[@]}" 'lowest of 32 to 1,024, to the highest'
  for name in "${stores[@]}"; do for count in "${counts[@]}"; do specs+=("$name:$count"); done; done
  for mode in read write; do measure "$mode" "${specs[@]}"; done
  for name in "${stores[@]}"; do
    for mode in read write; do
      figures rate "$mode" "${counts[@]/#/$name:}"
      row "${title[$name]}, $mode" "${cells[@]}" \
        "$(for count in "${counts[@]}"; do echo "$count $(result "$name:$count" "$mode" rate)"; done |
          awk '$2 > high { high = $2 } $1 >= 32 && (!low || $2 < low) { low = $2 } END { printf "%.2f", low / high }')"
    done
  done
}
