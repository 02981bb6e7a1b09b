// Package mapping controls the memory of mapped files.
//
// The pages of a mapped file that were read count as memory of the process, although they are those
// of the system's cache. [Release] gives them up.
//
// The package imports no other package of this module. Read release_linux.go first.
package mapping
