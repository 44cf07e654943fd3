#!/usr/bin/env bats
# ir-mel: presets, refusals with their messages, what the header and the records say, threads.

setup() {
    cd "$BATS_TEST_TMPDIR"
    golden=$BATS_TEST_DIRNAME/../golden
}

# sound RATE SAMPLES [CHANNELS]: a stream with one tone on stdout
sound() {
    perl -e 'my ($r, $n, $c) = @ARGV; binmode STDOUT;
             print pack("f<*", map { my $ch = $_; map { 0.3 * sin(6.2831853 * 440 * ($ch + 1) * $_ / $r) } 0 .. $n - 1 } 0 .. $c - 1)' \
        "$1" "$2" "${3:-1}" > raw.f32
    ir-cat --no-prog --from raw --dtype f32 --shape "${3:-1}x$2" --set-header domain=audio \
        --set id=a.wav --set path=dir/a.wav --set rate="$1" --set axes=channel,time \
        --set labels=flute:1 --set group=g1 --set split=train raw.f32
}
shapes() { ir-cat --look "$@" | grep -v '^#' | cut -f3,4; }
header() { ir-cat --to text "$1" | grep "^$2="; }

@test "a preset gives its shape, its front end and what the record carried" {
    sound 22050 22050 | ir-mel --preset librosa -o m.irt
    [ "$(shapes m.irt)" = "$(printf 'x\tf32 1x128x44')" ] || shapes m.irt
    ir-cat --to text m.irt > t
    grep -q '^domain=feature$' t
    grep -q '^frontend=feature=mel rate=22050 .*bands=128 .*log=none$' t
    grep -q '^prog.1=ir-mel --preset=librosa' t
    for line in id=a.wav path=dir/a.wav labels=flute:1 group=g1 split=train axes=channel,mel,time \
        rate=22050 hop=0.023219954648526078; do
        grep -qF "$line" t || { echo "$line"; cat t; false; }
    done
}

@test "every preset explains itself, and what it writes reads back" {
    for p in librosa librosa-0.8 torchaudio kaldi htk panns musicnn essentia-musicnn vggish; do
        ir-mel --explain "$p" > e
        grep -q '^mel ' e
        front=$(sed -n 's/^frontend  //p' e)
        [ "$(ir-mel --explain librosa --frontend "$front" | sed -n 's/^frontend  //p')" = "$front" ]
    done
    ir-mel --explain kaldi --bands 40 | grep -q 'M = 40 triangles, 20 … 8000 Hz'
    ir-mel --help | grep -q 'essentia-musicnn'
}

@test "the wrong rate is refused, found and wanted named" {
    run ir-mel -o m.irt <(sound 44100 4410)
    [ "$status" -eq 1 ]
    [ "$output" = "ir-mel: clip 1, a.wav (dir/a.wav): rate 44100 Hz, wanted 22050 Hz (ir-decode --rate 22050 resamples)" ]
    [ ! -e m.irt ]
    sound 44100 4410 > in.irt
    run ir-mel --max-bad 1 in.irt -o m.irt
    [ "$status" -eq 0 ]
    [ "$(ir-cat m.irt --to text | grep -c '^domain=feature')" -eq 1 ]
}

@test "settings that contradict each other are wrong usage" {
    for args in "--rate 8000 --fmax 8000:rate 8000 Hz is less than twice fmax 8000 Hz" \
        "--preset foo:unknown word 'foo'" \
        "--win 4096:the window of 4096 samples is longer than n-fft 2048" \
        "--n-fft 262147:n-fft" "--hop 0:hop" "--bands 0:bands" "--window kaiser:unknown word" \
        "--image 10:expected HEIGHTxWIDTH" "--bands 2000..1000:starts above its end" \
        "--feature nothing:unknown word 'nothing'" "--frontend x=1:unknown setting \"x\"" \
        "--preset panns --frontend panns:both say where to start" "--summary mean --image 4x4:exclude each other"; do
        run ir-mel ${args%%:*} < /dev/null
        echo "$args -> $status $output"
        [ "$status" -eq 2 ]
        [[ "$output" == *"${args#*:}"* ]]
    done
}

@test "clips that are too short are named; empty, damaged and foreign input is refused" {
    run ir-mel --preset vggish <(sound 16000 399)
    [ "$status" -eq 1 ]
    [[ "$output" == *"a.wav (dir/a.wav): 399 samples, but one window needs at least 400"* ]]
    run ir-mel --preset torchaudio <(sound 16000 200)
    [[ "$output" == *"200 samples, but this front end's edges need at least 201"* ]]
    run ir-mel < /dev/null
    [ "$status" -eq 1 ]
    sound 22050 3000 > in.irt
    head -c 5000 in.irt > cut.irt
    run ir-mel cut.irt -o m.irt
    [ "$status" -eq 1 ]
    [ ! -e m.irt ]
    ir-mel in.irt -o m.irt
    run ir-mel m.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"found a stream of domain feature, wanted audio"* ]]
}

@test "silence and one sample give finite numbers" {
    ir-mel --log db --rate 22050 -o m.irt <(sound 22050 1)
    [ "$(shapes m.irt)" = "$(printf 'x\tf32 1x128x1')" ]
    head -c 40000 /dev/zero > raw.f32
    ir-cat --from raw --dtype f32 --shape 1x10000 --set-header domain=audio --set id=s --set rate=22050 raw.f32 > s.irt
    for o in "--log db" "--log db --ref max" "--image 8x8" "--mfcc --deltas 2" "--feature chroma" "--log pcen"; do
        ir-mel $o s.irt -o m.irt
        ir-cat m.irt -o /dev/null
    done
}

@test "any number of threads gives the same bytes" {
    sound 22050 200000 2 > in.irt
    for o in "--log db --bands 96" "--mfcc --deltas 2" "--feature cqt --hop 2048"; do
        ir-mel --no-prog -j 1 $o in.irt > one
        ir-mel --no-prog -j 3 $o in.irt > three
        cmp one three
    done
}

@test "channels stay apart; an image wants one" {
    sound 22050 22050 2 > in.irt
    ir-mel in.irt -o m.irt
    [ "$(shapes m.irt)" = "$(printf 'x\tf32 2x128x44')" ]
    run ir-mel --image 10x10 in.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"an image wants 1 channel, found 2"* ]]
}

@test "experiments: picture, cepstral summary, three and nine spectrograms" {
    sound 22050 22050 > in.irt
    ir-mel --bands 96 --image 150x150 --colormap jet in.irt -o m.irt
    [ "$(shapes m.irt)" = "$(printf 'x\tf32 3x150x150')" ]
    header m.irt frontend | grep -q 'log=db mult=1 offset=0 amin=1e-10 ref=max top-db=80 image=150x150 colormap=jet'
    ir-mel --mfcc --deltas 2 --delta-form librosa-0.4 --summary gaussian in.irt -o m.irt
    [ "$(shapes m.irt)" = "$(printf 'x\tf32 3660')" ]
    sound 22050 66150 > in.irt
    three="--feature stft --spectrum magnitude --log db --ref max --hop 1/4"
    ir-mel $three --bands low=0..1000:1024,mid=1000..4000:512,high=4000..11025:256 in.irt -o m.irt
    [ "$(shapes m.irt | tr '\n\t' '  ')" = "low f32 1x47x259 mid f32 1x69x517 high f32 1x81x1034 " ]
    ir-mel $three --n-fft 256,512,1024 --bands 0..1000,1000..4000,4000..11025 in.irt -o m.irt
    [ "$(shapes m.irt | cut -f1 | tr '\n' ' ')" = "b1_256 b1_512 b1_1024 b2_256 b2_512 b2_1024 b3_256 b3_512 b3_1024 " ]
}

@test "a full disk is an error and leaves no file" {
    [ -e /dev/full ] || skip "no /dev/full"
    sound 22050 22050 > in.irt
    run bash -c 'ir-mel in.irt > /dev/full'
    [ "$status" -eq 1 ]
}

@test "--patch cuts a clip into clips" {
    sound 16000 48000 > in.irt
    ir-mel --preset vggish --patch 96 in.irt -o m.irt
    [ "$(ir-cat --look m.irt | grep -v '^#' | cut -f2,4 | tr '\n\t' '  ')" = \
        "a.wav#0 f32 1x64x96 a.wav#1 f32 1x64x96 a.wav#2 f32 1x64x96 " ]
    ir-cat --to text m.irt | grep -q '^offset=1.92$'
    ir-mel --preset vggish --patch 96 --patch-hop 48 in.irt -o m.irt
    [ "$(ir-cat --look m.irt | grep -vc '^#')" -eq 5 ]
    run ir-mel --preset vggish --patch 300 in.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"a.wav (dir/a.wav): 298 frames, but a piece has 300"* ]]
    run ir-mel --patch 9 --image 8x8 in.irt
    [ "$status" -eq 2 ]
}

@test "each clip is passed on when the next one has come" {
    mkfifo pipe
    sound 22050 22050 > in.irt
    # The input stays open: the first clip must come out once the second has begun.
    { cat in.irt; head -c $(($(stat -c %s in.irt) - 64)) in.irt; sleep 3; } > pipe &
    ir-mel --no-prog pipe > out.irt 2>/dev/null &
    for i in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(stat -c %s out.irt)" -gt 20000 ] && break
        sleep 0.2
    done
    [ "$(stat -c %s out.irt)" -gt 20000 ]
    kill %1 2>/dev/null || true
    wait || true
}
