// Package diskfull recognizes errors of a disk or quota without room.
//
// The package imports no other package of this module. Read diskfull.go first.
package diskfull

import (
	"errors"
	"strings"
	"syscall"
)

// Is reports whether an error means that there is no room: on the disk, in the quota, or because
// the file system allows no larger files. bbolt keeps only the text of some errors.
func Is(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || isQuota(err) ||
		strings.Contains(err.Error(), syscall.ENOSPC.Error()) || strings.Contains(err.Error(), syscall.EFBIG.Error())
}
