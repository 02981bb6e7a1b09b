//go:build !unix

package cli

// OpenNonblock is nothing where no FIFO is in the file system.
const OpenNonblock = 0
