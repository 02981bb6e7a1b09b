// Package overrides reads and edits the file of a person's corrections, as docs/overrides.md
// describes it.
//
// [Make] makes a [Change] of what a person asks for. [Edit] writes it into the text of the file,
// whose other bytes, comments and order stay. A [File] does so on disk, against a version, and
// keeps what it takes to undo it. [Compare] shows what a change does to a document. Commands and
// the page share all of it.
//
// The file is beside the store, where it is read wherever a command runs. Undo restores the text
// before a change, from a journal in the state folder: an inverse edit would lose comments.
//
// Read make.go first, then edit.go and file.go.
package overrides
