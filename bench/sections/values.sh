# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Large values as bytes and in JSON, each on a server of its own. Sourced by run.sh.

section_values() {
  local connections=8 keys=50 rounds=$side_rounds seconds=$side_seconds warmup=1 bytes='' size store how name mode cell cells names=()
  local hows=(base64 bytes); [[ -z $full ]] || hows=(base64 text bytes)
  for store in memory sqlite postgres; do
    for how in "${hows[@]}"; do
      name=$store-$how
      "start_$store" "$name"
      set_form "$name" "$how"
      set_title "$name" "${title[$store]}, $how"
      names+=("$name")
      keys=1000 bytes=90 fill "$name"
      first_warmup=2 bytes=90 warm_up "$name"
    done
  done
  set_title etcd-values 'etcd, base64 in JSON'
  set_title webdis-values 'Webdis and Redis, bytes'
  for name in $(peers); do "start_$name" "$name-values"; names+=("$name-values"); done

  for bytes in 65536 1048576; do
    size='64 KiB'; ((bytes == 65536)) || size='1 MiB'
    for name in "${names[@]}"; do fill "$name"; done
    for mode in read write; do
      forget_peak "${names[@]}"
      measure "$mode" "${names[@]}"
      for name in "${names[@]}"; do peak_mb "$name" >"$work/results/$name-$mode.peak"; done
    done
    table "Values of $size on $connections connections: requests per second (ratio to base64 in JSON of the same store), and the peak memory of the server in MB. The server without a database and Redis have all values in memory." \
      read MB 'durable write' MB
    for name in "${names[@]}"; do
      cells=()
      for mode in read write; do
        cell=$(number "$(result "$name" "$mode" rate)")
        store=${name%-*}-base64
        if [[ -n ${process[$store]:-} ]]; then cell+=" ($(quotient "$(result "$name" "$mode" rate)" "$(result "$store" "$mode" rate)"))"; fi
        cells+=("$cell" "$(<"$work/results/$name-$mode.peak")")
      done
      row "${title[$name]/%base64/base64 in JSON}" "${cells[@]}"
    done
  done
  stop "${names[@]}"
}
