// Package cli holds the parts that the commands of spectap share: streams, errors with hints, the
// store and the catalog that a command line names, completion and help.
//
// Each family of commands is a package below it, and cmd/spectap joins them. A family imports only
// earlier families in this order: hub, flows, document, auth, gateway, page, capture, serve,
// demo. Read program.go first: it runs a command line.
package cli
