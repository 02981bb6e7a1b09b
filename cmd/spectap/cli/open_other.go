//go:build !unix

package cli

// OpenNonblock is 0 on systems without FIFOs in the file system.
const OpenNonblock = 0
