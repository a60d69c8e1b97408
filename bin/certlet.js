#!/usr/bin/env node
// Written for every Node there is, so that one that is too old can say so. What it starts is built by `npm run build`.
'use strict'
var least = [22, 19]
var found = process.versions.node.split('.').map(Number)
if (found[0] < least[0] || (found[0] === least[0] && found[1] < least[1])) {
  process.stderr.write(
    'error: certlet needs Node.js ' + least.join('.') + ' or later, this is ' + process.versions.node + '\n',
  )
  process.exit(2)
} else {
  require('../dist/cli.cjs').start(process)
}
