package store

import (
	"errors"
	"strings"
	"syscall"
)

// isDiskFull reports whether an error means that there is no room: on the disk, in the quota, or
// because the file system allows no larger files. bbolt keeps only the text of some errors.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) || isQuota(err) ||
		strings.Contains(err.Error(), syscall.ENOSPC.Error()) || strings.Contains(err.Error(), syscall.EFBIG.Error())
}
