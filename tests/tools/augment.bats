#!/usr/bin/env bats
# ir-augment: chains, seeds, epochs, mixtures, refusals.

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# clip ID HZ SPLIT LABELS [RATE]: one tone of 4000 samples as a stream on stdout
clip() {
    perl -e 'my ($hz, $r) = @ARGV; binmode STDOUT;
             print pack("f<*", map { 0.3 * sin(6.2831853 * $hz * $_ / $r) } 0 .. 3999)' "$2" "${5:-8000}" > raw.f32
    ir-cat --no-prog --from raw --dtype f32 --shape 1x4000 --set-header domain=audio \
        --set-header classes='drum flute violin' --set-header labels=closed \
        --set id="$1" --set rate="${5:-8000}" --set axes=channel,time --set labels="$4" --set split="$3" raw.f32
}
four() {
    clip a 300 train flute:1
    clip b 500 train violin:1
    clip c 700 train drum:1
    clip d 900 test flute:1
}
# bytes of one clip of a stream
only() { ir-cat --no-prog --id "$2" "$1" -o - | ir-cat --to text - | grep -v '^prog'; }
values() { ir-cat --to text "$1" | grep "^$2=" | cut -d= -f2-; }

@test "the result does not depend on order, shards, threads or other clips" {
    four > in.irt
    chain=(-a "noise snr=10..30 p=0.5" -a "gain db=-6..6" -a "shift s=-0.1..0.1" -a "pitch p=0.5" -a "mix k=1..3")
    ir-augment --no-prog -j 1 "${chain[@]}" in.irt > one
    ir-augment --no-prog -j 3 "${chain[@]}" in.irt > three
    cmp one three
    { clip d 900 test flute:1; clip c 700 train drum:1; clip b 500 train violin:1; clip a 300 train flute:1; } > back.irt
    ir-augment --no-prog "${chain[@]}" back.irt > four.irt
    for id in a b c d; do
        ir-cat --no-prog --id $id one > x.irt
        ir-cat --no-prog --id $id four.irt > y.irt
        ir-cat --compare x.irt y.irt
    done
    ir-augment --no-prog -a noise <(clip b 500 train violin:1) > b.irt
    ir-augment --no-prog -a noise in.irt | ir-cat --no-prog --id b - > c.irt
    ir-cat --compare b.irt c.irt
}

@test "another seed or epoch gives another result, the same gives the same bytes" {
    four > in.irt
    ir-augment --no-prog -a noise in.irt > one
    ir-augment --no-prog -a noise in.irt > two
    cmp one two
    ! cmp -s one <(ir-augment --no-prog -a noise --seed 1 in.irt)
    ! cmp -s one <(ir-augment --no-prog -a noise --epoch 2 in.irt)
}

@test "--epochs streams passes that differ; --split leaves the others alone, once" {
    four > in.irt
    ir-augment --no-prog --epochs 3 --split train -a "noise snr=10" in.irt -o out.irt
    [ "$(ir-cat --look out.irt | grep -v '^#' | cut -f2 | tr '\n' ' ')" = "a b c d a b c a b c " ]
    [ "$(values out.irt epoch | tr '\n' ' ')" = "1 1 1 2 2 2 3 3 3 " ]
    ir-cat --no-prog --split test in.irt > x.irt
    ir-cat --no-prog --split test out.irt > y.irt
    ir-cat --compare x.irt y.irt
    # Epoch 2 alone is the second of three.
    ir-augment --no-prog --epoch 2 --split train -a "noise snr=10" in.irt | ir-cat --no-prog --id a - > x.irt
    ir-cat --no-prog --id a --skip 1 -n 1 out.irt > y.irt
    ir-cat --compare x.irt y.irt
    # From a pipe too.
    cat in.irt | ir-augment --no-prog --epochs 3 --split train -a "noise snr=10" | cmp - out.irt
}

@test "--generate makes mixtures with joined labels, silence with none, of one split only" {
    four > in.irt
    ir-augment --no-prog --generate 60 --split train -a 'mix k=1..3 delay=0..1000' -a 'gain factor=0.8..1.2' \
        -a 'limit peak=0.9' -a 'silence p=0.2' in.irt -o out.irt
    [ "$(ir-cat --look out.irt | grep -vc '^#')" -eq 60 ]
    [ "$(values out.irt id | sort -u | wc -l)" -eq 60 ]
    values out.irt mixed | tr ' ' '\n' | sort -u | tr '\n' ' ' > from
    [ "$(cat from)" = "a b c " ]
    values out.irt labels | sort | uniq -c > labels
    grep -q 'flute:1 violin:1$' labels || grep -q 'violin:1 flute:1$' labels
    silent=$(awk 'NF == 1 { print $1 }' labels)
    [ "$silent" -ge 3 ] && [ "$silent" -le 25 ]
    ir-augment --no-prog --generate 60 --split train -j 1 -a 'mix k=1..3 delay=0..1000' -a 'gain factor=0.8..1.2' \
        -a 'limit peak=0.9' -a 'silence p=0.2' in.irt | cmp - out.irt
}

@test "features are masked, and mixed with their labels" {
    four | ir-mel --rate 8000 --n-fft 256 --hop 80 --bands 20 --fmax 4000 --log db > in.irt
    ir-augment -a 'mask freq=3 time=5' -a 'mixup alpha=1' --split train in.irt -o out.irt
    [ "$(ir-cat --look out.irt | grep -v '^#' | cut -f4 | sort -u)" = "f32 1x20x51" ]
    values out.irt labels | grep -q '[a-z]*:0\.'
    [ "$(values out.irt frontend)" = "$(values in.irt frontend)" ]
    run ir-augment -a noise in.irt
    [ "$status" -eq 1 ]
    [ "$output" = "ir-augment: noise works on audio, found a stream of domain feature" ]
    run ir-augment --generate 3 -a 'mixup' in.irt
    [ "$status" -eq 1 ]
}

@test "--list names every augmentation, with keys and an example that runs" {
    four > in.irt
    ir-augment --list > list
    [ "$(grep -c '^  example' list)" -ge 17 ]
    grep -q '  snr        signal power above noise power, dB (default 10..30)' list
    sed -n "s/^  example    ir-augment -a '\(.*\)'$/\1/p" list | while read -r text; do
        [ "${text%% *}" = mask ] || ir-augment -a "$text" in.irt > /dev/null || exit 1
    done
}

@test "wrong chains are wrong usage" {
    for args in "nois:unknown word 'nois'" "noise snr=1..a:noise: snr" "noise snr=30..10:starts above its end" \
        "noise volume=1:unknown key 'volume', known are snr, p" "noise p=2:p" "shift fill=left:fill: unknown word 'left', known are zero, wrap" \
        "room file=missing.irt:missing.irt"; do
        run ir-augment -a "${args%%:*}" < /dev/null
        echo "$args -> $status $output"
        [ "$status" -eq 2 ]
        [[ "$output" == *"${args#*:}"* ]]
    done
}

@test "partners that do not fit are named" {
    { clip a 300 train flute:1; clip b 500 train violin:1 16000; } > in.irt
    run ir-augment -a 'mix k=64' in.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"mix: clip "*" has a rate of "*" Hz, this one "*" Hz"* ]]
    clip a 300 train flute:1 > one.irt
    run ir-augment -a 'room file=one.irt' in.irt
    [[ "$output" == *"impulse response a has a rate of 8000 Hz, wanted 16000 Hz"* ]]
    head -c 3000 one.irt > cut.irt
    run ir-augment -a noise cut.irt -o out.irt
    [ "$status" -eq 1 ]
    [ ! -e out.irt ]
    run ir-augment --split nothing --generate 3 one.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no clip to start from in split nothing"* ]]
}
