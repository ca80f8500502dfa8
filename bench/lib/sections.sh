# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# One function for each table. Sourced by run.sh, which has started ceiling, sqlite and postgres.

section_compare() {
  local name peers=() baselines=()
  if [[ -n $baseline ]]; then
    start baseline-sqlite dotnet "$baseline/dumbkv.dll"
    on_postgres baseline
    start baseline-postgres "${settings[@]}" dotnet "$baseline/dumbkv.dll"
    baselines=(baseline-sqlite baseline-postgres)
    for name in "${baselines[@]}"; do fill "$name" 1000 90; done
    warm_up "${baselines[@]}"
  fi

  start each dotnet "$work/faulty/dumbkv-faulty.dll" one-commit-each
  if command -v etcd >/dev/null; then start_etcd; fill etcd 1000 90; peers+=(etcd); fi
  if command -v webdis >/dev/null && command -v redis-server >/dev/null; then start_webdis; fill webdis 1000 90; peers+=(webdis); fi

  rounds ceiling sqlite postgres "${baselines[@]}" "${peers[@]}" -- read
  rounds ceiling sqlite postgres "${baselines[@]}" each "${peers[@]}" -- write
  rounds ceiling sqlite postgres "${baselines[@]}" -- mix

  local -A title=([ceiling]='the ceiling' [sqlite]='SQLite' [postgres]='PostgreSQL on the same machine' [each]='SQLite, one commit each'
    [baseline-sqlite]='the baseline on SQLite' [baseline-postgres]='the baseline on PostgreSQL' [etcd]='etcd, HTTP gateway' [webdis]='Webdis and Redis, fsync always')
  table 'Requests a second (ratio to the ceiling):' 'read' 'durable write' '90 % reads'
  for name in ceiling sqlite postgres "${baselines[@]}" each "${peers[@]}"; do
    printf '| %s | %s | %s | %s |\n' "${title[$name]}" "$(ratio "$name" read)" "$(ratio "$name" write)" "$(ratio "$name" mix)"
  done
  awk -v together="$(median sqlite-write)" -v each="$(median each-write)" 'BEGIN { printf "\nShared commits: %.1f times the writes of one commit each.\n", together / each }'
  for name in each "${baselines[@]}" "${peers[@]}"; do kill "${process[$name]}" 2>/dev/null || true; done
}

section_tail() {
  printf '\nAt half of a store'\''s highest rate, p99 in ms, beside the ceiling at the same rate:\n\n| | requests/s | p99 | ceiling | times |\n|---|---|---|---|---|\n'
  local name mode rate
  for name in sqlite postgres; do
    for mode in read write; do
      forget "$name" "$mode"; load "$name" "$mode" "$connections" 1000 90 '' "$warmup"
      forget "$name" "$mode"; load "$name" "$mode"
      rate=$(median "$name-$mode" | awk '{ printf "%d", $1 / 2 }')
      forget "$name" "$mode"; forget ceiling "$mode"
      for _ in $(seq "$rounds"); do
        load "$name" "$mode" "$connections" 1000 90 "$rate"
        load ceiling "$mode" "$connections" 1000 90 "$rate"
      done
      awk -v t="$name $mode" -v r="$(median "$name-$mode")" -v p="$(median "$name-$mode-p99")" -v c="$(median "ceiling-$mode-p99")" \
        'BEGIN { printf "| %s | %d | %.1f | %.1f | %.1f |\n", t, r, p, c, p / c }'
    done
  done
}

# title, names of columns…: prints the head of a table
table() {
  local column line='| '
  printf '\n%s\n\n|' "$1"; shift
  for column in '' "$@"; do printf ' %s |' "$column"; line+='---|'; done
  printf '\n|%s\n' "${line:2}"
}

section_connections() {
  local name mode count
  table 'Requests a second by connections:' 8 32 128 256
  for name in sqlite postgres; do
    for mode in read write; do
      printf '| %s %s |' "$name" "$mode"
      for count in 8 32 128 256; do
        forget "$name" "$mode"
        for _ in $(seq "$rounds"); do load "$name" "$mode" "$count"; done
        printf ' %d |' "$(median "$name-$mode" | cut -d. -f1)"
      done
      echo
    done
  done
}

section_entries() {
  local sizes name mode size
  IFS=, read -ra sizes <<<"$entries"
  table 'Requests a second by entries in the store:' "${sizes[@]}"
  start big-sqlite "${server[@]}"
  on_postgres big
  start big-postgres "${settings[@]}" "${server[@]}"
  for name in big-sqlite big-postgres; do
    fill "$name" 1000 90
    warm_up "$name"
    for size in "${sizes[@]}"; do
      echo "$size entries …" >&2
      fill "$name" "$size" 90
      for mode in read write; do
        load "$name" "$mode" "$connections" "$size" 90 '' "$warmup"
        forget "$name" "$mode"
        for _ in $(seq "$rounds"); do load "$name" "$mode" "$connections" "$size"; done
        median "$name-$mode" >>"$work/$name-$mode-sizes"
      done
    done
    for mode in read write; do
      printf '| %s %s |' "${name#big-}" "$mode"; awk '{ printf " %d |", $1 } END { print "" }' "$work/$name-$mode-sizes"
    done
    kill "${process[$name]}"
  done
}

section_values() {
  local name mode size
  table 'Requests a second by bytes of the value (reads of 100 keys):' 16 1024 65536 1048576
  for name in sqlite postgres; do
    for size in 16 1024 65536 1048576; do
      fill "$name" 100 "$size"
      for mode in read write; do
        forget "$name" "$mode"
        for _ in $(seq "$rounds"); do load "$name" "$mode" "$connections" 100 "$size"; done
        median "$name-$mode" >>"$work/$name-$mode-values"
      done
    done
    for mode in read write; do
      printf '| %s %s |' "$name" "$mode"; awk '{ printf " %d |", $1 } END { print "" }' "$work/$name-$mode-values"
    done
    fill "$name" 1000 90
  done
}

section_bytes() { # values of 1 MiB as bytes, and the same values in JSON, each on a server of its own
  local store how mode round name
  printf '\nValues of 1 MiB on 8 connections: requests a second (ratio to base64) and peak memory in MB:\n\n| | read | MB | durable write | MB |\n|---|---|---|---|---|\n'
  for store in sqlite postgres; do
    for how in base64 text bytes; do
      name=$store-$how
      settings=()
      if [[ $store == postgres ]]; then on_postgres "$how"; fi
      start "$name" "${settings[@]}" "${server[@]}"
      # shellcheck disable=SC2004 # An associative array.
      form[$name]=$how
      fill "$name" 100 1048576 8
    done
    for mode in read write; do
      for how in base64 text bytes; do
        load "$store-$how" "$mode" 8 100 1048576 '' "$warmup"
        forget "$store-$how" "$mode"
        forget_peak "$store-$how"
      done
      for round in $(seq "$rounds"); do
        echo "Round $round of $rounds, $mode …" >&2
        for how in base64 text bytes; do load "$store-$how" "$mode" 8 100 1048576; done
      done
      for how in base64 text bytes; do peak_mb "$store-$how" >"$work/$store-$how-$mode-peak"; done
    done
    for how in base64 text bytes; do
      name=$store-$how
      printf '| %s, %s |' "$store" "$how"
      for mode in read write; do
        awk -v r="$(median "$name-$mode")" -v b="$(median "$store-base64-$mode")" -v p="$(<"$work/$name-$mode-peak")" 'BEGIN { printf " %d (%.2f) | %d |", r, r / b, p }'
      done
      echo
      kill "${process[$name]}"
    done
  done
}

section_process() {
  local name round last
  for round in $(seq "$rounds"); do
    start "ceiling-$round" Logging__LogLevel__Microsoft.Hosting.Lifetime=Information dotnet "$work/ceiling/ceiling.dll"
    start "sqlite-$round" "${server[@]}"
    on_postgres "start$round"
    start "postgres-$round" "${settings[@]}" "${server[@]}"
    for name in ceiling sqlite postgres; do
      echo "${ready_ms[$name-$round]}" >>"$work/$name-ready"
      # The last ones stay running, to measure their memory under load. Those of the other sections have processed large values.
      ((round == rounds)) || kill "${process[$name-$round]}"
    done
  done
  table 'From the start of the process on an empty store to its first answer, and its memory after the load:' 'ready, ms' 'resident, MB'
  for name in ceiling sqlite postgres; do
    last=$name-$rounds
    fill "$last" 1000 90
    load "$last" read
    load "$last" write
    printf '| %s | %d | %d |\n' "$name" "$(median "$name-ready")" "$(resident_mb "$last")"
    kill "${process[$last]}"
  done
}

swept() { curl -s "${address[$1]}/metrics" | awk '/^dumbkv_swept_entries/ { print $2 }'; }

section_sweep() { # a million entries that expire at the same time
  local name mode expiry count=${BENCH_EXPIRED:-1000000}
  table "Requests a second before and while $count expired entries are swept:" 'before' 'meanwhile' 'ratio'
  for name in sqlite postgres; do
    expiry=$(($(date +%s) + 60 + count / 10000))
    BENCH_COUNTS=1 wrk -t1 -c32 -d3600s -s bench/load/kv.lua "${address[$name]}" -- expire "$count" "$expiry" >/dev/null
    for mode in read write; do
      forget "$name" "$mode"; load "$name" "$mode"
      mv "$work/$name-$mode" "$work/$name-$mode-before"
    done
    while (($(date +%s) <= expiry)); do sleep 1; done
    until [[ $(swept "$name") != 0 ]]; do sleep 0.5; done
    for mode in read write; do
      forget "$name" "$mode"; load "$name" "$mode"
      awk -v n="$name $mode" -v b="$(median "$name-$mode-before")" -v w="$(median "$name-$mode")" 'BEGIN { printf "| %s | %d | %d | %.2f |\n", n, b, w, w / b }'
    done
    if (($(swept "$name") >= count)); then echo "run.sh: the sweep ended before the measurement. Set BENCH_EXPIRED higher" >&2; fi
  done
}
