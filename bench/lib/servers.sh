# shellcheck shell=bash disable=SC2154,SC2034 # run.sh sets and uses some variables.
# Starts the servers to compare, all on loopback and on free ports. Sourced by run.sh.

declare -A address process ready_ms script form
processes=()

stop_all() {
  local one
  for one in "${processes[@]}"; do kill "$one" 2>/dev/null || true; done
  wait 2>/dev/null || true
}

await() { # name, command…: waits until the command succeeds
  local name=$1 _; shift
  for _ in $(seq 1500); do
    if "$@"; then return; fi
    sleep 0.02
  done
  echo "run.sh: $name did not start:" >&2; cat "$work/$name.log" >&2; exit 1
}

start() { # name, command… (with settings in the environment): starts a server of this repository
  local name=$1 since; shift
  mkdir -p "$work/run/$name"
  since=$(date +%s%3N)
  (cd "$work/run/$name" && exec env ASPNETCORE_URLS=http://127.0.0.1:0 "$@" >"$work/$name.log" 2>&1) &
  process[$name]=$! script[$name]=kv
  processes+=($!)
  await "$name" answers "$name"
  ready_ms[$name]=$(($(date +%s%3N) - since))
}

answers() { # name: 404 counts too, because an empty store responds with it
  address[$1]=$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$work/$1.log" | head -n 1 || true)
  [[ -n ${address[$1]} && $(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'content-type: application/json' -d '{"key":"a"}' "${address[$1]}/kv") =~ ^(200|404)$ ]]
}

start_postgres() { # its port is in $postgres_port; runs as an ordinary user, because PostgreSQL refuses root
  local binaries user=(); binaries=$(newest_postgres)
  ((EUID == 0)) && user=(runuser -u postgres --)
  mkdir "$work/postgres"; ((EUID == 0)) && chown postgres "$work/postgres"
  postgres_port=$(free_port)
  "${user[@]}" "$binaries/initdb" -D "$work/postgres/data" -U dumbkv -A trust -E UTF8 >/dev/null
  "${user[@]}" "$binaries/postgres" -D "$work/postgres/data" -c port="$postgres_port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= >"$work/postgresql.log" 2>&1 &
  processes+=($!)
  await postgresql "$binaries/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"
}

on_postgres() { # database: sets the settings for start
  "$(newest_postgres)/createdb" -h 127.0.0.1 -p "$postgres_port" -U dumbkv "$1"
  settings=(DATABASE_TYPE=postgres "DATABASE_LOCATION=Host=127.0.0.1;Port=$postgres_port;Username=dumbkv;Database=$1")
}

start_etcd() { # each commit is an fsync, which is the default
  local client peer; client=$(free_port) peer=$(free_port)
  etcd --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer" --quota-backend-bytes 6000000000 --logger zap --log-level error >"$work/etcd.log" 2>&1 &
  process[etcd]=$! address[etcd]=http://127.0.0.1:$client script[etcd]=etcd
  processes+=($!)
  await etcd curl -sf -o /dev/null "${address[etcd]}/health"
}

start_webdis() { # in front of a Redis that syncs each command to disk before it responds
  local redis http; redis=$(free_port) http=$(free_port)
  mkdir "$work/redis"
  redis-server --port "$redis" --bind 127.0.0.1 --dir "$work/redis" --save '' --appendonly yes --appendfsync always >"$work/webdis.log" 2>&1 &
  processes+=($!)
  cat >"$work/webdis.json" <<JSON
{"redis_host": "127.0.0.1", "redis_port": $redis, "http_host": "127.0.0.1", "http_port": $http, "threads": 2, "pool_size": 16,
 "daemonize": false, "websockets": false, "database": 0, "verbosity": 0, "logfile": "/dev/null", "acl": [{"disabled": []}]}
JSON
  webdis "$work/webdis.json" >>"$work/webdis.log" 2>&1 &
  process[webdis]=$! address[webdis]=http://127.0.0.1:$http script[webdis]=webdis
  processes+=($!)
  await webdis curl -sf -o /dev/null "${address[webdis]}/PING"
}

peak_mb() { awk '/^VmHWM/ { printf "%d", $2 / 1024 }' "/proc/${process[$1]}/status"; } # name: since forget_peak

forget_peak() { echo 5 >"/proc/${process[$1]}/clear_refs"; } # name

resident_mb() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/${process[$1]}/status"; } # name
