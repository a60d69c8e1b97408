// Writes V8’s code cache FILE.cache of a FILE. Run by the Node.js that it is for, in a process of its own.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

const tag = cachedDataVersionTag()
const [file = ''] = process.argv.slice(2)

// V8 is to compile all functions, not those alone that run when the program is loaded: it compiles none itself then. Which functions have
// run when a bootstrap is over depends on time, and such a cache would be another one at each build.
setFlagsFromString('--no-lazy')
const script = new Script(readFileSync(file, 'latin1'), { filename: file })
// A cache is of the flags at the moment when it is made, and a start has none.
setFlagsFromString('--lazy')
assert.equal(cachedDataVersionTag(), tag)
writeFileSync(`${file}.cache`, script.createCachedData())
