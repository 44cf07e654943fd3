#!/bin/bash
# cluster.sh BUILD - the pipelines on a real Slurm of three nodes on this host, through GNU parallel, and by ssh to hosts that
# are network namespaces here; a training over ranks: equal bytes for every engine, number of parts and of ranks, also when
# tasks, daemons and disks fail. ONLY=ranks or ONLY=ssh: that part alone. Needs root (a network namespace of its own) and
# slurmctld, slurmd, munge and parallel, which it installs where it may; skipped by name elsewhere.
set -u
build=$1
here=$PWD
skip() { echo "test-cluster: skipped: $*"; exit 0; }
[ "$(id -u)" = 0 ] || skip "not root"
for p in slurmctld slurmd sbatch munged parallel ip unshare; do command -v $p > /dev/null || missing=1; done
if [ -n "${missing:-}" ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
        slurmctld slurmd slurm-client munge parallel iproute2 > /dev/null 2>&1 || skip "slurmctld, slurmd, munge or parallel is missing"
fi
# What some of the rows need; they are skipped by name without it.
for p in mpicc mpirun sshd; do command -v $p > /dev/null || missing_some=1; done
[ -z "${missing_some:-}" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
    openmpi-bin libopenmpi-dev openssh-server > /dev/null 2>&1
[ -x "$build/bin/ir-train-mpi" ] || ! command -v mpicc > /dev/null || make -s "B=$build" "$build/bin/ir-train-mpi" > /dev/null
if [ "${IN_NAMESPACE:-}" != 1 ]; then
    unshare --net --mount --uts --pid --fork --mount-proc true 2> /dev/null || skip "no namespaces here"
    IN_NAMESPACE=1 exec unshare --net --mount --uts --pid --fork --mount-proc bash "$0" "$build"
fi

# ---- a cluster in this namespace -----------------------------------------------------------------------------------------

t=$(mktemp -d /tmp/irtools-cluster.XXXXXX)
trap 'rm -rf --one-file-system "$t" 2> /dev/null' EXIT # the daemons end with the namespace
hostname cluster
mount --make-rprivate /
cp /etc/hosts "$t/hosts"
echo "10.77.0.1 cluster" >> "$t/hosts"
mount --bind "$t/hosts" /etc/hosts
ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 10.77.0.1/24 dev v0
ip link set v0 up
ip link set v1 up
mkdir -p "$t/etc" "$t/spool" "$t/log" "$t/munge" "$t/state" "$t/tmp/n1" "$t/tmp/n2" "$t/tmp/n3"
head -c 1024 /dev/urandom > "$t/munge/key"
chown -R munge "$t/munge"
chmod 700 "$t/munge"
chmod 400 "$t/munge/key"
chmod 755 "$t"
mkdir -p /run/munge && mount -t tmpfs none /run/munge && chown munge /run/munge && chmod 755 /run/munge
setpriv --reuid munge --regid munge --clear-groups munged --key-file "$t/munge/key" --pid-file "$t/munge/pid" --log-file "$t/munge/log" \
    --seed-file "$t/munge/seed" --force || skip "munged does not start"
cat > "$t/etc/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=cluster
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
StateSaveLocation=$t/state
SlurmdSpoolDir=$t/spool/%n
TmpFS=$t/tmp/%n
SlurmctldPidFile=$t/ctld.pid
SlurmdPidFile=$t/%n.pid
SlurmctldLogFile=$t/log/ctld
SlurmdLogFile=$t/log/%n
SlurmdTimeout=20
SchedulerParameters=sched_interval=2
NodeName=n1 NodeHostname=cluster NodeAddr=10.77.0.1 Port=17001 CPUs=1 RealMemory=500
NodeName=n2 NodeHostname=cluster NodeAddr=10.77.0.1 Port=17002 CPUs=1 RealMemory=500
NodeName=n3 NodeHostname=cluster NodeAddr=10.77.0.1 Port=17003 CPUs=1 RealMemory=500
PartitionName=all Nodes=n[1-3] Default=YES MaxTime=10 State=UP
CONF
export SLURM_CONF=$t/etc/slurm.conf
slurmctld -f "$SLURM_CONF" || skip "slurmctld does not start: $(tail -2 "$t/log/ctld")"
for n in n1 n2 n3; do slurmd -N $n -f "$SLURM_CONF" || skip "slurmd does not start: $(tail -2 "$t/log/$n")"; done
for _ in $(seq 60); do [ "$(sinfo -h -t idle -o %D 2> /dev/null)" = 3 ] && break; sleep 0.5; done
[ "$(sinfo -h -t idle -o %D)" = 3 ] || skip "the nodes do not come up: $(sinfo -h)"

# ---- the tests -----------------------------------------------------------------------------------------------------------

bad=0
n=0
ok() { n=$((n + 1)); echo "ok $n $*"; }
skipped() { n=$((n + 1)); echo "ok $n # skip $*"; }
no() { n=$((n + 1)); bad=$((bad + 1)); echo "not ok $n $*"; tail -n 15 "$t/say" 2> /dev/null | sed 's/^/# /'; }
check() { name=$1; shift; if "$@"; then ok "$name"; else no "$name"; fi; }
equal() { cmp -s "$1" "$2"; }
export PATH=$here/$build/bin:$PATH POLL=1
bin=$here/$build/bin
mkdir -p "$t/sounds/a" "$t/sounds/b"
for i in $(seq 12); do for c in a b; do
    awk -v p=$((7 + i)) 'BEGIN { for (j = 0; j < 8000; j++) printf "%s", int(j / p) % 2 ? "\\0\\100" : "\\0\\300" }' > "$t/wave"
    { printf 'RIFF\244\76\0\0WAVEfmt \20\0\0\0\1\0\1\0\42\126\0\0\104\254\0\0\2\0\20\0data\200\76\0\0'; printf "$(cat "$t/wave")"; } > "$t/sounds/$c/$i.wav"
done; done
cd "$t" || exit 1
ir-label folder sounds -o list.tsv
parts="sh $here/pipelines/parts.sh"
pipeline="$bin/ir-decode --rate 22050 --channels 1 list.tsv | $bin/ir-mel --preset librosa --bands 32"
sh -c "$pipeline" > whole.irt

part=$here/tests/cluster
[ -z "${ONLY:-}" ] || { . "$part/$ONLY.sh"; echo "test-cluster: $n tests, $bad failed"; exit $bad; }

for p in 3 7; do
    ON=local PARTS=$p $parts local.irt list.tsv "$pipeline" > say 2>&1
    check "local, $p parts: the bytes of one run" equal local.irt whole.irt
    ON=parallel PARTS=$p $parts parallel.irt list.tsv "$pipeline" > say 2>&1
    check "GNU parallel, $p parts" equal parallel.irt whole.irt
    ON=slurm PARTS=$p $parts slurm.irt list.tsv "$pipeline" > say 2>&1
    check "Slurm, $p parts" equal slurm.irt whole.irt
done
check "logs begin with host, job and command" sh -c "head -n 1 log/slurm.000003.log | grep -q '^host cluster, job [0-9]*_3 of Slurm' && sed -n 2p log/slurm.000003.log | grep -q -- '--part 3/7'"

# a pipeline that takes two seconds a part, so that things can be killed in it
slow="$bin/ir-decode --rate 22050 --channels 1 list.tsv | { sleep 2; cat; } | $bin/ir-mel --preset librosa --bands 32"
start() { rm -rf x.irt x.irt.parts; ON=slurm PARTS=6 $parts x.irt list.tsv "$slow" > say 2>&1 & waiter=$!; sleep 3; }
end() { wait $waiter; status=$?; }

start
pkill -9 -n -f 'parts.sh --run x.irt.parts/tasks'
end
check "kill -9 of a task: made again, equal" equal x.irt whole.irt
start
kill -9 "$(pgrep -n slurmstepd)" 2> /dev/null
end
check "kill -9 of a slurmstepd: made again, equal" equal x.irt whole.irt
start
kill -9 "$(cat n2.pid)"
sleep 1
slurmd -N n2 -f "$SLURM_CONF"
end
check "kill -9 of a slurmd that comes back: equal" equal x.irt whole.irt
start
sh "$here/pipelines/parts.sh" --run x.irt.parts/tasks 2 & second=$!
end
wait $second
check "a part that runs twice at once: equal" equal x.irt whole.irt
check "nothing is left of the parts" [ ! -e x.irt.parts ]

# a full disk under the parts of one: fails with the reason, goes on when there is room
for _ in $(seq 60); do [ "$(sinfo -h -t idle -o %D)" = 3 ] && break; sleep 1; done
mkdir small && mount -t tmpfs -o size=200k none small # tasks and logs have room, the parts have not
head -c $((140 * 1024)) /dev/zero > small/filler
ON=slurm PARTS=3 TRIES=2 $parts small/x.irt list.tsv "$pipeline" > say 2>&1
status=$?
check "a full disk: fails, says which part, host and why" sh -c "[ $status -eq 1 ] && grep -q 'part [1-3]: exit 1 on host cluster' say && grep -qi 'no space left' say"
rm small/filler
ON=slurm PARTS=3 $parts small/x.irt list.tsv "$pipeline" > say 2>&1
check "with room the same command goes on to equal bytes" equal small/x.irt whole.irt

# an undecodable clip: the same end through every engine
cp list.tsv good.tsv
mv sounds/b/5.wav good.wav
echo junk > sounds/b/5.wav
bad_pipeline="$bin/ir-decode --rate 22050 --channels 1 --max-bad 3 list.tsv | $bin/ir-mel --max-bad 3 --preset librosa --bands 32"
sh -c "$bad_pipeline" > bad-whole.irt 2> /dev/null
for on in local parallel slurm; do
    ON=$on PARTS=3 $parts bad.irt list.tsv "$bad_pipeline" > say 2>&1
    check "a bad clip that is allowed, $on: equal, also the count" equal bad.irt bad-whole.irt
    ON=$on PARTS=3 TRIES=1 $parts y.irt list.tsv "$pipeline" > say 2>&1
    status=$?
    check "a bad clip that is not allowed, $on: its part fails and names it" sh -c "[ $status -eq 1 ] && grep -q 'b/5.wav' say && [ ! -e y.irt ]"
    rm -rf y.irt.parts
done

# bad input is refused before anything is submitted
refused() { # refused MESSAGE: say holds it, nothing was queued
    [ "$status" -eq 2 ] && grep -q "$1" say && [ "$(squeue -h | wc -l)" -eq 0 ]
}
ON=slurm PARTS=25 $parts z.irt list.tsv "$pipeline" > say 2>&1; status=$?
check "more parts than clips" refused 'PARTS=25, but list.tsv has 24 clips'
ON=pbs $parts z.irt list.tsv "$pipeline" > say 2>&1; status=$?
check "an unknown engine" refused "ON='pbs', wanted local, parallel or slurm"
mkdir bare
for p in sh sed dirname basename mkdir tail printf date uname cut grep ls rm cat; do ln -s "$(command -v $p)" bare/$p; done
PATH=$t/bare ON=slurm PARTS=2 $parts z.irt list.tsv "$pipeline" > say 2>&1; status=$?
check "Slurm is not installed" refused 'ON=slurm: sbatch is not installed (apt-get install slurm-client)'
PATH=$t/bare ON=parallel PARTS=2 $parts z.irt list.tsv "$pipeline" > say 2>&1; status=$?
check "GNU parallel is not installed" refused 'ON=parallel: GNU parallel is not installed (apt-get install parallel)'
mkdir z.irt.parts
echo foreign > z.irt.parts/000001.irt
ON=slurm PARTS=2 $parts z.irt list.tsv "$pipeline" > say 2>&1; status=$?
check "a foreign folder of parts" refused 'z.irt.parts holds parts of another command: remove it'
rm -r z.irt.parts
sed 's/NodeName=n3 NodeHostname=cluster/NodeName=n3 NodeHostname=elsewhere/' "$SLURM_CONF" > etc/other.conf
mount -t tmpfs -o size=10m none /mnt && cp list.tsv /mnt
mkdir fake && printf '#!/bin/sh\nsed -n "s/^NodeName=\\(n.\\) NodeHostname=\\([a-z]*\\).*/NodeName=\\1 NodeHostName=\\2 x/p" %s/etc/other.conf\n' "$t" > fake/scontrol && chmod +x fake/scontrol
PATH=$t/fake:$PATH ON=slurm PARTS=2 $parts /mnt/z.irt list.tsv "$pipeline" > say 2>&1; status=$?
check "a folder that not all nodes see" refused '/mnt is on tmpfs, which node elsewhere may not see'
ON=slurm PARTS=2 $parts z.irt list.tsv "$slow" > say 2>&1 & waiter=$!
sleep 3
kill -INT $waiter
wait $waiter
sleep 2
check "^C cancels what was submitted" [ "$(squeue -h | wc -l)" -eq 0 ]

# a whole experiment, and an archive, through the queue
for i in $(seq 6); do for o in 3 4; do for c in flute oboe; do
    mkdir -p data/$c && cp sounds/a/$((i + 6 * (o - 3))).wav "data/$c/${c}_$(printf %s ABCDEFG | cut -c$i)${o}_1_forte_normal.wav"
done; done; done
experiment() {
    make -C "$here" --no-print-directory -o all "B=$build" "OUT=$t/out" philharmonia-runs "DATA=$t/data" EPOCHS=1 BOOTSTRAP= \
        RUNS='strict:gauss:knn strict:mel+custom:any' AUGMENT='gain db=-6..0' "$@" > say 2>&1
}
experiment && mv out out.local
experiment ON=slurm PARTS=3
check "an experiment through Slurm" [ -s out/philharmonia/strict.mel+custom.any.score.txt ]
for f in out.local/philharmonia/*.irt out.local/philharmonia/*.score.*; do
    equal "$f" "out${f#out.local}" || { echo "$f differs" >> say; different=1; }
done
check "its models, predictions and scores are those of this machine" [ -z "${different:-}" ]
archive() { make -C "$here" --no-print-directory -o all "B=$build" "OUT=$t/$1" recognise "DIR=$t/sounds" "PARTS=$3" "ON=$2" > say 2>&1; }
archive r local 1 && mv r r.local && archive r slurm 5
check "an archive through Slurm: the same predictions, table and failures" sh -c "for f in pred.irt table.tsv failed.tsv; do cmp r/recognise/\$f r.local/recognise/\$f || exit 1; done"
check "what failed is told" sh -c "grep -q 'b/5.wav' r/recognise/failed.tsv && grep -q '1 failed (of 24 files)' say"

mv good.wav sounds/b/5.wav
. "$part/ranks.sh"
. "$part/ssh.sh"

echo "test-cluster: $n tests, $bad failed"
[ $bad -eq 0 ]
