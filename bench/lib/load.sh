# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Runs the load and evaluates it. Sourced by run.sh.

# name, mode, and optionally, if not the default: connections, keys, bytes, rate, seconds
load() {
  local name=$1 mode=$2 connections=${3:-$connections} keys=${4:-1000} bytes=${5:-90} rate=${6:-} seconds=${7:-$seconds}
  local arguments=("$mode" "$keys" "$bytes") paced=()
  if [[ -n $rate ]]; then arguments+=("$rate" "$connections") paced=(BENCH_PACED=1); fi
  local output; output=$(env "${paced[@]}" BENCH_FORM="${form[$name]:-text}" wrk -t1 -c"$connections" -d"${seconds}s" --latency -s "bench/load/${script[$name]}.lua" "${address[$name]}" -- "${arguments[@]}")
  if grep -qE 'Non-2xx|Socket errors' <<<"$output"; then echo "run.sh: $name failed some requests: $output" >&2; fi
  awk '/^Requests\/sec:/ { print $2 }' <<<"$output" >>"$work/$name-$mode"
  awk '$1 == "99%" { v = $2; ms = v ~ /us$/ ? v / 1000 : v ~ /ms$/ ? v + 0 : v * 1000; print ms }' <<<"$output" >>"$work/$name-$mode-p99"
}

fill() { # name, keys, bytes, and optionally connections: stores them, each once
  BENCH_COUNTS=1 BENCH_FORM=${form[$1]:-text} wrk -t1 -c"${4:-32}" -d3600s --timeout 60s -s "bench/load/${script[$1]}.lua" "${address[$1]}" -- fill "$2" "$3" >"$work/fill.log" 2>&1
}

forget() { rm -f "$work/$1-$2" "$work/$1-$2-p99"; } # name, mode

# names…: runs the load until the code of each server is compiled and optimized, which takes some hundred thousand requests
warm_up() {
  local name mode
  for name in "$@"; do
    for mode in read write; do load "$name" "$mode" "$connections" 1000 90 '' 8; forget "$name" "$mode"; done
  done
}

median() { sort -n "$work/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# names…, then -- and modes…: runs the rounds in turn, so that a disturbance affects all of them
rounds() {
  local names=() modes=() name mode round
  while [[ $1 != -- ]]; do names+=("$1"); shift; done
  modes=("${@:2}")
  for mode in "${modes[@]}"; do
    for name in "${names[@]}"; do load "$name" "$mode" "$connections" 1000 90 '' "$warmup"; forget "$name" "$mode"; done
    for round in $(seq "$rounds"); do
      echo "Round $round of $rounds, $mode …" >&2
      for name in "${names[@]}"; do load "$name" "$mode"; done
    done
  done
}

ratio() { # name, mode: "requests a second (to the ceiling)"
  if [[ -f $work/$1-$2 ]]; then
    median "$1-$2" | awk -v c="$(median "ceiling-$2")" '{ printf "%d (%.2f)", $1, $1 / c }'
  else
    printf '–'
  fi
}
