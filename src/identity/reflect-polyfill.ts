// tsyringe, inside @peculiar/x509, looks for this polyfill while it loads. It stands in a module of its own so that a bundler, which
// runs CommonJS packages where they are imported from, runs it before its importer's other imports.
import 'reflect-metadata'
