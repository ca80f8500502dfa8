# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# From 1 to 8 servers on one PostgreSQL. Sourced by run.sh.

section_servers() {
  local counts=(1 2 4 8) cells count mode round number rounds=$side_rounds seconds=$side_seconds
  for number in $(seq "${counts[-1]}"); do database=shared start_postgres "shared$number" DOTNET_TieredPGO=0; done
  fill shared1
  # Eight servers compile at the same time. Without profiles they are done after the warm-up.
  for mode in read write; do seconds=$((4 * first_warmup)) spread "${counts[-1]}" "$mode"; forget "shared:${counts[-1]}" "$mode"; done
  for mode in read write; do
    for round in $(seq "$rounds"); do
      echo "Round $round of $rounds, $mode …" >&2
      for count in "${counts[@]}"; do spread "$count" "$mode"; done
    done
  done

  table "Servers on one PostgreSQL: requests per second of all together, and µs of processor time in them per request. $connections connections are spread over the servers. Load, servers and PostgreSQL share $(nproc) cores, so more servers cannot serve more here: the table shows what they cost. The servers run without profile-guided compilation." \
    "${counts[@]}"
  for mode in read write; do
    figures rate "$mode" "${counts[@]/#/shared:}"; row "$mode" "${cells[@]}"
    figures cpu "$mode" "${counts[@]/#/shared:}"; row "$mode, µs" "${cells[@]}"
  done
  for number in $(seq "${counts[-1]}"); do stop "shared$number"; done
}

spread() { # count, mode: the same load on the first servers at the same time
  local number connections=$((connections / $1)) before=0 after=0 loads=()
  for number in $(seq "$1"); do before=$((before + $(ticks "shared$number"))); done
  for number in $(seq "$1"); do
    run_wrk "shared$number" "$2" >"$work/results/shared$number.log" & loads+=($!)
  done
  wait "${loads[@]}"
  for number in $(seq "$1"); do after=$((after + $(ticks "shared$number"))); done
  for number in $(seq "$1"); do cat "$work/results/shared$number.log"; done | write_results "shared:$1" "$2" $((after - before))
}
