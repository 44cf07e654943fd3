# ssh.sh - of tests/cluster.sh: GNU parallel over real sshd on hosts that are namespaces of their own, with an address and
# a name each; gamma does not see the folder.

sshd=$(command -v sshd || echo /usr/sbin/sshd)

add_host() { # add_host NAME NUMBER [HIDDEN FOLDER]
    mkdir -p "ssh/$1"
    cat > "ssh/$1/config" <<CONF
ListenAddress 10.78.$2.2
HostKey $t/ssh/host
AuthorizedKeysFile $t/ssh/user.pub
PermitRootLogin yes
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile $t/ssh/$1/pid
CONF
    # shellcheck disable=SC2016
    unshare --net --uts --mount sh -c 'hostname "$1"; ip link set lo up; [ -z "$2" ] || mount -t tmpfs none "$2"
        until ip addr add "$3/24" dev "p$4" 2> /dev/null; do sleep 0.1; done
        ip link set "p$4" up; exec "$5" -D -f "$6" -E "$7"' - "$1" "${3:-}" "10.78.$2.2" "$2" "$sshd" "$t/ssh/$1/config" "$t/ssh/$1/log" &
    host_pid=$!
    sleep 0.3
    ip link add "h$2" type veth peer name "p$2"
    ip link set "p$2" netns "$host_pid"
    ip addr add "10.78.$2.1/24" dev "h$2"
    ip link set "h$2" up
    printf 'Host %s\n HostName 10.78.%s.2\n' "$1" "$2" >> /root/.ssh/config
}

over_ssh() {
    mkdir -p ssh /run/sshd /root/.ssh elsewhere/shared
    mount -t tmpfs none /root/.ssh
    ssh-keygen -q -t ed25519 -N '' -f ssh/host
    ssh-keygen -q -t ed25519 -N '' -f ssh/user
    printf 'IdentityFile %s\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' "$t/ssh/user" > /root/.ssh/config
    chmod -R go= /root/.ssh ssh/user
    cp -r list.tsv sounds elsewhere/shared/
    add_host alpha 1
    add_host beta 2
    add_host gamma 3 "$t/elsewhere"
    for h in alpha beta gamma; do
        for _ in $(seq 50); do [ "$(ssh $h uname -n 2> /dev/null)" = $h ] && break; sleep 0.2; done
    done
    [ "$(ssh alpha uname -n)$(ssh beta uname -n)" = alphabeta ] || { skipped "ssh: no sshd in a namespace here"; return; }
    rm -rf log
    ON=parallel SSH=2/alpha,1/beta PARTS=7 $parts ssh.irt list.tsv "$pipeline" > say 2>&1
    check "by ssh to two hosts: the bytes of one run" equal ssh.irt whole.irt
    check "both had work, their logs say so" sh -c "head -qn 1 log/ssh.*.log | cut -d, -f1 | sort -u | tr '\n' ' ' | grep -qx 'host alpha host beta '"
    slow="$bin/ir-decode --rate 22050 --channels 1 list.tsv | { sleep 2; cat; } | $bin/ir-mel --preset librosa --bands 32"
    ON=parallel SSH=2/alpha,2/beta PARTS=6 $parts dead.irt list.tsv "$slow" > say 2>&1 & waiter=$!
    sleep 2.5
    pkill -9 -n -f 'parts.sh --run dead.irt.parts/tasks'
    wait $waiter
    check "kill -9 of a task on another host: made again, equal" equal dead.irt whole.irt
    (cd elsewhere/shared && ON=parallel SSH=1/alpha,1/gamma PARTS=2 $parts x.irt list.tsv "$pipeline" > ../../say 2>&1)
    status=$?
    check "a host that does not see the folder is named before anything is started" \
        sh -c "[ $status -eq 2 ] && grep -q 'host gamma does not see the folder' say && [ ! -e elsewhere/shared/x.irt.parts ]"
    ON=parallel SSH=1/alpha,1/nowhere PARTS=2 $parts x.irt list.tsv "$pipeline" > say 2>&1
    status=$?
    check "a host that is not there is named" sh -c "[ $status -eq 2 ] && grep -q 'host nowhere does not see the folder' say"
}

if [ -x "$sshd" ] && command -v ssh-keygen > /dev/null; then
    over_ssh
else
    skipped "ssh: no sshd"
fi
