#!/usr/bin/env bash
# Measures the server beside a ceiling, in turn and in one run, and prints the ratios as a Markdown table.
#
#   bench/run.sh [--rounds N] [--seconds N] [--warmup N] [--connections N]
#
# The ceiling (bench/Ceiling) is the same framework with the same MVC pipeline and JSON, no storage and no crypto.
# "one commit each" is the same server with a context, a transaction and an fsync of its own for every write.
# Only ratios of one run mean anything: the machine, its disk and its neighbours are the same for all of them.
# Needs wrk and PostgreSQL, which it installs on Debian and Ubuntu. Everything stays on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=5 seconds=6 warmup=4 connections=32
while (($#)); do
  case $1 in
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    --warmup) warmup=$2; shift ;;
    --connections) connections=$2; shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//; p}' "$0"; exit 0 ;;
    *) echo "run.sh: $1 is not an option; see bench/run.sh --help" >&2; exit 2 ;;
  esac
  shift
done

newest_postgres() { find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }
postgres=$(newest_postgres)
missing=()
command -v wrk >/dev/null || missing+=(wrk)
[[ -n $postgres ]] || missing+=(postgresql)
if ((${#missing[@]})); then
  root=(); ((EUID == 0)) || root=(sudo -n)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  postgres=$(newest_postgres)
fi

work=$(mktemp -d)
chmod 755 "$work"
processes=()
finish() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

publish() { # project, folder
  dotnet publish "$1" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -p:IsPublishable=true --nologo -v quiet -o "$work/$2"
}
echo "Publishing …" >&2
publish src/DumbKv.Web server
publish bench/Ceiling ceiling
publish tests/DumbKv.Sabotage sabotaged

declare -A address
start() { # name, command… (with settings in the environment)
  local name=$1 status; shift
  mkdir -p "$work/run/$name"
  (cd "$work/run/$name" && exec env ASPNETCORE_URLS=http://127.0.0.1:0 "$@" >"$work/$name.log" 2>&1) &
  processes+=($!)
  for _ in $(seq 600); do
    address[$name]=$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$work/$name.log" | head -n 1 || true)
    status=$(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'content-type: application/json' -d '{"key":"a"}' "${address[$name]:-http://127.0.0.1:1}/kv" || true)
    if [[ $status == 200 || $status == 404 ]]; then return; fi
    sleep 0.1
  done
  echo "run.sh: $name did not start:" >&2; cat "$work/$name.log" >&2; exit 1
}

# PostgreSQL, on a free port, as an ordinary user.
user=(); ((EUID == 0)) && user=(runuser -u postgres --)
mkdir "$work/postgres"; ((EUID == 0)) && chown postgres "$work/postgres"
port=$((20000 + RANDOM % 20000))
"${user[@]}" "$postgres/initdb" -D "$work/postgres/data" -U dumbkv -A trust -E UTF8 >/dev/null
"${user[@]}" "$postgres/postgres" -D "$work/postgres/data" -c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories= >"$work/postgresql.log" 2>&1 &
processes+=($!)
for _ in $(seq 100); do "$postgres/pg_isready" -q -h 127.0.0.1 -p $port && break; sleep 0.1; done

start ceiling Logging__LogLevel__Microsoft.Hosting.Lifetime=Information dotnet "$work/ceiling/ceiling.dll"
start sqlite dotnet "$work/server/dumbkv.dll"
start each dotnet "$work/sabotaged/dumbkv-sabotaged.dll" one-commit-each
start postgres DATABASE_TYPE=postgres DATABASE_LOCATION="Host=127.0.0.1;Port=$port;Username=dumbkv;Database=postgres" dotnet "$work/server/dumbkv.dll"

echo "Storing a thousand keys …" >&2
value=$(printf 'v%.0s' {1..90})
for name in sqlite postgres; do
  for count in {1..1000}; do
    ((count == 1)) || echo next
    printf 'url = "%s/kv"\nrequest = PUT\nheader = "content-type: application/json"\ndata = "{\\"key\\":\\"key %s\\",\\"value\\":\\"%s\\"}"\noutput = /dev/null\n' \
      "${address[$name]}" "$count" "$value"
  done | curl -sf -K -
done

measure() { # name, script: requests a second
  wrk -t1 -c"$connections" -d"${warmup}s" -s "bench/$2.lua" "${address[$1]}" >/dev/null
  local output; output=$(wrk -t1 -c"$connections" -d"${seconds}s" -s "bench/$2.lua" "${address[$1]}")
  if grep -qE 'Non-2xx|Socket errors' <<<"$output"; then echo "run.sh: $1 failed some requests: $output" >&2; fi
  awk '/^Requests\/sec:/ { print $2 }' <<<"$output" >>"$work/$1-$2"
}

for round in $(seq "$rounds"); do
  echo "Round $round of $rounds …" >&2
  for name in ceiling sqlite postgres; do measure $name read; done
  for name in ceiling sqlite postgres each; do measure $name write; done
done

median() { sort -n "$work/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
row() { # title, name
  local read='–' write
  if [[ -f $work/$2-read ]]; then read=$(median "$2-read" | awk -v c="$(median ceiling-read)" '{ printf "%d (%.2f)", $1, $1 / c }'); fi
  write=$(median "$2-write" | awk -v c="$(median ceiling-write)" '{ printf "%d (%.2f)", $1, $1 / c }')
  echo "| $1 | $read | $write |"
}

echo "$(nproc) cores, $connections connections, median of $rounds rounds of $seconds s; requests a second (ratio to the ceiling)"
echo
echo '| | read | durable write |'
echo '|---|---|---|'
row 'the ceiling' ceiling
row 'SQLite' sqlite
row 'SQLite, one commit each' each
row 'PostgreSQL on the same machine' postgres
echo
awk -v together="$(median sqlite-write)" -v each="$(median each-write)" 'BEGIN { printf "Shared commits: %.1f times the writes of one commit each.\n", together / each }'
