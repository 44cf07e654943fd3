// browser.js WIDTHxHEIGHT PAGE [SHOT.png] < SCRIPT - open a file in a headless Chromium and run the script there; every
// value that it yields (an async function body) is printed as one line. What the console says of errors, and any request
// to the network, is printed as a line "error: …". Speaks the DevTools protocol over a pipe: no package is needed.
'use strict'
const {spawn} = require('child_process'), fs = require('fs'), path = require('path')
const [size, page, shot] = process.argv.slice(2), [width, height] = size.split('x').map(Number)
const folder = fs.mkdtempSync(path.join(process.env.HOME, 'browser-'))
const chrome = spawn(process.env.CHROMIUM || 'chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
    '--no-first-run', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required', '--mute-audio', '--user-data-dir=' + folder,
    '--remote-debugging-pipe', 'about:blank'], {detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']})
const waiting = new Map(), seen = []
let last = 0, rest = '', session

const done = status => {
    try { // with all its processes: they write into the folder
        process.kill(-chrome.pid, 'SIGKILL')
    } catch (e) { /* gone already */ }
    chrome.on('exit', () => {
        try {
            fs.rmSync(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 200})
        } catch (e) { /* bats removes it, with the rest of the test's folder */ }
        process.exit(status)
    })
}
setTimeout(() => { console.log('error: no answer of the browser'); done(1) }, 60000)
const send = (method, params) => new Promise((yes, no) => {
    waiting.set(++last, {yes, no})
    chrome.stdio[3].write(JSON.stringify({id: last, method, params, sessionId: session}) + '\0')
})
const event = m => {
    const p = m.params
    if (m.method === 'Runtime.exceptionThrown')
        seen.push('error: ' + (p.exceptionDetails.exception || {}).description)
    else if (m.method === 'Runtime.consoleAPICalled' && p.type === 'error')
        seen.push('error: ' + p.args.map(a => a.value || a.description).join(' '))
    else if (m.method === 'Log.entryAdded' && p.entry.level === 'error')
        seen.push('error: ' + p.entry.text + ' ' + (p.entry.url || ''))
    else if (m.method === 'Network.requestWillBeSent' && !/^(file|data|blob|about):/.test(p.request.url))
        seen.push('error: asks the network for ' + p.request.url)
    else if (m.method === 'Page.javascriptDialogOpening')
        seen.push('error: a dialog: ' + p.message)
}
chrome.stdio[4].on('data', bytes => {
    rest += bytes
    for (let at; (at = rest.indexOf('\0')) >= 0; rest = rest.slice(at + 1)) {
        const m = JSON.parse(rest.slice(0, at)), w = waiting.get(m.id)
        if (w && m.error)
            w.no(new Error(JSON.stringify(m.error)))
        else if (w)
            w.yes(m.result)
        else if (m.method)
            event(m)
    }
})
const run = async () => {
    const {targetId} = await send('Target.createTarget', {url: 'about:blank'})
    session = (await send('Target.attachToTarget', {targetId, flatten: true})).sessionId
    for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
        await send(domain + '.enable')
    const phone = width < 600
    await send('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: phone ? 2 : 1, mobile: phone})
    if (process.env.DARK)
        await send('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value: 'dark'}]})
    await send('Page.navigate', {url: 'file://' + path.resolve(page)})
    const ready = 'new Promise(y => document.readyState === "complete" ? setTimeout(y, 300) : addEventListener("load", () => setTimeout(y, 300)))'
    await send('Runtime.evaluate', {expression: ready, awaitPromise: true})
    const body = fs.readFileSync(0, 'utf8')
    const key = (k, shift) => Promise.all(['keyDown', 'keyUp'].map(type =>
        send('Input.dispatchKeyEvent', {type, key: k, text: type === 'keyDown' ? k === 'Enter' ? '\r' : k.length === 1 ? k : undefined : undefined, modifiers: shift ? 8 : 0})))
    // Keys and clicks as a user makes them: lines "key: NAME" and "click: SELECTOR SHARE" between pieces of script.
    for (const piece of body.split(/^(?=(?:key|click|then):)/m)) {
        const m = /^(key|click|then): *(.*)\n?/.exec(piece), code = m ? piece.slice(m[0].length) : piece
        if (m && m[1] === 'key') {
            await key(m[2] === 'space' ? ' ' : m[2])
        } else if (m && m[1] === 'click') {
            const [, selector, share] = /^(.*) ([0-9.]+)$/.exec(m[2])
            const at = await send('Runtime.evaluate', {returnByValue: true, expression: '(e => { e.scrollIntoView({block: "center"}); ' +
                'const r = e.getBoundingClientRect(); return [r.left + ' + share + ' * r.width, r.top + r.height / 2] })(document.querySelector(' +
                JSON.stringify(selector) + '))'})
            const [x, y] = at.result.value
            for (const type of ['mousePressed', 'mouseReleased'])
                await send('Input.dispatchMouseEvent', {type, x, y, button: 'left', buttons: 1, clickCount: 1})
        }
        await new Promise(y => setTimeout(y, 150))
        const got = await send('Runtime.evaluate', {awaitPromise: true, returnByValue: true,
            expression: '(async () => { const out = []; const say = v => out.push(typeof v === "string" ? v : JSON.stringify(v));\n' + code +
                '\nreturn out })()'})
        if (got.exceptionDetails)
            seen.push('error: ' + (got.exceptionDetails.exception || {}).description)
        else
            got.result.value.forEach(line => console.log(line))
    }
    if (shot) {
        const box = await send('Runtime.evaluate', {returnByValue: true, expression: 'document.documentElement.scrollHeight'})
        const clip = {x: 0, y: 0, width, height: Math.min(Math.max(box.result.value, 200), 4000), scale: 1}
        await send('Emulation.setDeviceMetricsOverride', {width, height: clip.height, deviceScaleFactor: phone ? 2 : 1, mobile: phone})
        await new Promise(y => setTimeout(y, 300))
        fs.writeFileSync(shot, Buffer.from((await send('Page.captureScreenshot', {format: 'png', clip})).data, 'base64'))
    }
    seen.forEach(line => console.log(line))
    done(0)
}
run().catch(e => { console.log('error: ' + e.stack); done(1) })
