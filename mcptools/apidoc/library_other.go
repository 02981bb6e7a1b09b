//go:build !unix

package apidoc

import "os"

// openFlags open a file for reading.
const openFlags = os.O_RDONLY
