// Package pin remembers how an MCP server described what it offers, and finds what changed since.
//
// The first list of each kind is accepted as it is, and each definition in it is pinned: the hash
// of its canonical form (RFC 8785), every member included, unknown ones too. What is new in a later
// list, or differs from its pin, is quarantined until a person accepts it. A [Book] holds the pins
// of one gateway, in memory or in a file that several processes may read and change.
//
// [Compare] tells a person what a change means, most important first.
//
// By default the list is asked for before each call. A policy may trust notifications of a child
// process with one client; many servers declare listChanged and send nothing. What serve makes
// from a document is pinned with the request that it sends (method, URL, places of arguments,
// credential), and without descriptions of answers.
//
// Read book.go first.
package pin
