"""How does a plain shell gather the same?

Law: the script asks what `plan` asks and leaves the same folder; it runs in any POSIX sh, changes nothing outside its
folder, and goes on when a command fails. A word that came from an answer is checked before it stands in a command.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.collect import plan
from vxlan_dissect.inventory.reading.load import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.inventory.collect.plan import Query

_HEAD = r"""#!/bin/sh
# Gathers an inventory for `vxd explain -i FOLDER`, and packs it as FOLDER.tar. Written by @TOOL@.
# It only reads; each command is shown before it runs, and what could not be had is named at the end.
#
# Usage: sh SCRIPT [FOLDER]
# @SETTINGS@
# Exit status: 0 done, 1 something failed and is named, 2 nothing could be collected.

LC_ALL=C
export LC_ALL
umask 077 # pods may carry secrets in their environment
set -f    # a name is never a pattern

out=${1:-inventory-$(date -u +%Y%m%dT%H%M%SZ)}
out=${out%/}
case $out in -*) out=./$out ;; esac
mkdir -p "$out" || exit 2
if [ -n "$(ls -A "$out")" ]; then
    echo "$out: not empty" >&2
    exit 2
fi
tmp=$out/.tmp
mkdir "$tmp" || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
: >"$tmp/commands"
: >"$tmp/missing"

lead='' context=null
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
started=$(now)
limit=
if command -v timeout >/dev/null 2>&1; then limit="timeout ${TIMEOUT:-30}"; fi

# Text from outside as one printable line; words as strings of JSON.
line() { tr -c ' -~' ' ' | sed 's/  *$//'; }
strings() { tr -c ' -~\n' ' ' | sed 's/[\\"]/\\&/g; s/.*/"&"/' | paste -s -d , -; }

# A name that Kubernetes allows, a device that no command takes for something else.
is_name() {
    case $1 in '' | *[!a-z0-9.-]* | [.-]* | *[.-]) return 1 ;; esac
    [ ${#1} -le 253 ]
}
is_device() {
    case $1 in '' | *[!A-Za-z0-9_.:@-]* | [!A-Za-z0-9_]*) return 1 ;; esac
}

# ask FILE COMMAND...: keep the answer as FILE, or for `-` in $tmp/out only. Sets $result, $why, $ran, $no_program.
ask() {
    file=$1
    shift
    echo "+ $*" >&2
    began=$(now)
    # shellcheck disable=SC2086
    {
        $limit "$@" </dev/null 2>"$tmp/err"
        echo $? >"$tmp/status"
    } | head -c @MOST@ >"$tmp/out"
    read -r status <"$tmp/status"
    result=ok why='' ran='' no_program=''
    if [ "$status" -eq 0 ] && head -c 4096 "$tmp/out" | grep -q '^Usage:'; then
        result=absent why="there is no such command in this version"
    elif [ "$status" -ne 0 ]; then
        result=failed
        code=$(sed -n 's/.*command terminated with exit code \([0-9][0-9]*\).*/\1/p' "$tmp/err" | tail -n 1)
        if [ -n "$code" ]; then ran=yes; fi
        if [ -z "$lead" ]; then ran=yes; fi
        code=${code:-$status}
        why="exit status $code: $(grep -v -e 'command terminated with exit code' -e 'Defaulted container' "$tmp/err" |
            grep . | tail -n 1 | cut -c 1-300 | line)"
        case $code in 126 | 127) no_program=yes ;; esac
        if grep -q 'executable file .*not found' "$tmp/err"; then no_program=yes; fi
        # shellcheck disable=SC2034 # a host asks in another way
        if [ -n "$no_program" ]; then ran='' why="no such program"; fi
        if [ -n "$no_program" ] || grep -q -e "have a resource type" -e '(NotFound)' "$tmp/err"; then result=absent; fi
    fi
    if [ "$(wc -c <"$tmp/out")" -ge @MOST@ ]; then
        result=cut why="cut after @MOST@ bytes"
    fi
    kept=null
    if { [ "$result" = ok ] || [ "$result" = cut ]; } && [ "$file" != - ]; then
        mv "$tmp/out" "$out/$file" && kept=\"$file\"
    fi
    {
        printf '{"file": %s, "command": [%s], ' "$kept" "$(printf '%s\n' "$@" | strings)"
        if [ "$result" = cut ]; then result=failed; fi
        printf '"status": "%s", "started": "%s", "ended": "%s", ' "$result" "$began" "$(now)"
        if [ -n "$why" ]; then
            printf '"why": %s}\n' "$(printf '%s\n' "$why" | strings)"
        else
            printf '"why": null}\n'
        fi
    } >>"$tmp/commands"
    [ "$result" = ok ]
}

# miss RESULT PLACE WHY: name it at the end.
miss() {
    if [ "$1" = absent ]; then sign="not there"; else sign="missing"; fi
    printf '%s: %s\n' "$sign" "$(printf '%s: %s' "$2" "$3" | line)" >>"$tmp/missing"
}

# keep FILE COMMAND...: ask, and name what did not come.
# shellcheck disable=SC2329 # also by $how
keep() {
    ask "$@" || miss "$result" "$1" "$why"
}

# host COMMAND...: ask the host that $lead leads to, into $place; by $plain without the options that an old ip lacks.
# The words of a command hold no blanks.
host() {
    words='' name='' form=txt
    for word in "$@"; do
        case $plain$word in yes-j | yes-d) continue ;; esac
        case $word in -j | json) form=json ;; esac
        words="$words $word" name="$name-${word#-}"
    done
    # shellcheck disable=SC2086
    $how "$place/${name#-}.$form" $lead $words
}

# way LEAD PLAIN: try these words as the way to an ip of the host.
way() {
    lead=$1 plain=$2 how=ask
    host @ADDRESS@
}
# devices: those of the host that have a global address, and its tunnels.
devices() {
    # shellcheck disable=SC2086
    {
        ask - $lead ip -o address show scope global && sed 's/^[0-9]*: *\([^ :@]*\).*/\1/' "$tmp/out"
        ask - $lead ip -o -d link &&
            sed -n '/ \(@TUNNELS@\) /s/^[0-9]*: *\([^ :@]*\).*/\1/p' "$tmp/out"
    } | sort -u | head -n @DEVICES@
}

node_queries() {
    how=keep
@NODE@
    devices >"$tmp/devices"
    while read -r device; do
        is_device "$device" || continue
@DEVICE@
    done <"$tmp/devices"
}
"""

_CLUSTER = r"""
kubectl=${KUBECTL:-kubectl} # one word or several
# kube FILE WORDS...: ask the cluster.
kube() {
    file=$1
    shift
    # shellcheck disable=SC2086
    keep "$file" $kubectl "$@"
}
# config AGENT FILE WORDS...: ask for what lies beside an agent, where it runs.
config() {
    spaces=$(awk -v agent=",$1," 'NF == 6 && index("," $6 ",", agent) { print $1 }' "$tmp/pods" | sort -u)
    beside=$2
    shift 2
    for namespace in $spaces; do
        if is_name "$namespace"; then kube "$beside" -n "$namespace" "$@"; fi
    done
}
# wanted NAME WORDS: whether it is among the words, or there are none.
wanted() {
    case " $2 " in '  ' | *" $1 "*) return 0 ;; esac
    return 1
}

# shellcheck disable=SC2086
ask - $kubectl @CONTEXT@ && context=$(head -n 1 "$tmp/out" | strings)
kube - @LIST_PODS@
mv "$tmp/out" "$tmp/pods"
kube - @LIST_NODES@
{
    sed 's,^node/,,' "$tmp/out"
    awk 'NF == 6 && $3 != "<none>" { print $3 }' "$tmp/pods"
} | sort -u >"$tmp/nodes"
@CLUSTER@

agent_queries() {
    how=ask plain='' lead=$1
    for agent in @PROGRAMS@; do
        host "$agent" status && break
        [ -n "$no_program" ] || break
    done
    [ "$result" = ok ] || miss "$result" "$place" "$agent status: $why"
    # Else there is no way in, and no answer to any other.
    if [ "$result" = ok ] || [ -n "$ran" ]; then
        how=keep
@AGENT@
    fi
}

# speakers NODE: the containers on its network, agents first, as rank, namespace, pod, container.
speakers() {
    awk -v node="$1" -v agents="@AGENTS@" '
        BEGIN { many = split(agents, agent, " "); for (i = 1; i <= many; i++) rank[agent[i]] = i }
        NF == 6 && $3 == node && $4 == "true" && $5 == "Running" {
            n = split($6, container, ",")
            for (i = 1; i <= n; i++) print ((container[i] in rank) ? rank[container[i]] : 9), $1, $2, container[i]
        }' "$tmp/pods" | sort | head -n @WAYS@
}

# ways: try each line of $tmp/ways; one that prints JSON is preferred, since BusyBox names the peer of a veth in the
# wrong namespace. Fails with $worst and $reason where there is none.
ways() {
    old='' worst=absent reason='no container has ip'
    if ! [ -s "$tmp/ways" ]; then reason="no pod on the node's network runs there"; fi
    while read -r rank namespace pod container; do
        if ! { is_name "$namespace" && is_name "$pod" && is_name "$container"; }; then continue; fi
        try="$kubectl exec -n $namespace $pod -c $container --"
        if [ "$rank" = 1 ]; then agent_queries "$try"; fi
        if way "$try" ''; then return 0; fi
        if [ -n "$ran" ]; then
            old=${old:-$try}
        elif [ -z "$no_program" ]; then
            worst=$result reason=$why
        fi
    done <"$tmp/ways"
    if [ -z "$old" ]; then return 1; fi
    if way "$old" yes; then return 0; fi
    worst=$result reason=$why
    return 1
}

while read -r node; do
    if ! is_name "$node"; then
        miss failed "$node" "not a name that Kubernetes allows"
        continue
    fi
    wanted "$node" "$NODES" || continue
    place=$node
    mkdir -p "$out/$place"
    speakers "$node" >"$tmp/ways"
    if ways; then
        node_queries
    else
        miss failed "$node" "ip address: $reason"
    fi
done <"$tmp/nodes"

awk '$5 == "Running" { print $2 }' "$tmp/pods" | sort | uniq -d >"$tmp/twice"
while read -r namespace pod node host phase containers; do
    if [ "$PODS" = no ] || [ "$host" = true ] || [ "$phase" != Running ] || [ "$node" = '<none>' ]; then continue; fi
    if ! { is_name "$namespace" && is_name "$pod" && is_name "$node"; }; then
        miss failed "$namespace/$pod" "not a name that Kubernetes allows"
        continue
    fi
    if ! { wanted "$node" "$NODES" && wanted "$namespace" "$NAMESPACES"; }; then continue; fi
    place=$node/pod-$pod called=$namespace/$pod
    # Two namespaces may have pods of one name.
    if grep -qxF "$pod" "$tmp/twice"; then place=$place@$namespace; fi
    mkdir -p "$out/$place"
    echo "$containers" | tr , '\n' | sed "s,^,0 $namespace $pod ," | head -n @WAYS@ >"$tmp/ways"
    if ways; then
        how=keep
@POD@
    else
        miss "$worst" "$called" "ip address: $reason"
    fi
done <"$tmp/pods"
"""

_HOST = r"""
place=${NODE:-$(hostname | tr '[:upper:]' '[:lower:]')}
if ! is_name "$place"; then
    echo "NODE=$place: not a name that Kubernetes allows" >&2
    exit 2
fi
mkdir -p "$out/$place"
if way '' '' || way '' yes; then
    node_queries
else
    miss failed "$place" "ip address: $why"
fi
"""

_TAIL = r"""
find "$out" -type d -name 'pod-*' -exec rmdir {} \; 2>/dev/null
{
    printf '{"collected": {"format": 1, "tool": "@TOOL@ (script)", "context": %s, ' "$context"
    printf '"started": "%s", "ended": "%s", "commands": [\n' "$started" "$(now)"
    sed '$!s/$/,/' "$tmp/commands"
    printf ']}}\n'
} >"$out/collected.json"
cat "$tmp/missing" >&2
if ! grep -q '"file": "' "$tmp/commands"; then
    echo "nothing could be collected" >&2
    exit 2
fi
failed=0
if grep -q '^missing' "$tmp/missing"; then failed=1; fi
rm -rf "$tmp"
if tar -cf "$out.tar" -C "$(dirname "$out")" "$(basename "$out")"; then echo "$out.tar" >&2; fi
exit $failed
"""

_SETTINGS = {
    False: "NODES, NAMESPACES: names with blanks between, else all; PODS=no: not in pods; KUBECTL: the command;\n"
    "# TIMEOUT: seconds for each command, where there is a program `timeout`.",
    True: "NODE: what Kubernetes calls this host, if not as it calls itself; TIMEOUT: seconds for each command, where\n"
    "# there is a program `timeout`. Run it as root on the node.",
}


def script(tool: str, *, host: bool) -> str:
    """The script: of the cluster through kubectl, or of the `host` it runs on. `tool` names its writer."""
    text = _HEAD + (_HOST if host else _CLUSTER) + _TAIL
    own = {
        "TOOL": tool,
        "SETTINGS": _SETTINGS[host],
        "MOST": str(MOST_BYTES),
        "ADDRESS": _words(plan.ADDRESS.words),
        "TUNNELS": r"\|".join(sorted(plan.TUNNELS)),
        "DEVICES": str(plan.MOST_DEVICES),
        "NODE": _asking(plan.NODE, 4),
        "DEVICE": _asking((query.of_device('"$device"') for query in plan.DEVICES), 8, quoted=True),
        "CONTEXT": _words(plan.CONTEXT.words[1:]),
        "CLUSTER": _kube(),
        "LIST_PODS": _words(plan.LIST_PODS.words[1:]),
        "LIST_NODES": _words(plan.LIST_NODES.words[1:]),
        "PROGRAMS": " ".join(plan.AGENT_PROGRAMS),
        "AGENTS": " ".join(plan.AGENTS),
        "AGENT": _asking((plan.by_program(query, '"$agent"') for query in plan.AGENT_QUERIES), 8, quoted=True),
        "POD": _asking(plan.POD, 8),
        "WAYS": str(plan.MOST_WAYS),
    }
    for name, value in own.items():
        text = text.replace(f"@{name}@", value)
    return text


def _words(words: Iterable[str]) -> str:
    return shlex.join(words)


def _asking(queries: Iterable[Query], indent: int, *, quoted: bool = False) -> str:
    """A line of `host` for each query; `quoted` where a word is shell already."""
    return "\n".join(
        " " * indent + "host " + (" ".join(query.words) if quoted else _words(query.words)) for query in queries
    )


def _kube() -> str:
    lines = [f"kube {query.file} {_words(query.words[1:])}" for query in (*plan.CLUSTER, *plan.RESOURCES)]
    for agent, name in plan.AGENTS.items():
        if name is not None:
            query = plan.config(name)
            lines.append(f"config {agent} {query.file} {_words(query.words[1:])}")
    return "\n".join(lines)
