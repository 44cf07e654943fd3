#!/usr/bin/env bats
# ir-cat: look, join, choose, shard, compare, convert.

setup() {
    cd "$BATS_TEST_TMPDIR"
    # Two records of 2 x 3 bytes.
    printf '\001\002\003\004\005\006\007\010\011\012\013\014' > bytes
    ir-cat --no-prog --from raw --dtype u8 --shape 2x3 --set split=train --set labels=flute:1 \
        --set-header classes='flute violin' --set-header labels=closed bytes -o a.irt
    ir-cat --no-prog --from raw --dtype u8 --shape 2x3 --set split=test --set labels=violin:0.5 \
        --set-header classes='flute violin' --set-header labels=closed bytes -o b.irt
}

@test "look prints one line a record, and the header" {
    run ir-cat --look a.irt
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "# domain=feature" ]
    [ "${lines[1]}" = "# classes=flute violin" ]
    [ "${lines[3]}" = "$(printf '0\tbytes-0\tx\tu8 2x3\t-\ttrain\tflute:1')" ]
    [ "${#lines[@]}" -eq 5 ]
}

@test "look shows hostile ids escaped" {
    ir-cat --set id="$(printf 'a\033[31m\nb')" a.irt -o c.irt
    run ir-cat --look c.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *'a\x1b[31m\x0ab'* ]]
}

@test "the header gains the command line, unless --no-prog; a copy of a whole file is that file" {
    ir-cat --set x=y a.irt -o c.irt
    run ir-cat --look c.irt
    [[ "$output" == *"# prog.1=ir-cat --set=x=y a.irt"* ]]
    ir-cat --no-prog a.irt | cmp - a.irt
    ir-cat a.irt | cmp - a.irt
}

@test "joining two files, by operand and by cat, gives the same stream" {
    ir-cat --no-prog a.irt b.irt > one.irt
    cat a.irt b.irt | ir-cat --no-prog > two.irt
    cmp one.irt two.irt
    run ir-cat --look one.irt
    [ "$(grep -c '^[0-9]' <<< "$output")" -eq 4 ]
}

@test "streams that differ in classes are not joined" {
    ir-cat --set-header classes='flute oboe' b.irt -o c.irt
    run ir-cat a.irt c.irt -o d.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"classes"*"flute oboe"*"flute violin"* ]]
    [ ! -e d.irt ]
}

@test "choosing by split, class, id, name, skip and count" {
    count() { ir-cat --look "$@" one.irt | grep -c '^[0-9]' || true; }
    ir-cat --no-prog a.irt b.irt > one.irt
    [ "$(count --split test)" -eq 2 ]
    [ "$(count --split test --split train)" -eq 4 ]
    [ "$(count --class violin)" -eq 2 ]
    [ "$(count --class oboe)" -eq 0 ]
    [ "$(count --id 'bytes-1')" -eq 2 ]
    [ "$(count --id '*-[01]')" -eq 4 ]
    [ "$(count --name x)" -eq 4 ]
    [ "$(count --name y)" -eq 0 ]
    [ "$(count --skip 1)" -eq 3 ]
    [ "$(count --skip 1 -n 2)" -eq 2 ]
    [ "$(count -n 0)" -eq 0 ]
}

@test "shards are disjoint and together everything" {
    head -c 3000 /dev/zero > many
    ir-cat --no-prog --from raw --dtype u8 --shape 30 many -o many.irt
    for k in 1 2 3; do ir-cat --shard $k/3 many.irt -o s$k.irt; done
    ids() { ir-cat --look "$@" | grep '^[0-9]' | cut -f 2 | sort; }
    [ "$(ids s1.irt s2.irt s3.irt)" = "$(ids many.irt)" ]
    for k in 1 2 3; do
        n=$(ids s$k.irt | wc -l)
        [ "$n" -gt 15 ] && [ "$n" -lt 55 ]
    done
    run ir-cat --shard 4/3 many.irt
    [ "$status" -eq 2 ]
    run ir-cat --shard 3 many.irt
    [ "$status" -eq 2 ]
    [[ "$output" == *"wanted K/N"* ]]
}

@test "compress and decompress" {
    head -c 100000 /dev/zero > many
    ir-cat --no-prog --from raw --dtype i16 --shape 2x1000 many -o many.irt
    ir-cat --no-prog -z many.irt -o packed.irt
    [ "$(wc -c < packed.irt)" -lt 10000 ]
    ir-cat --no-prog packed.irt | cmp - many.irt
}

@test "compare: equal, within a tolerance, different" {
    printf '\000\000\200\077' > one
    printf '\012\000\200\077' > near
    ir-cat --from raw --shape 1 --set id=n one -o one.irt
    ir-cat --from raw --shape 1 --set id=n near -o near.irt
    run ir-cat --compare one.irt one.irt
    [ "$status" -eq 0 ]
    [ "$output" = "1 records agree, largest difference 0" ]
    run ir-cat --compare one.irt near.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"1 of 1 numbers differ, most at 0: 1 and 1.00000119"* ]]
    run ir-cat --compare --tolerance 1e-5 one.irt near.irt
    [ "$status" -eq 0 ]
    run ir-cat --compare --relative 1e-7 one.irt near.irt
    [ "$status" -eq 1 ]
    run ir-cat --compare a.irt b.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"record 0 (bytes-0, x): split is train and test"* ]]
    run ir-cat --compare --data-only a.irt b.irt
    [ "$status" -eq 0 ]
    ir-cat -n 1 a.irt -o c.irt
    run ir-cat --compare a.irt c.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"1 more records in the first"* ]]
    run ir-cat --compare a.irt
    [ "$status" -eq 2 ]
}

@test "npy there and back, bytes exact" {
    ir-cat --to npy a.irt -o a.npy
    ir-cat --no-prog --from npy --rows a.npy -o back.irt
    run ir-cat --to raw back.irt -o back.raw
    cmp back.raw bytes
    run ir-cat --look back.irt
    [[ "$output" == *"u8 2x3"* ]]
}

@test "npz, csv, ark and text" {
    ir-cat --to npz a.irt -o a.npz
    ir-cat --from npz --no-prog a.npz --to raw -o back.raw
    cmp back.raw bytes
    run ir-cat --to csv a.irt
    [ "${lines[0]}" = "id,name,split,labels,v0,v1,v2,v3,v4,v5" ]
    [ "${lines[2]}" = "bytes-1,x,train,flute:1,7,8,9,10,11,12" ]
    run ir-cat --to ark-text a.irt
    [ "${lines[0]}" = "bytes-0  [" ]
    [ "${lines[1]}" = "  1 4" ]
    [ "${lines[3]}" = "  3 6 ]" ]
    run ir-cat --to text a.irt
    [[ "$output" == *"record 1 u8 2x3"* ]]
    [[ "$output" == *"10 11 12"* ]]
    [ "${lines[-1]}" = "end 2" ]
}

@test "records of different shapes are no single npy" {
    ir-cat --from raw --dtype u8 --shape 12 --set-header classes='flute violin' \
        --set-header labels=closed bytes -o c.irt
    run ir-cat --to npy a.irt c.irt -o x.npy
    [ "$status" -eq 1 ]
    [[ "$output" == *"is u8 12, the first was u8 2x3"* ]]
    [ ! -e x.npy ]
}

@test "about says what a file is" {
    run ir-cat --about a.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"a.irt: features of sound"* ]]
    [[ "$output" == *"2 clips in 2 records; u8 2x3"* ]]
    [[ "$output" == *"flute 2, violin 0"* ]]
}

@test "NaN is refused in and out, and passes when asked for" {
    printf '\000\000\300\177' > nan
    run ir-cat --from raw --shape 1 nan -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"not finite"* ]]
    [ ! -e x.irt ]
    ir-cat --allow-nan --from raw --shape 1 nan -o x.irt
    run ir-cat --to csv x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"NaN or infinite"* ]]
    run ir-cat --to csv --allow-nan x.irt
    [ "$status" -eq 0 ]
}

@test "bad input: cut, empty, missing, folder, not a stream, short raw" {
    head -c 200 a.irt > cut.irt
    run ir-cat cut.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == ir-cat:*cut.irt* ]]
    [ ! -e x.irt ]
    : > empty
    run ir-cat empty
    [ "$status" -eq 1 ]
    [[ "$output" == *"empty input"* ]]
    run ir-cat missing.irt
    [ "$status" -eq 1 ]
    run ir-cat .
    [ "$status" -eq 1 ]
    [[ "$output" == *"directory"* ]]
    run ir-cat --to csv bytes
    [ "$status" -eq 1 ]
    run ir-cat --from raw --dtype u8 --shape 5 bytes -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"ends with 2 bytes, wanted 5 for record 2"* ]]
    run ir-cat --from raw bytes
    [ "$status" -eq 2 ]
    [[ "$output" == *"--shape"* ]]
    run ir-cat --from raw --shape 2y bytes
    [ "$status" -eq 2 ]
    run ir-cat --to nonsense a.irt
    [ "$status" -eq 2 ]
    run ir-cat --set nonsense a.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"KEY=VALUE"* ]]
    run ir-cat --set 'a b=c' a.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *'"a b" cannot be a key'* ]]
    [ ! -e x.irt ]
}

@test "bad files and clips are passed over and counted with --max-bad" {
    ir-cat --to npy a.irt -o a.npy
    echo nonsense > bad.npy
    run ir-cat --from npy a.npy bad.npy a.npy -o x.irt
    [ "$status" -eq 1 ]
    [ ! -e x.irt ]
    run ir-cat --max-bad 1 --from npy a.npy bad.npy a.npy -o x.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"bad.npy: no .npy file"* ]]
    [ "$(ir-cat --look x.irt | grep -c '^[0-9]')" -eq 2 ]
    run ir-cat --max-bad 1 --from npy bad.npy bad.npy -o y.irt
    [ "$status" -eq 1 ]
    run ir-cat --set labels=flute b.irt -o c.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *'label "flute", wanted name:value'* ]]
    [ ! -e c.irt ]
}

@test "a full disk is an error" {
    [ -c /dev/full ] || skip "no /dev/full"
    run sh -c 'ir-cat --to text a.irt > /dev/full'
    [ "$status" -eq 1 ]
    [[ "$output" == *"No space"* ]]
    run sh -c 'ir-cat a.irt > /dev/full'
    [ "$status" -eq 1 ]
}

@test "a reader that goes away ends it" {
    head -c 3000000 /dev/zero > many
    ir-cat --from raw --dtype u8 --shape 30 many -o many.irt
    run timeout 10 sh -c 'ir-cat --to text many.irt | head -n 1'
    [ "$status" -eq 0 ]
    [ "$output" = "header" ]
}

@test "every format of the registry can be asked for, and says something of a stream" {
    printf '\000\000\200\077%.0s' 1 2 | ir-cat --from raw --shape 2 --set path=a.wav --set offset=0 \
        --set length=1 --set-header domain=pred --set-header classes='a b' -o one.irt
    choices=$(ir-cat --help=tsv | awk -F '\t' '$2 == "to" { gsub(/[|]/, " ", $9); print $9 }')
    for f in "$BATS_TEST_DIRNAME"/../../lib/convert/export_*.c; do
        name=$(sed -nE 's/.*\.name = "([a-z-]+)".*/\1/p' "$f")
        [[ " $choices " == *" $name "* ]] || { echo "--to lacks $name"; return 1; }
        ir-cat --to "$name" one.irt -o "out.$name"
        [ -s "out.$name" ] || { echo "$name: empty"; return 1; }
    done
}
