#!/usr/bin/env bats
# ir-plot -k page: what the page holds, names that would be scripts, many recordings; in a real Chromium: a click seeks,
# the slider hides rows, the keys, the labels; and one rule of what sounds for ir-infer, ir-cat, the timeline and the page.

setup_file() {
    command -v perl > /dev/null || skip "no perl"
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    m=$BATS_FILE_TMPDIR
    printf '%s\n' 'input audio samples=200' standardize 'conv1d out=8 kernel=31' relu \
        'maxpool1d size=20 stride=10' flatten 'dense out=classes' 'loss ce' > "$m/raw.net"
    ir-train -q --epochs 40 --batch 8 --lr 0.01 "$m/raw.net" tests/data/net/audio.irt -o "$m/raw.irt"
    ir-cat --set-header task=multi --set-header 'thresholds=0.5 0.4 0.6' --set-header 'thresholds.off=0.3 0.4 0.2' \
        --set-header silence=-50 "$m/raw.irt" -o "$m/model.irt"
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    m=$BATS_FILE_TMPDIR/model.irt
    root=$BATS_TEST_DIRNAME/../..
}

# wav FILE [SECONDS]: 8 kHz, a low tone, silence, a high tone, noise, in turns of 0.3 s
wav() {
    perl -e 'my $n = 8000 * $ARGV[0]; srand 1; my $d = pack("v*", map { my $t = int($_ / 2400) % 4; int(16000 * ($t == 0 ?
        sin(2 * 3.14159265 * 200 * $_ / 8000) : $t == 2 ? sin(2 * 3.14159265 * 1900 * $_ / 8000) : $t == 3 ? rand() - 0.5 : 0)) & 0xffff }
        0 .. $n - 1); print pack("A4VA4A4VvvVVvvA4V", "RIFF", 36 + length $d, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
        "data", length $d), $d' "${2:-1.8}" > "$1"
}

browser() { # browser WIDTHxHEIGHT PAGE < SCRIPT
    for c in chromium chromium-browser google-chrome; do
        ! command -v $c > /dev/null || { CHROMIUM=$c; break; }
    done
    [ -n "${CHROMIUM-}" ] || skip "chromium is not installed"
    command -v node > /dev/null || skip "node is not installed"
    run env CHROMIUM="$CHROMIUM" HOME="$BATS_TEST_TMPDIR" node "$root/tests/tools/browser.js" "$@" 2> /dev/null
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output != *error:* || -n ${gone-} ]]
}

@test "a page stands alone: the sound is linked by a relative address, or embedded" {
    mkdir -p sounds pages
    wav "sounds/a b#c.wav"
    ir-infer -m "$m" "sounds/a b#c.wav" -o p.irt
    ir-plot -k page "sounds/a b#c.wav" p.irt -o pages/p.html
    grep -q 'src="../sounds/a%20b%23c.wav"' pages/p.html
    ! grep -E 'https?://|<link|<script src' pages/p.html
    # the predictions name the sound; the same bytes
    ir-plot -k page p.irt -o pages/q.html
    cmp pages/p.html pages/q.html
    ir-plot -k page p.irt > here.html
    grep -q 'src="./sounds/a%20b%23c.wav"' here.html
    ir-plot -k page --embed p.irt -o e.html
    sed -n 's/.*src="data:audio\/wav;base64,\([^"]*\)".*/\1/p' e.html | base64 -d | cmp - "sounds/a b#c.wav"
    # an hour of sound is no larger picture than its page can use
    [ "$(wc -c < pages/p.html)" -lt 100000 ]
}

@test "names that would be scripts are text everywhere" {
    bad='<img src=x onerror=alert(1)>{{data}}'
    wav "$bad.wav"
    wav 'x"onerror="alert(2).wav'
    ir-infer -m "$m" "$bad.wav" 'x"onerror="alert(2).wav' -o p.irt
    ir-cat --set-header 'classes=%3C/script%3E%3Cscript%3Ealert(3)%3C/script%3E b%22c %3C!--' p.irt -o q.irt
    ir-plot -k page --title '</title><script>alert(4)</script>' q.irt -o list.html
    [ "$(ls list | wc -l)" -eq 2 ]
    for f in list.html list/*.html; do
        ! grep -E '<img|onerror="|<script>alert|<!--' "$f" | grep -vE '&lt;|\\u003c'
        [ "$(grep -o '<script' "$f" | wc -l)" -eq "$([ "$f" = list.html ] && echo 1 || echo 2)" ]
    done
    browser 1000x700 list.html <<'JS'
say(document.title)
say(Array.from(document.querySelectorAll('#index a'), a => a.textContent))
JS
    [[ $output == *'</title><script>alert(4)</script>'* && $output == *'<img src=x onerror=alert(1)>{{data}}.wav'* ]]
    for f in list/*.html; do
        browser 1000x700 "$f" <<'JS'
say(document.querySelectorAll('img').length)
say(document.getElementById('sound').duration > 1)
say(document.getElementById('rows').textContent)
JS
        [[ ${lines[0]} == 0 && ${lines[1]} == true && ${lines[2]} == *'</script><script>alert(3)</script>'* ]]
    done
}

@test "ir-infer, ir-cat, the timeline and the page agree on what sounds" {
    wav song.wav
    ir-infer -m "$m" song.wav -o p.irt
    for f in tsv audacity srt vtt; do ir-cat --to $f p.irt > cat.$f; done
    ir-infer -m "$m" -f tsv song.wav | cmp - cat.tsv
    n=$(($(wc -l < cat.tsv) - 1))
    [ "$n" -ge 3 ]
    # hysteresis and silence make a difference here
    ir-cat --to tsv --set-header thresholds.off= --set-header silence= p.irt > plain.tsv
    ! cmp plain.tsv cat.tsv
    # two lines in the picture for each event, at its times
    ir-plot -k timeline p.irt -o t.svg
    [ "$(grep -c 'stroke-width="1.60"' t.svg)" -eq $((2 * n + 2)) ] # and two that explain them
    ir-plot -k page p.irt -o p.html
    for f in tsv audacity srt vtt; do
        browser 1000x700 p.html <<< "say(irPage.labels('$f'))"
        diff <(sed '/^$/d' <<< "$output") <(sed '/^$/d' cat.$f)
    done
    # the slider is --least
    browser 1000x700 p.html <<'JS'
const s = document.getElementById('least'); s.value = 35; s.dispatchEvent(new Event('input')); say(irPage.labels('tsv'))
JS
    diff <(sed '/^$/d' <<< "$output") <(ir-infer -m "$m" --least 0.35 -f tsv song.wav)
    # one class at a time
    ir-infer -m "$BATS_FILE_TMPDIR/raw.irt" song.wav -o s.irt
    ir-plot -k page s.irt -o s.html
    browser 1000x700 s.html <<< "say(irPage.labels('tsv'))"
    diff <(sed '/^$/d' <<< "$output") <(ir-cat --to tsv s.irt | grep -v '	silence	')
}

@test "in Chromium: a click seeks, keys play and move, the slider hides rows, no error" {
    wav song.wav 3
    ir-infer -m "$m" song.wav -o p.irt
    ir-plot -k page song.wav p.irt -o p.html
    browser 1200x800 p.html <<'JS'
const rows = () => document.querySelectorAll('#rows li').length, at = () => document.getElementById('sound').currentTime.toFixed(1)
window.rows = rows; window.at = at
say(rows())
click: #picture 0.5
say(at())
click: #rows canvas 0.9
say(at())
key: Home
say(at())
key: ArrowDown
say(document.activeElement === document.querySelector('#rows .name'))
key: ArrowDown
key: Enter
say(at() > 0)
key: space
await new Promise(y => setTimeout(y, 400)); say(document.getElementById('play').getAttribute('aria-label')); say(!document.getElementById('sound').paused)
key: space
say(document.getElementById('sound').paused)
const s = document.getElementById('least'); s.value = 100; s.dispatchEvent(new Event('input')); say(rows()); say(document.getElementById('none').hidden)
s.value = 0; s.dispatchEvent(new Event('input')); say(rows()); document.getElementById('model').click(); say(rows())
key: +
say(document.getElementById('scroll').scrollWidth > document.getElementById('scroll').clientWidth)
JS
    [ "$(paste -sd' ' <<< "$output")" = "2 1.5 2.7 0.0 true true Pause true true 0 false 3 2 true" ]
    # as wide as a phone, nothing stands out
    browser 390x844 p.html <<< 'say(document.documentElement.scrollWidth <= 390)'
    [ "$output" = true ]
    # a sound that is gone is said, and the rest works
    mkdir away && mv song.wav away
    gone=yes browser 1200x800 p.html <<'JS'
say(document.getElementById('lost').hidden)
click: #picture 0.52
say(document.getElementById('clock').textContent)
JS
    [[ $output == *false*"0:01.5 / 0:03"* ]]
}

@test "many recordings: a page each and an index; what is bad costs itself" {
    mkdir -p a b
    wav a/x.wav && wav b/x.wav && wav b/y.wav
    ir-infer -m "$m" a b -o p.irt
    run ir-plot -k page p.irt
    [ "$status" -eq 2 ]
    [[ $output == *"wanted -o NAME.html"* ]]
    ir-plot -k page p.irt -o all.html
    [ "$(ls all | paste -sd' ')" = "x-2.html x.html y.html" ]
    grep -q 'href="./all/x-2.html"' all.html
    grep -q 'href="../all.html"' all/y.html
    grep -q 'src="../b/y.wav"' all/y.html
    # one of them
    ir-plot -k page b/y.wav p.irt -o y.html
    grep -q 'src="./b/y.wav"' y.html
    rm b/y.wav
    run ir-plot -k page --max-bad 1 p.irt -o two.html
    [ "$status" -eq 0 ]
    [[ $output == *"b/y.wav"* ]]
    [ "$(ls two | wc -l)" -eq 2 ]
    run ir-plot -k page p.irt -o none.html
    [ "$status" -eq 1 ]
    [ ! -e none.html ]
}

@test "what is missing is named" {
    wav song.wav
    run ir-plot -k page song.wav -o p.html
    [ "$status" -eq 2 ]
    [[ $output == *"no predictions among the operands"* ]]
    ir-infer -m "$m" song.wav -o p.irt
    wav other.wav && wav third.wav
    run ir-plot -k page other.wav third.wav p.irt -o p.html
    [ "$status" -eq 1 ]
    [[ $output == *"other.wav: no predictions of it"* ]]
    ir-decode song.wav -o s.irt
    run ir-plot -k page s.irt -o p.html
    [ "$status" -eq 1 ]
    [[ $output == *"domain 'audio' found, 'pred'"* ]]
    [ ! -e p.html ]
}

@test "without --kind: what the first file holds" {
    wav song.wav
    ir-infer -m "$m" song.wav -o p.irt
    ir-decode song.wav | ir-plot | grep -q 'amplitude\|time (s)'
    ir-plot p.irt | cmp - <(ir-plot -k timeline p.irt)
    cat p.irt | ir-plot - | cmp - <(ir-plot -k timeline p.irt)
    printf '# made by hand\nepoch\tlr\tloss\n1\t0.1\t2\n2\t0.1\t1\n' > log
    ir-plot log | cmp - <(ir-plot -k curves log)
    ir-decode --rate 22050 --segment 0.5 song.wav | ir-mel --bands 16 | ir-plot | grep -q 'mel scale'
    ir-plot "$m" | grep -q 'taps'
    run ir-plot song.wav
    [ "$status" -eq 2 ]
    [[ $output == *"no --kind given: song.wav: neither a stream nor a table that is known"* ]]
}
