'use strict'
// What counts as heard: the rule of lib/convert/rule.c and the events of lib/convert/events.c, on the numbers of this page.
const irRule = {
    // The rule as the page has it, or with one probability in place of all thresholds (ir-infer --least).
    of(data, least) {
        const r = data.rule, fixed = least === null ? r.least : least
        if (fixed === null)
            return r
        return Object.assign({}, r, {single: false, least: fixed, on: r.on.map(() => fixed), off: r.on.map(() => fixed)})
    },

    hears(r, p, at, n, c, wasOn) {
        const v = p[at + c]
        for (let k = 0; r.single && k < n; k++)
            if (p[at + k] > v || (p[at + k] >= v && k < c))
                return false
        if (r.least === null && r.unknown !== null && v < r.unknown && !(wasOn && !r.single))
            return false
        return v >= (wasOn ? r.off[c] : r.on[c])
    },

    silent(r, level) {
        return r.silence !== null && level !== null && level < r.silence
    },

    // [{start, end, c, p}] by start, then class; all: of every class, whatever `top` says.
    events(data, p, r) {
        const n = data.classes.length, found = []
        const runs = new Array(n).fill(null)
        const end = c => {
            const x = runs[c]
            if (x)
                found.push({start: x.start, end: x.end, c: c, p: Math.min(x.sum / x.weight, 1)})
            runs[c] = null
        }
        for (let s = 0; s < data.start.length; s++) {
            const start = data.start[s], stop = data.end[s], weight = stop > start ? stop - start : 1e-9
            const silent = irRule.silent(r, data.level[s])
            for (let c = 0; c < n; c++) {
                const x = runs[c]
                const on = x && !silent && start <= x.end + 1e-6 && irRule.hears(r, p, s * n, n, c, true)
                if (!on)
                    end(c)
                if (!on && !silent && irRule.hears(r, p, s * n, n, c, false))
                    runs[c] = {start: start, end: stop, sum: 0, weight: 0}
                if (runs[c]) {
                    runs[c].end = stop
                    runs[c].sum += weight * p[s * n + c]
                    runs[c].weight += weight
                }
            }
        }
        for (let c = 0; c < n; c++)
            end(c)
        found.sort((a, b) => a.start - b.start || a.c - b.c)
        const kept = r.top ? irRule.heard(found, n).slice(0, r.top).map(h => h.c) : null
        return kept ? found.filter(e => kept.includes(e.c)) : found
    },

    // [{c, seconds, p}], most seconds × probability first.
    heard(events, n) {
        const all = Array.from({length: n}, (_, c) => ({c: c, seconds: 0, sum: 0, weight: 0}))
        for (const e of events) {
            const w = e.end - e.start + 1e-9
            all[e.c].seconds += e.end - e.start
            all[e.c].sum += w * e.p
            all[e.c].weight += w
        }
        return all.filter(h => h.weight > 0).map(h => ({c: h.c, seconds: h.seconds, p: h.sum / h.weight}))
            .sort((a, b) => (b.seconds + 1e-9) * b.p - (a.seconds + 1e-9) * a.p || a.c - b.c)
    },
}

// The labels as ir-cat writes them.
const irLabels = {
    shown: text => text.replace(/[\x00-\x1f\x7f]/g, c => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')),
    seconds: s => String(Math.round(s * 1e6) / 1e6),
    probability: p => String(Number(p.toPrecision(6))),
    clock: (s, comma) => {
        const ms = Math.round(s * 1000), two = v => String(v).padStart(2, '0')
        return two(Math.floor(ms / 3600000)) + ':' + two(Math.floor(ms / 60000) % 60) + ':' + two(Math.floor(ms / 1000) % 60) + comma +
            String(ms % 1000).padStart(3, '0')
    },

    audacity: (data, events) => events.map(e =>
        e.start.toFixed(6) + '\t' + e.end.toFixed(6) + '\t' + irLabels.shown(data.classes[e.c]) + '\n').join(''),

    table: (data, events, gap, quote) => ['file', 'start', 'end', 'instrument', 'probability'].join(gap) + '\n' + events.map(e =>
        [quote(data.file), irLabels.seconds(e.start), irLabels.seconds(e.end), quote(data.classes[e.c]), irLabels.probability(e.p)].join(gap) +
        '\n').join(''),
    tsv: (data, events) => irLabels.table(data, events, '\t', irLabels.shown),
    csv: (data, events) => irLabels.table(data, events, ',', t => /[",\r\n]/.test(t) ? '"' + t.replace(/"/g, '""') + '"' : t),

    json: (data, events) => JSON.stringify(events.map(e =>
        ({start: e.start, end: e.end, instrument: data.classes[e.c], probability: Number(e.p.toPrecision(6))})), null, 1) + '\n',

    captions(data, events, comma, numbered) {
        const change = Array.from(new Set(events.flatMap(e => [e.start, e.end]))).sort((a, b) => a - b), lines = []
        for (let i = 1; i < change.length; i++) {
            const from = change[i - 1], to = change[i], at = (from + to) / 2, last = lines[lines.length - 1]
            if (to - from < 0.0005)
                continue
            const text = events.filter(e => at >= e.start && at <= e.end).map(e => irLabels.shown(data.classes[e.c])).join(', ')
            if (last && last.text === text && from - last.to < 0.0005)
                last.to = to
            else
                lines.push({from: from, to: to, text: text})
        }
        return lines.filter(l => l.text).map((l, i) => (numbered ? i + 1 + '\n' : '') + irLabels.clock(l.from, comma) + ' --> ' +
            irLabels.clock(l.to, comma) + '\n' + l.text + '\n\n').join('')
    },
    srt: (data, events) => irLabels.captions(data, events, ',', true),
    vtt: (data, events) => 'WEBVTT\n\n' + irLabels.captions(data, events, '.', false),
}
