# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# This source tree and the commit of --against, in turn. Sourced by run.sh.

section_pair() {
  local stores=(sqlite) store rounds=$pair_rounds seconds=$pair_seconds normal=$connections connections keys bytes
  if [[ -z $against ]]; then echo "run.sh: pair needs --against COMMIT" >&2; exit 2; fi
  if [[ -n $with_postgres ]]; then stores+=(postgres); fi
  publish_commit "$against" against
  table "This tree and commit $against, requests per second, and µs of processor time in the server per request. A ratio is this tree to the commit: the median of the rounds, and the lowest to the highest. More than 1 in requests and less than 1 in µs is better." \
    'this tree' "$against" ratio 'this tree, µs' "$against, µs" ratio
  for store in "${stores[@]}"; do
    connections=$normal keys=1000 bytes=90
    "start_$store" "$store-this"
    published=against "start_$store" "$store-against"
    fill "$store-this"; fill "$store-against"
    warm_up "$store-this"; warm_up "$store-against"
    compare_pair "$store" read 'read'
    compare_pair "$store" write 'durable write'
    set_form "$store-this" bytes; set_form "$store-against" bytes
    first_warmup=$warmup warm_up "$store-this"; first_warmup=$warmup warm_up "$store-against"
    connections=8 keys=100 bytes=1048576
    fill "$store-this"; fill "$store-against"
    compare_pair "$store" read 'get of 1 MiB as bytes'
    compare_pair "$store" write 'set of 1 MiB as bytes'
    stop "$store-this" "$store-against"
  done
}

compare_pair() { # store, mode, title of the row
  local kind cells=()
  measure "$2" "$1-this" "$1-against"
  for kind in rate cpu; do
    cells+=("$(number "$(result "$1-this" "$2" "$kind")")" "$(number "$(result "$1-against" "$2" "$kind")")" "$(ratios "$work/results/$1-this-$2.$kind" "$work/results/$1-against-$2.$kind")")
  done
  row "${title[$1]}, $3" "${cells[@]}"
}

ratios() { # two files with a line for each round
  paste "$1" "$2" | awk '{ print $1 / $2 }' | sort -g | awk '{ v[NR] = $1 } END { printf "%.2f (%.2f to %.2f)", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}
