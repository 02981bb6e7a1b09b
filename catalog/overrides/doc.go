// Package overrides reads and edits the file of a person's corrections, as docs/overrides.md
// describes it.
//
// [Make] makes a [Change] from a person's request. [Edit] writes it into the text of the file,
// whose other bytes, comments and order stay. A [File] does so on disk, if its version is the
// expected one, and keeps the data to undo it. [Compare] shows the effect of a change on a
// document. Commands and the page share all of it.
//
// The file is beside the store, where it is read wherever a command runs. Undo restores the text
// before a change, from a journal in the state folder: an inverse edit would lose comments.
//
// Read make.go first, then edit.go and file.go.
package overrides
