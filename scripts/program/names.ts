/** The script of the parts that a node runs: an object of them by their names. */
export const HOT = 'hot.js'
