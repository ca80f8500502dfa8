# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# The server in a memory cgroup of 256 MiB. Sourced by run.sh.

section_cgroup() {
  local store name outcome rounds='' seconds=$((4 * side_seconds)) small large
  if ! new_cgroup; then
    printf '\nThe run in a memory cgroup of 256 MiB was skipped: this user cannot make a memory cgroup here.\n'
    return
  fi
  table "The server in a memory cgroup of 256 MiB, for $seconds s: 32 connections with 90 % reads (a tenth of them of 1 MiB) and 10 % small sets, and 8 connections that set 1 MiB as bytes. 503 is the answer where the budget for large values is used up. The cgroup counts cached pages of files too." \
    'at the end' requests failed 'of these 503' 'killed by the kernel' 'peak of the cgroup, MB' 'peak resident memory, MB'
  for store in sqlite postgres; do
    name=$store-cgroup outcome=$work/results/$name
    entered=$cgroup "start_$store" "$name" MAX_CONCURRENT_REQUESTS=256
    fill "$name"
    set_form "$name" bytes
    connections=8 keys=100 bytes=1048576 fill "$name"
    connections=8 bytes=1048576 run_wrk "$name" write >"$outcome.large" & large=$!
    set_form "$name" text
    run_wrk "$name" mix >"$outcome.small" & small=$!
    wait "$large" "$small" || true
    row "${title[$store]}" "$(if kill -0 "${process[$name]}" 2>/dev/null; then echo runs; else echo '**died**'; fi)" \
      "$(number "$(awk '/ requests in / { n += $1 } END { print n }' "$outcome".{small,large})")" \
      "$(number "$(awk '/Non-2xx/ { n += $NF } /Socket errors/ { gsub(/,/, ""); n += $4 + $6 + $8 + $10 } END { print n + 0 }' "$outcome".{small,large})")" \
      "$(number "$(curl -s "${address[$name]}/metrics" | awk '/^http_server_request_duration_seconds_count/ && /status_code="503"/ { n += $NF } END { print n + 0 }')")" \
      "$(awk '$1 == "oom_kill" { print $2 }' "$cgroup"/memory.{oom_control,events} 2>/dev/null)" \
      "$(awk '{ printf "%d", $1 / 1048576 }' "$cgroup"/memory.{max_usage_in_bytes,peak} 2>/dev/null)" "$(peak_mb "$name" 2>/dev/null || echo –)"
    stop "$name"
    remove_cgroup
    new_cgroup
  done
  remove_cgroup
}

new_cgroup() { # sets $cgroup to the directory of a memory cgroup of 256 MiB, of version 2 or 1
  local parent=/sys/fs/cgroup limit=memory.max swap=memory.swap.max
  if [[ ! -e $parent/cgroup.controllers ]]; then
    parent+=/memory limit=memory.limit_in_bytes swap=memory.memsw.limit_in_bytes
  elif ! grep -qw memory "$parent/cgroup.subtree_control"; then
    { echo +memory >"$parent/cgroup.subtree_control"; } 2>/dev/null || return
  fi
  cgroup=$parent/dumbkv-bench-$$
  mkdir "$cgroup" 2>/dev/null && echo 268435456 >"$cgroup/$limit" || return
  # Without swap, if the kernel limits it. Version 1 limits the sum of both.
  { if [[ $swap == memory.swap.max ]]; then echo 0; else echo 268435456; fi >"$cgroup/$swap"; } 2>/dev/null || true
}

remove_cgroup() { if [[ -n ${cgroup:-} ]]; then rmdir "$cgroup" 2>/dev/null || true; fi; }
