#!/usr/bin/env bash
# An account from its first plan to the repair of what was done to it by hand, in a sandbox on this machine.
# `make demo` runs it; so does `iamspec sandbox -- examples/demo.sh`, where iamspec is installed with its sandbox.
set -euo pipefail

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${AWS_ACCESS_KEY_ID:-}" != AKIAIAMSPECSANDBOX00 ]; then
  echo "this changes the account that it finds: run it as  iamspec sandbox -- $0" >&2
  exit 1
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$examples/startup" "$folder/acme"
cp "$examples/by_hand.py" "$folder"
cd "$folder/acme"

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi
number=0

pause() { # for a reader at a terminal; a CI system has nobody who could press a key
  if [ -t 0 ] && [ -t 1 ] && [ -z "${CI:-}" ] && [ "$number" -gt 0 ]; then
    printf '\n%s(Enter goes on)%s' "$dim" "$plain"
    read -r _ || true
  fi
}

step() { # what happens now
  pause
  number=$((number + 1))
  printf '\n%s%s%s\n' "$bold" "$(printf '%d. %s' "$number" "$1" | fold -s -w 78)" "$plain"
}

run() { # a command line, with the exit code that it must have
  local expected=$1 line=$2 code=0
  printf '\n%s$ %s%s\n' "$bold" "$line" "$plain"
  eval "$line" 2>&1 || code=$?
  if [ "$code" -ne "$expected" ]; then
    printf '\nexit code %d, where %d was expected: the demo ends here\n' "$code" "$expected"
    exit 1
  fi
  [ "$code" -eq 0 ] || printf '%s(exit code %d, as it should be)%s\n' "$dim" "$code" "$plain"
}

step 'The account of a small company, as YAML: people in users.yaml, what teams may do in groups.yaml'
run 0 'ls . policies'
run 0 'cat groups.yaml'

step 'A typing error does not get far. This needs no account and no credentials'
run 0 "sed -i.bak 's/employees, developers/employees, develoeprs/' users.yaml"
run 1 'iamspec validate'
run 0 'mv users.yaml.bak users.yaml'
run 0 'iamspec validate'

step 'The account is empty. What would change? In a pull request, this is what is reviewed'
run 0 'iamspec plan'

step 'Do it. Passwords and keys are in no plan: they are made now, and go where --credentials-out says'
run 0 'iamspec apply --auto-approve --credentials-out ../handover > apply.txt'
run 0 'tail -n 1 apply.txt'

step 'One file for each colleague, as the console would offer it for download. What stands between name and link is theirs alone'
run 0 'ls -l ../handover | cut -c 1-10,40-'
run 0 'head -n 1 ../handover/chloe.csv'
run 0 'tail -n 1 ../handover/chloe.csv | cut -d , -f 1,5'

step 'There is no state file: live IAM is read again, and there is nothing left to do'
run 0 'iamspec plan --detailed-exitcode'

step 'Who signs in with what? The security status of the account, as the console shows it, and to the point'
run 0 'iamspec credentials'

step 'A laptop is stolen at night. Whoever is on call needs no spec and no review; the next apply leaves it at that'
run 0 'iamspec suspend dan --auto-approve > suspend.txt'
run 0 'iamspec plan --detailed-exitcode'
run 0 'iamspec resume dan --auto-approve > resume.txt'

step 'Dan has no password now, perhaps on purpose: giving him one takes a word'
run 1 'iamspec apply --auto-approve > apply.txt'
run 0 'grep -A 2 Complaints apply.txt | fold -s'
run 0 'iamspec apply --auto-approve --allow reissue:user/dan \
    --credentials-out ../handover > apply.txt'

step 'Three weeks later, somebody has changed things by hand, past the spec'
run 0 'python ../by_hand.py'

step 'A nightly job notices: exit code 2 is drift'
run 2 'iamspec drift'

step 'Mallory is in no spec. With prune, apply deletes whom nobody has declared; until now it only listed her'
run 0 "sed -i.bak 's/^prune: false/prune: true/' iamspec.yaml"
run 0 'iamspec apply --auto-approve'

step 'Everything is as it was written'
run 0 'iamspec drift'

step 'The way in for an account that exists already: import it, and a plan right after that is empty'
run 0 'iamspec import --out ../imported'
run 0 'iamspec plan ../imported --detailed-exitcode'

alias=$(sed -n 's/^ *alias: *//p' ../imported/iamspec.yaml)
printf '\n%sDone in %d seconds. With this alias, people of a real account sign in at%s\n' \
  "$bold" "$SECONDS" "$plain"
printf 'https://%s.signin.aws.amazon.com/console\n' "$alias"
printf '\n%sWhat to do next%s\n' "$bold" "$plain"
cat <<'NEXT'
  source .venv/bin/activate         in this clone: use the command iamspec
  iamspec init my-iam               begin a spec, with names to edit
  iamspec init my-iam --import      or take over an account of yours as it is
  iamspec plan my-iam               see what would change; nothing is changed
  iamspec explain users.console     what a key, a guard or a word means
NEXT
