// Package cli holds what the commands of spectap share: their streams, errors with what to type
// next, the store and the catalog that a command line names, completion and help.
//
// Each family of commands is a package below it, and cmd/spectap joins them. A family imports only
// those before it: hub, flows, document, gateway, page, capture, serve, demo. Read program.go
// first, which runs a command line.
package cli
