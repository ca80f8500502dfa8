# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Growth: the number of entries in the store. Sourced by run.sh.

section_entries() {
  local sizes name store mode keys cells rounds=$side_rounds seconds=$side_seconds warmup=1
  IFS=, read -ra sizes <<<"$entries"
  keys=${sizes[0]}
  table "Requests per second by the number of entries in the store, and the cost of a request in the largest store to that in the smallest." \
    "${sizes[@]}" 'cost of the last to the first'
  for store in sqlite postgres; do
    name=$store-big
    "start_$store" "$name"
    keys=${sizes[0]}
    fill "$name"
    warm_up "$name"
    for keys in "${sizes[@]}"; do
      echo "$keys entries …" >&2
      connections=128 fill "$name"
      for mode in read write; do
        measure "$mode" "$name"
        mv "$work/results/$name-$mode.rate" "$work/results/$name-$keys-$mode.rate"
      done
    done
    for mode in read write; do
      figures rate "$mode" "${sizes[@]/#/$name-}"
      row "${title[$store]}, $mode" "${cells[@]}" "$(quotient "$(result "$name-${sizes[0]}" "$mode" rate)" "$(result "$name-${sizes[-1]}" "$mode" rate)")"
    done
    stop "$name"
  done
}
