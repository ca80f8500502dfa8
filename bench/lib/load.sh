# shellcheck shell=bash disable=SC2154 # The scripts that source this file set some variables.
# Runs the load and evaluates it. Sourced by run.sh and profile.sh.
#
# The variables connections, keys, bytes, rate (empty: as fast as possible) and seconds describe the load. A caller sets another value
# for one call: seconds=2 load sqlite read. A name can have a number of connections: sqlite:128. The results of NAME in MODE are lines
# in $work/results/NAME-MODE.rate (requests per second), .p99 (ms) and .cpu (µs of processor time in the server per request).

keys=1000 bytes=90 rate=
mkdir -p "$work/results"

run_wrk() { # name, mode: prints what wrk prints
  local paced=() more=()
  if [[ -n $rate ]]; then paced=(BENCH_PACED=1) more=("$rate" "$connections"); fi
  env "${paced[@]}" BENCH_FORM="${form[$1]:-text}" wrk -t1 -c"$connections" -d"${seconds}s" --timeout 10s --latency -s "bench/load/${script[$1]}.lua" "${address[$1]}" -- "$2" "$keys" "$bytes" "${more[@]}"
}

load() { # name or name:connections, mode: writes a line to each file of results
  local name=${1%%:*} connections=$connections before output
  if [[ $1 == *:* ]]; then connections=${1#*:}; fi
  before=$(ticks "$name")
  output=$(run_wrk "$name" "$2")
  write_results "$1" "$2" $(($(ticks "$name") - before)) <<<"$output"
}

# name, mode, ticks of processor time: reads the output of one or more runs of wrk
write_results() {
  awk -v name="$1, $2, values of $bytes bytes" -v ticks="$3" -v hertz="$(getconf CLK_TCK)" -v result="$work/results/$1-$2" -v failed="$work/failed" '
    $1 == "99%" { ms = $2 ~ /us$/ ? $2 / 1000 : $2 ~ /ms$/ ? $2 + 0 : $2 * 1000; if (ms > p99) p99 = ms }
    / requests in / { requests += $1 }
    /Non-2xx|Socket errors/ { sub(/^ */, ""); errors = errors "; " $0 }
    /^Requests\/sec:/ { rate += $2 }
    END {
      print rate >>(result ".rate")
      print p99 >>(result ".p99")
      if (requests) print ticks * 1e6 / hertz / requests >>(result ".cpu")
      if (errors) print name ": " requests " requests" errors >>failed
    }'
}

forget() { rm -f "$work/results/$1-$2".{rate,p99,cpu}; } # name, mode

fill() { # name: stores the keys, each once
  BENCH_COUNTS=$((2 * connections)) BENCH_FORM=${form[$1]:-text} wrk -t1 -c"$connections" -d3600s --timeout 60s -s "bench/load/${script[$1]}.lua" "${address[$1]}" -- fill "$keys" "$bytes" >"$work/fill.log" 2>&1
}

warm_up() { # name: runs the load until its code is compiled and optimized, which takes about a hundred thousand requests
  local mode seconds=$first_warmup
  for mode in read write; do load "$1" "$mode"; forget "$1" "$mode"; done
}

# mode, names…: runs the rounds in turn, so that a disturbance affects all names, and every second round in reverse
measure() {
  local mode=$1 name round order=("${@:2}") reversed=()
  for name in "${order[@]}"; do
    forget "$name" "$mode"
    if ((warmup)); then seconds=$warmup load "$name" "$mode"; fi
    forget "$name" "$mode"
    reversed=("$name" "${reversed[@]}")
  done
  for round in $(seq "$rounds"); do
    echo "Round $round of $rounds, $mode …" >&2
    if ((round % 2)); then for name in "${order[@]}"; do load "$name" "$mode"; done
    else for name in "${reversed[@]}"; do load "$name" "$mode"; done; fi
  done
}

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

result() { median <"$work/results/$1-$2.$3"; } # name, mode, kind (rate, p99 or cpu): the median of the rounds

quotient() { # two numbers, and optionally a format
  awk -v a="$1" -v b="$2" -v f="${3:-%.2f}" 'BEGIN { if (b) printf f, a / b; else printf "–" }'
}
