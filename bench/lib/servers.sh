# shellcheck shell=bash disable=SC2154,SC2034 # The scripts that source this file set and use some variables.
# Starts and stops the servers, all on loopback and on free ports. Sourced by run.sh and profile.sh.

declare -A address process ready_ms script form
declare -A title=([ceiling]='ceiling' [sqlite]='SQLite' [postgres]='PostgreSQL on the same machine' [each]='SQLite, one commit per write' [memory]='no database'
  [etcd]='etcd, HTTP gateway' [webdis]='Webdis and Redis, fsync always')
running=()

set_form() { form[$1]=$2; } # name, how its values travel (see bench/load/kv.lua)

set_title() { title[$1]=$2; } # name, title in tables

stop_all() {
  local one
  # At once: the data is deleted. Its process is the child of another one, so wait does not wait for it.
  if [[ -n ${postgres_port:-} ]]; then as_postgres pg_ctl -D "$work/postgres/data" -m immediate stop >/dev/null || true; fi
  for one in "${running[@]}"; do kill "$one" 2>/dev/null || true; done
  wait 2>/dev/null || true
}

stop() { # names…: ends their processes and waits for them
  local name one
  for name in "$@"; do
    for one in ${process[$name]}; do
      kill "$one" 2>/dev/null || true
      wait "$one" 2>/dev/null || true
    done
    process[$name]=
  done
}

await() { # name, command…: waits until the command succeeds
  local name=$1 _; shift
  for _ in $(seq 1500); do
    if "$@"; then return; fi
    sleep 0.02
  done
  echo "bench: $name did not start:" >&2; cat "$work/$name.log" >&2; exit 1
}

# name, command… (with settings in the environment): starts a server of this repository, in the cgroup of $entered if that is set
start() {
  local name=$1 since; shift
  mkdir -p "$work/run/$name"
  since=$(date +%s%3N)
  ({ [[ -z ${entered:-} ]] || echo "$BASHPID" >"$entered/cgroup.procs"; } && cd "$work/run/$name" && exec env ASPNETCORE_URLS=http://127.0.0.1:0 "$@" >"$work/$name.log" 2>&1) &
  process[$name]=$! script[$name]=kv
  running+=($!)
  await "$name" answers "$name"
  ready_ms[$name]=$(($(date +%s%3N) - since))
}

answers() { # name: 404 counts too, because an empty store responds with it
  address[$1]=$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$work/$1.log" 2>/dev/null | head -n 1 || true)
  [[ -n ${address[$1]} && $(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'content-type: application/json' -d '{"key":"a"}' "${address[$1]}/kv") =~ ^(200|404)$ ]]
}

start_ceiling() { # name
  publish . bench/Ceiling ceiling
  start "$1" Logging__LogLevel__Microsoft.Hosting.Lifetime=Information dotnet "$work/ceiling/ceiling.dll"
}

# name, and optionally settings…: the directory of the published server is in $published (default: server, which is this source tree)
start_sqlite() {
  [[ -n ${published:-} ]] || publish . src/DumbKv.Web server
  start "$@" dotnet "$work/${published:-server}/dumbkv.dll"
}

# name, and optionally settings…: a store of its own, or the one in $database
start_postgres() {
  local name=$1 store=${database:-${1//-/_}}; shift
  [[ -n ${postgres_port:-} ]] || start_postgresql
  if ! psql_kv -tA -c "SELECT datname FROM pg_database" postgres | grep -qx "$store"; then psql_kv -q -c "CREATE DATABASE $store" postgres; fi
  start_sqlite "$name" DATABASE_TYPE=postgres "DATABASE_LOCATION=Host=127.0.0.1;Port=$postgres_port;Username=dumbkv;Database=$store" "$@"
}

psql_kv() { "$(newest_postgres)/psql" -h 127.0.0.1 -p "$postgres_port" -U dumbkv "$@"; }

as_postgres() { # program of PostgreSQL, arguments…: as an ordinary user, because PostgreSQL refuses root
  local user=(); ((EUID != 0)) || user=(runuser -u postgres --)
  "${user[@]}" "$(newest_postgres)/$1" "${@:2}"
}

start_postgresql() { # its port is in $postgres_port
  mkdir "$work/postgres"; ((EUID == 0)) && chown postgres "$work/postgres"
  postgres_port=$(free_port)
  as_postgres initdb -D "$work/postgres/data" -U dumbkv -A trust -E UTF8 >/dev/null
  as_postgres postgres -D "$work/postgres/data" -c port="$postgres_port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=300 >"$work/postgresql.log" 2>&1 &
  running+=($!)
  await postgresql "$(newest_postgres)/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"
}

# name, variant: without code compiled before the start, which takes a minute and matters only to the start
start_variant() { publish . tests/DumbKv.FaultyServer faulty -p:PublishReadyToRun=false; start "$1" dotnet "$work/faulty/dumbkv-faulty.dll" "$2"; }

start_each() { start_variant "$1" one-commit-each; } # name

start_memory() { start_variant "$1" in-memory; } # name: shows what a request costs without a database

start_etcd() { # name: each commit is an fsync, which is the default
  local name=$1 client peer; client=$(free_port) peer=$(free_port)
  etcd --data-dir "$work/$name" --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
    --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer" --quota-backend-bytes 6000000000 --max-request-bytes 4194304 --logger zap --log-level error >"$work/$name.log" 2>&1 &
  process[$name]=$! address[$name]=http://127.0.0.1:$client script[$name]=etcd
  running+=($!)
  await "$name" curl -sf -o /dev/null "${address[$name]}/health"
}

start_webdis() { # name: in front of a Redis that syncs each command to disk before it responds
  local name=$1 redis http; redis=$(free_port) http=$(free_port)
  mkdir "$work/$name"
  redis-server --port "$redis" --bind 127.0.0.1 --dir "$work/$name" --save '' --appendonly yes --appendfsync always >"$work/$name.log" 2>&1 &
  process[$name]=$!
  running+=($!)
  cat >"$work/$name.json" <<JSON
{"redis_host": "127.0.0.1", "redis_port": $redis, "http_host": "127.0.0.1", "http_port": $http, "threads": 2, "pool_size": 16,
 "daemonize": false, "websockets": false, "database": 0, "verbosity": 0, "logfile": "/dev/null", "acl": [{"disabled": []}]}
JSON
  webdis "$work/$name.json" >>"$work/$name.log" 2>&1 &
  process[$name]+=" $!" address[$name]=http://127.0.0.1:$http script[$name]=webdis
  running+=($!)
  await "$name" curl -sf -o /dev/null "${address[$name]}/PING"
}

peers() { # the installed servers of others
  if command -v etcd >/dev/null; then echo etcd; fi
  if command -v webdis >/dev/null && command -v redis-server >/dev/null; then echo webdis; fi
}

use() { # names…: starts each one that does not run yet, stores the keys, and warms it up if it is of this repository
  local name
  for name in "$@"; do
    if [[ -z ${process[$name]:-} ]]; then
      "start_$name" "$name"
      fill "$name"
      if [[ ${script[$name]} == kv ]]; then warm_up "$name"; fi
    fi
  done
}

of_each() { # field of /proc/ID/status, name: in MB, the sum of the processes
  local one sum=0
  for one in ${process[$2]}; do sum=$((sum + $(awk -v f="$1:" '$1 == f { print $2 }' "/proc/$one/status"))); done
  echo $((sum / 1024))
}

peak_mb() { of_each VmHWM "$1"; } # name: since forget_peak

resident_mb() { of_each VmRSS "$1"; } # name

forget_peak() { # names…
  local name one
  for name in "$@"; do for one in ${process[$name]}; do echo 5 >"/proc/$one/clear_refs"; done; done
}

ticks() { # name: the processor time of its processes, in ticks of the kernel
  local one sum=0
  for one in ${process[$1]}; do sum=$((sum + $(sed 's/.*) //' "/proc/$one/stat" | awk '{ print $12 + $13 }'))); done
  echo "$sum"
}
