// Package pin pins the definitions of an MCP server and finds later changes of them.
//
// The first list of each kind is accepted, and each definition in it is pinned by the hash of its
// canonical form (RFC 8785) with all members, known and unknown. A definition that is new in a
// later list, or differs from its pin, is quarantined until a person accepts it. A [Book] holds the
// pins of one gateway, in memory or in a file that several processes may read and change.
//
// [Compare] explains changes to a person, most important first.
//
// By default the list is requested before each call. A policy may trust the notifications of a
// child process with one client; many servers declare listChanged and send nothing. A tool that
// serve makes from a document is pinned with the request that it sends (method, URL, places of
// arguments, credential), without descriptions of answers.
//
// Read book.go first.
package pin
