# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Requests while the sweeper removes expired entries. Sourced by run.sh.

section_sweep() {
  local name mode expiry count=${BENCH_EXPIRED:-1000000} rounds=1
  use sqlite postgres
  table "Requests per second before and while $(number "$count") entries, which expire at the same time, are swept." before meanwhile ratio
  for name in sqlite postgres; do
    expiry=$(($(date +%s) + 60 + count / 10000))
    BENCH_COUNTS=64 wrk -t1 -c32 -d3600s -s bench/load/kv.lua "${address[$name]}" -- expire "$count" "$expiry" >/dev/null
    for mode in read write; do
      measure "$mode" "$name"
      result "$name" "$mode" rate >"$work/results/$name-$mode.before"
    done
    while (($(date +%s) <= expiry)); do sleep 1; done
    until [[ $(swept "$name") != 0 ]]; do sleep 0.5; done
    for mode in read write; do
      forget "$name" "$mode"; load "$name" "$mode"
      row "${title[$name]}, $mode" "$(number "$(<"$work/results/$name-$mode.before")")" "$(number "$(result "$name" "$mode" rate)")" \
        "$(quotient "$(result "$name" "$mode" rate)" "$(<"$work/results/$name-$mode.before")")"
    done
    if (($(swept "$name") >= count)); then echo "run.sh: the sweep ended before the measurement. Set BENCH_EXPIRED higher" >&2; fi
  done
}

swept() { curl -s "${address[$1]}/metrics" | awk '/^dumbkv_swept_entries/ { print $2 }'; } # name
