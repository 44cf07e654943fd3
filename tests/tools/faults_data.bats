#!/usr/bin/env bats
# What looks right and is not: labels, classes, splits, sizes and versions are read right, or refused with a reason.

setup() {
    PATH=$IR_BUILD/bin:$PATH
    root=$BATS_TEST_DIRNAME/../..
    cd "$BATS_TEST_TMPDIR"
    cp "$root/tests/data/net/single.irt" in.irt
    net=$PWD/cnn.net
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=classes' 'loss ce' > "$net"
}

refused() { # STATUS PATTERN COMMAND…
    local wanted=$1 pattern=$2
    shift 2
    run "$@"
    echo "$output"
    [ "$status" -eq "$wanted" ]
    [[ $output == *"$pattern"* ]]
}

@test "data: a stream of a later version is told by both versions" {
    { printf IRT2; tail -c +5 in.irt; } > later.irt
    refused 1 "version 2 (IRT2), these tools read version 1" ir-cat later.irt
    refused 1 "tensor stream of version 2" ir-decode later.irt -o out.irt
    ir-train -q --epochs 1 "$net" in.irt -o m.irt
    refused 1 "version 2" ir-infer -m m.irt later.irt -o out.irt
    refused 1 "version 2" ir-plot -k spectrogram later.irt -o out.svg
}

@test "data: a record is not made larger than its bytes can fill" {
    refused 1 "--shape" ir-cat --from raw --shape 2147483648 /dev/null -o out.irt
    if grep -q __asan_init "$IR_BUILD/bin/ir-cat"; then skip "the sanitizers need the address space that the test takes away"; fi
    run bash -c 'ulimit -v 400000; ir-cat --from raw --shape 200000000 /dev/null -o out.irt'
    [ "$status" -eq 1 ]
    [[ $output == *"wanted 800000000"* ]]
}

@test "data: labels that are no numbers between 0 and 1 are not written" {
    for value in nan inf -1 1.5 '' x; do
        refused 1 "label" ir-cat --set "labels=a:$value" in.irt -o out.irt
    done
    refused 1 "wanted name:value" ir-cat --set labels=flute in.irt -o out.irt
    ir-cat --set labels= in.irt -o out.irt
}

@test "data: classes that differ only in case are named" {
    class=$(strings -n 3 in.irt | sed -n 's/^classes=//p' | head -n 1 | sed 's/%25/%/g')
    first=${class%% *}
    other=$(printf %s "$first" | tr 'a-z' 'A-Z')
    [ "$first" != "$other" ] || other=$(printf %s "$first" | tr 'A-Z' 'a-z')
    ir-cat --set-header "classes=$class $other" in.irt -o two.irt
    refused 0 "differ only in case" ir-train -q --epochs 1 "$net" two.irt -o m.irt
}

@test "data: a clip that trains and judges is refused" {
    id=$(ir-cat --look in.irt | sed -n 's/.*id=\([^ ]*\).*/\1/p' | head -n 1)
    ir-cat --count 8 --set split=train in.irt -o train.irt
    ir-cat --count 1 --set split=test in.irt -o test.irt
    refused 1 "is in split 'test' too" ir-train -q --epochs 1 "$net" train.irt test.irt -o m.irt
}

@test "data: a training file that is overwritten while it is read gives no model" {
    ir-train -q --threads 1 --epochs 400 --checkpoint ck "$net" in.irt -o m.irt 2> err &
    trainer=$!
    for i in $(seq 200); do [ -e ck ] && break; sleep 0.02; done
    kill -STOP $trainer
    printf x | dd of=in.irt bs=1 seek=3000 conv=notrunc 2> /dev/null
    kill -CONT $trainer
    status=0
    wait $trainer || status=$?
    [ $status -eq 1 ]
    grep -q "in.irt: was changed while it was read" err
    [ ! -e m.irt ]
}

@test "data: long class lists and deep brackets take no time that grows with their square" {
    names=$(seq -s ' ' 70000)
    { printf '#irt-list 1\n#classes=%s\n#labels=closed\nid\tpath\n#end 0\n' "$names"; } > many.list.tsv
    start=$(date +%s)
    timeout 20 ir-label list-file many.list.tsv -o out.tsv > out 2>&1 || status=$?
    [ "${status:-0}" -ne 124 ]
    mkdir -p d/Audio
    head -c 100000 /dev/zero | tr '\0' '[' > deep.yaml
    mkdir -p slakh/Track00001/stems
    cp deep.yaml slakh/Track00001/metadata.yaml
    timeout 20 ir-label slakh slakh -o out.tsv > out 2>&1 || status=$?
    [ "${status:-0}" -ne 124 ]
    [ $(($(date +%s) - start)) -lt 20 ]
}

@test "data: a picture of a stream that is cut behind the clip is refused" {
    head -c 5000 in.irt > cut.irt
    refused 1 "ends" ir-plot -k spectrogram cut.irt -o out.svg
    [ ! -e out.svg ]
}

@test "data: variables that ask for comma decimals or Turkish case change nothing" {
    ir-train -q --no-prog --epochs 2 "$net" in.irt -o m.irt
    perl -e 'exec @ARGV' env -u LC_ALL LANG=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 ir-train -q --no-prog --epochs 2 "$net" in.irt -o de.irt
    cmp m.irt de.irt
    LC_ALL=tr_TR.UTF-8 ir-train -q --no-prog --epochs 2 "$net" in.irt -o tr.irt
    cmp m.irt tr.irt
}
