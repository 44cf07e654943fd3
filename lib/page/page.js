{
    const $ = id => document.getElementById(id)
    const data = JSON.parse($('data').textContent)
    const bytes = Uint8Array.from(atob(data.p), c => c.charCodeAt(0))
    const p = new Float32Array(bytes.buffer), n = data.classes.length, segments = data.start.length
    const total = Math.max(data.seconds, segments ? data.end[segments - 1] : 0, 0.001)
    // Okabe and Ito's colours, which people with the common kinds of colour blindness tell apart.
    const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#8a7a00', '#7a6fd0']
    const sound = $('sound'), scroll = $('scroll'), image = new Image()
    const chosen = [] // classes in the order in which they came up: neighbours differ in colour, and keep theirs
    const colorOf = c => {
        if (!chosen.includes(c))
            chosen.push(c)
        return colors[chosen.indexOf(c) % colors.length]
    }
    let least = null        // the slider's probability; null: the model's rule
    let rule, events, rows = [], zoom = 1, now = 0, playable = true, shift = 0, span = total

    // ---- words ------------------------------------------------------------------------------------------------------
    const clock = (s, fine) => {
        const t = Math.max(0, fine ? Math.floor(s * 10) / 10 : Math.floor(s)), h = Math.floor(t / 3600), m = Math.floor(t / 60) % 60
        const sec = (fine ? (t % 60).toFixed(1) : String(Math.floor(t % 60))).padStart(fine ? 4 : 2, '0')
        return h ? h + ':' + String(m).padStart(2, '0') + ':' + sec : m + ':' + sec
    }
    const percent = v => Math.round(100 * v) + ' %'

    // ---- what counts as heard ---------------------------------------------------------------------------------------
    const ruleText = () => {
        const r = data.rule, lo = Math.min(...r.on), hi = Math.max(...r.on)
        if (least !== null)
            return 'from ' + percent(least)
        if (r.least !== null)
            return 'from ' + percent(r.least)
        if (r.single)
            return 'the most probable one'
        return lo === hi ? 'from ' + percent(lo) : 'the model’s rule: from ' + percent(lo) + ' to ' + percent(hi) + ' by instrument'
    }
    const modelLeast = () => {
        const r = data.rule
        return r.least !== null ? r.least : r.single ? 0 : r.on.reduce((a, b) => a + b, 0) / (r.on.length || 1)
    }
    const nothing = () => {
        const silent = data.level.every(l => irRule.silent(rule, l))
        return least !== null && !silent ? 'No instrument reaches ' + percent(least) + '.' :
            'Nothing recognised: ' + (silent ? 'silence' : 'unknown sound') + '.'
    }

    const judge = () => {
        rule = irRule.of(data, least)
        events = irRule.events(data, p, rule)
        const heard = irRule.heard(events, n)
        const focus = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.c : undefined
        $('rows').replaceChildren()
        rows = heard.map(h => makeRow(h))
        if (focus !== undefined)
            rows.filter(r => String(r.c) === focus).forEach(r => r.name.focus())
        $('none').hidden = rows.length > 0
        $('none').textContent = rows.length ? '' : nothing()
        $('rule').textContent = ruleText()
        $('least').setAttribute('aria-valuetext', ruleText())
        $('model').hidden = least === null
        const away = n - rows.length
        $('hidden').textContent = (rows.length === 1 ? '1 instrument is' : rows.length + ' instruments are') + ' shown, ' + away +
            ' of the ' + n + ' that the model knows ' + (away === 1 ? 'is' : 'are') + ' not.'
        draw()
        follow()
    }

    const makeRow = h => {
        const li = document.createElement('li'), name = document.createElement('button'), b = document.createElement('b')
        const small = document.createElement('small'), canvas = document.createElement('canvas')
        const share = percent(Math.min(1, h.seconds / total)), mine = events.filter(e => e.c === h.c)
        li.className = 'track'
        li.style.setProperty('--mine', colorOf(h.c))
        name.className = 'name'
        name.type = 'button'
        name.dataset.c = h.c
        b.textContent = data.classes[h.c]
        small.textContent = share + ' of the time'
        name.title = data.classes[h.c] + ': ' + share + ' of the time, ' + percent(h.p) + ' certain'
        name.setAttribute('aria-label', name.title + ', ' + mine.length + (mine.length === 1 ? ' stretch' : ' stretches') +
            '. Enter goes to where it begins next.')
        name.append(b, small)
        name.addEventListener('click', () => {
            const next = mine.find(e => e.start > now + 0.05) || mine[0]
            seek(next.start)
        })
        canvas.setAttribute('aria-hidden', 'true')
        listen(canvas)
        li.append(name, canvas)
        $('rows').append(li)
        return {c: h.c, li: li, name: name, canvas: canvas, events: mine}
    }

    // ---- drawing ----------------------------------------------------------------------------------------------------
    const prepare = canvas => {
        const ratio = window.devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight
        if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
            canvas.width = Math.round(w * ratio)
            canvas.height = Math.round(h * ratio)
        }
        const g = canvas.getContext('2d')
        g.setTransform(ratio, 0, 0, ratio, 0, 0)
        g.clearRect(0, 0, w, h)
        return {g: g, w: w, h: h, x: t => (t - shift) / span * w}
    }
    const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

    const drawRuler = () => {
        $('ruler').style.height = '24px'
        const {g, w, x} = prepare($('ruler')), steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
        const step = steps.find(s => s / span * w >= 64) || 7200
        g.fillStyle = g.strokeStyle = style('--quiet')
        g.font = '12px system-ui, sans-serif'
        for (let i = Math.ceil(shift / step - 1e-9); i * step <= shift + span + 1e-9; i++) {
            const at = x(i * step)
            g.globalAlpha = 0.5
            g.fillRect(Math.round(at), 17, 1, 7)
            g.globalAlpha = 1
            g.textAlign = at < 16 ? 'left' : at > w - 16 ? 'right' : 'center'
            g.fillText(clock(i * step, step < 1), Math.min(Math.max(at, 1), w - 1), 13)
        }
    }

    const drawPicture = () => {
        const {g, w, h} = prepare($('picture'))
        g.fillStyle = '#440154'
        g.fillRect(0, 0, w, h)
        if (!image.naturalWidth)
            return
        g.imageSmoothingEnabled = span / data.shown * image.naturalWidth > w / 4
        const k = image.naturalWidth / data.shown, from = Math.min(shift, data.shown), to = Math.min(shift + span, data.shown)
        if (to > from)
            g.drawImage(image, from * k, 0, (to - from) * k, image.naturalHeight, 0, 0, (to - from) / span * w, h)
        g.font = '11px system-ui, sans-serif'
        g.fillStyle = '#fff'
        g.shadowColor = '#000'
        g.shadowBlur = 3
        data.marks.forEach((hz, i) => {
            const y = h * (1 - data.heights[i])
            if (y < 8 || y > h - 4)
                return
            g.fillRect(0, y, 4, 1)
            g.fillText(hz >= 1000 ? hz / 1000 + ' kHz' : hz + ' Hz', 7, y + 4)
        })
        g.shadowBlur = 0
    }

    const drawRow = row => {
        const {g, w, h, x} = prepare(row.canvas), color = colorOf(row.c), pad = 4, high = h - 2 * pad
        const shape = () => {
            for (let s = 0; s < segments; s++) {
                const a = x(data.start[s]), b = x(data.end[s])
                if (b < 0 || a > w)
                    continue
                const v = p[s * n + row.c] * high
                g.fillRect(a, h - pad - v, Math.max(b - a, 0.5) + 0.3, v)
            }
        }
        g.fillStyle = color
        g.globalAlpha = 0.22
        shape()
        g.save()
        g.beginPath()
        for (const e of row.events)
            g.rect(x(e.start), 0, Math.max(x(e.end) - x(e.start), 1), h)
        g.globalAlpha = 0.1
        g.fill()
        g.clip()
        g.globalAlpha = 0.95
        shape()
        g.restore()
        g.globalAlpha = 1
        for (const e of row.events)
            g.fillRect(x(e.start), h - pad, Math.max(x(e.end) - x(e.start), 1.5), 2)
        if (rule.single || rule.on[row.c] <= 0)
            return
        g.strokeStyle = style('--quiet')
        g.globalAlpha = 0.6
        g.setLineDash([2, 4])
        g.beginPath()
        g.moveTo(0, h - pad - rule.on[row.c] * high)
        g.lineTo(w, h - pad - rule.on[row.c] * high)
        g.stroke()
        g.setLineDash([])
        g.globalAlpha = 1
    }

    const layout = () => {
        $('view').style.width = scroll.clientWidth + 'px'
        const names = scroll.clientWidth - $('picture').clientWidth
        $('wide').style.width = names + $('picture').clientWidth * zoom + 'px'
        span = total / zoom
        shift = Math.min(Math.max(scroll.scrollLeft / ($('picture').clientWidth * zoom) * total, 0), total - span)
    }
    const draw = () => {
        layout()
        drawRuler()
        drawPicture()
        rows.forEach(drawRow)
        place()
    }
    const place = () => {
        const w = $('picture').clientWidth, names = scroll.clientWidth - w, x = (now - shift) / span * w
        $('head').hidden = x < -0.5 || x > w + 0.5
        $('head').style.transform = 'translateX(' + (names + x) + 'px)'
    }
    const zoomTo = (z, t) => {
        const most = Math.max(8, total / 2)
        zoom = Math.min(Math.max(z, 1), most)
        layout()
        scroll.scrollLeft = (t - total / zoom / 2) / total * $('picture').clientWidth * zoom
        draw()
    }

    // ---- time -------------------------------------------------------------------------------------------------------
    const segmentAt = t => {
        let lo = 0, hi = segments
        while (lo < hi) {
            const mid = (lo + hi) >> 1
            if (data.end[mid] > t)
                hi = mid
            else
                lo = mid + 1
        }
        return lo < segments && data.start[lo] <= t ? lo : -1
    }
    const sounding = t => rows.filter(r => r.events.some(e => t >= e.start && t < e.end))
    const follow = () => {
        const at = sounding(now)
        rows.forEach(r => r.li.classList.toggle('sounds', at.includes(r)))
        $('clock').textContent = clock(now, true) + ' / ' + clock(total)
        const slider = $('picture')
        slider.setAttribute('aria-valuemax', total.toFixed(1))
        slider.setAttribute('aria-valuenow', now.toFixed(1))
        slider.setAttribute('aria-valuetext', clock(now, true) + ' of ' + clock(total) +
            (at.length ? ': ' + at.map(r => data.classes[r.c]).join(', ') : ''))
        place()
    }
    const reveal = () => {
        if (now < shift || now > shift + span) {
            scroll.scrollLeft = Math.max(0, now - span * 0.1) / total * $('picture').clientWidth * zoom
            draw()
        }
    }
    const seek = t => {
        now = Math.min(Math.max(t, 0), total)
        if (playable)
            sound.currentTime = now
        reveal()
        follow()
    }
    const toggle = () => {
        if (!playable)
            return
        if (sound.paused) {
            if (now >= total - 0.05)
                seek(0)
            sound.play().catch(() => {})
        } else {
            sound.pause()
        }
    }
    const tick = () => {
        if (sound.paused)
            return
        now = Math.min(sound.currentTime, total)
        reveal()
        follow()
        requestAnimationFrame(tick)
    }
    const shown = playing => {
        $('icon').setAttribute('d', playing ? 'M6 5h4v14H6zM14 5h4v14h-4z' : 'M8 5v14l11-7z')
        $('play').setAttribute('aria-label', playing ? 'Pause' : 'Play')
    }
    sound.addEventListener('play', () => { shown(true); tick() })
    sound.addEventListener('pause', () => shown(false))
    sound.addEventListener('ended', () => shown(false))
    sound.addEventListener('seeked', () => {
        if (sound.paused && Math.abs(sound.currentTime - now) > 0.5) {
            now = Math.min(sound.currentTime, total)
            follow()
        }
    })
    const lost = () => {
        playable = false
        $('play').disabled = true
        $('where').textContent = data.file
        $('lost').hidden = false
    }
    sound.addEventListener('error', lost)
    if (sound.error)
        lost()
    $('file').addEventListener('change', () => {
        if (!$('file').files.length)
            return
        playable = true
        $('play').disabled = false
        $('lost').hidden = true
        sound.src = URL.createObjectURL($('file').files[0])
        sound.currentTime = now
    })

    // ---- pointer and keys -------------------------------------------------------------------------------------------
    const timeAt = (canvas, event) => {
        const box = canvas.getBoundingClientRect()
        return shift + Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * span
    }
    const under = (canvas, event) => {
        const t = timeAt(canvas, event), s = segmentAt(t), row = rows.find(r => r.canvas === canvas)
        let text = clock(t, true)
        if (s >= 0 && row)
            text += '  ' + data.classes[row.c] + ' ' + percent(p[s * n + row.c])
        else if (s >= 0)
            text += '  ' + sounding(t).map(r => data.classes[r.c]).join(', ')
        $('under').textContent = text
    }
    const listen = canvas => {
        canvas.addEventListener('click', e => seek(timeAt(canvas, e)))
        canvas.addEventListener('pointerdown', e => {
            if (e.pointerType === 'mouse' && e.button === 0)
                canvas.setPointerCapture(e.pointerId)
        })
        canvas.addEventListener('pointermove', e => {
            under(canvas, e)
            if (e.pointerType === 'mouse' && e.buttons === 1)
                seek(timeAt(canvas, e))
        })
        canvas.addEventListener('pointerleave', () => { $('under').textContent = '' })
    }
    const step = by => {
        const names = rows.map(r => r.name), at = names.indexOf(document.activeElement)
        if (names.length)
            names[at < 0 ? (by > 0 ? 0 : names.length - 1) : Math.min(Math.max(at + by, 0), names.length - 1)].focus()
    }
    document.addEventListener('keydown', e => {
        const on = e.target, field = /^(INPUT|SELECT)$/.test(on.tagName) && !(on.type === 'range' && /^[ +=0-]$/.test(e.key))
        const button = on.tagName === 'BUTTON' && !on.classList.contains('name')
        if (e.ctrlKey || e.metaKey || e.altKey || field || on.tagName === 'SUMMARY' || on.tagName === 'A')
            return
        const keys = {
            ' ': button ? null : toggle,
            ArrowLeft: () => seek(now - (e.shiftKey ? 1 : 5)),
            ArrowRight: () => seek(now + (e.shiftKey ? 1 : 5)),
            ArrowUp: () => step(-1),
            ArrowDown: () => step(1),
            Home: () => seek(0),
            End: () => seek(total),
            '+': () => zoomTo(zoom * 2, now),
            '=': () => zoomTo(zoom * 2, now),
            '-': () => zoomTo(zoom / 2, now),
            '0': () => zoomTo(1, now),
        }
        if (!keys[e.key])
            return
        e.preventDefault()
        keys[e.key]()
    })
    document.addEventListener('keyup', e => {
        if (e.key === ' ' && e.target.classList && e.target.classList.contains('name'))
            e.preventDefault() // space plays; it does not press the row
    })
    scroll.addEventListener('scroll', () => requestAnimationFrame(draw))
    scroll.addEventListener('wheel', e => {
        if (!e.ctrlKey)
            return
        e.preventDefault()
        zoomTo(zoom * (e.deltaY < 0 ? 1.25 : 0.8), timeAt($('picture'), e))
    }, {passive: false})
    $('play').addEventListener('click', toggle)
    $('speed').addEventListener('change', () => { sound.playbackRate = Number($('speed').value) })
    $('in').addEventListener('click', () => zoomTo(zoom * 2, now))
    $('out').addEventListener('click', () => zoomTo(zoom / 2, now))
    $('fit').addEventListener('click', () => zoomTo(1, now))
    $('least').addEventListener('input', () => {
        least = Number($('least').value) / 100
        judge()
    })
    $('model').addEventListener('click', () => {
        least = null
        $('least').value = Math.round(100 * modelLeast())
        judge()
        $('least').focus()
    })

    // ---- labels to take along ---------------------------------------------------------------------------------------
    const name = data.title.replace(/\.[A-Za-z0-9]{2,4}$/, '').replace(/[^\p{L}\p{N}._ -]+/gu, '_') || 'labels'
    const kinds = [['Audacity', 'audacity', '.txt'], ['CSV', 'csv', '.csv'], ['TSV', 'tsv', '.tsv'], ['SRT', 'srt', '.srt'],
        ['WebVTT', 'vtt', '.vtt'], ['JSON', 'json', '.json']]
    for (const [text, kind, ending] of kinds) {
        const button = document.createElement('button')
        button.type = 'button'
        button.textContent = text
        button.addEventListener('click', () => {
            const link = document.createElement('a')
            link.href = URL.createObjectURL(new Blob([irLabels[kind](data, events)], {type: 'text/plain;charset=utf-8'}))
            link.download = name + ending
            link.click()
            setTimeout(() => URL.revokeObjectURL(link.href), 10000)
        })
        $('labels').append(button)
    }
    window.irPage = {labels: kind => irLabels[kind](data, events)}

    // ---- begin ------------------------------------------------------------------------------------------------------
    $('about').textContent = clock(data.seconds) + ' long, listened to by a model that knows ' + n + ' instruments'
    $('least').value = Math.round(100 * modelLeast())
    for (const id of ['ruler', 'picture'])
        listen($(id))
    judge()
    image.addEventListener('load', draw)
    image.src = picture
    new ResizeObserver(() => draw()).observe(scroll)
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
}
