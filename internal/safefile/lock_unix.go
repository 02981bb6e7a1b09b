//go:build !windows

package safefile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks f for this process until f is closed. It returns false if another process has it.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
