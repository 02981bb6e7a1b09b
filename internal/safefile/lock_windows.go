package safefile

import (
	"errors"
	"os"

	win "golang.org/x/sys/windows"
)

// tryLock locks f for this process until f is closed. It returns false if another process has it.
func tryLock(f *os.File) (bool, error) {
	err := win.LockFileEx(win.Handle(f.Fd()), win.LOCKFILE_EXCLUSIVE_LOCK|win.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(win.Overlapped))
	if errors.Is(err, win.ERROR_LOCK_VIOLATION) || errors.Is(err, win.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}
