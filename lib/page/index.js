'use strict'
{
    const find = document.getElementById('find'), items = Array.from(document.querySelectorAll('#index li'))
    const text = items.map(li => li.textContent.toLowerCase())
    find.addEventListener('input', () => {
        const words = find.value.toLowerCase().split(/\s+/).filter(w => w)
        let n = 0
        items.forEach((li, i) => {
            li.hidden = !words.every(w => text[i].includes(w))
            n += li.hidden ? 0 : 1
        })
        document.getElementById('found').textContent = words.length ? n + ' of ' + items.length : ''
    })
}
