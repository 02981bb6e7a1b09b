//go:build !unix

package main

// openNonblock is nothing where no FIFO is in the file system.
const openNonblock = 0
