# shellcheck shell=bash disable=SC2154 # run.sh sets some variables.
# Prints tables in Markdown. Sourced by run.sh and profile.sh.

# title, names of the columns…: prints the title, the command that repeats the table, and the head of the table
table() {
  local column line='|'
  # shellcheck disable=SC2016 # A command in Markdown, not one to run.
  printf '\n%s\n\n`%s`%s\n\n|' "$1" "$command" "${rounds:+ (median of $rounds rounds of $seconds s)}"; shift
  for column in '' "$@"; do
    if [[ $column =~ ^[0-9]+$ ]]; then column=$(number "$column"); fi
    printf ' %s |' "$column"; line+='---|'
  done
  printf '\n%s\n' "$line"
}

row() { printf '|'; printf ' %s |' "$@"; printf '\n'; } # cells…

number() { printf '%.0f' "$1" | sed ':a; s/\B[0-9]\{3\}\>/,&/; ta'; } # with commas

figures() { # kind, mode, names…: the results, in the array cells
  local name
  cells=()
  for name in "${@:3}"; do cells+=("$(number "$(result "$name" "$2" "$1")")"); done
}
