package safefile

import (
	"errors"
	"os"
)

// ErrLocked is the error for a file that another process has locked.
var ErrLocked = errors.New("locked by another process")

// Lock creates a file with mode 0600 unless it exists, and locks it until the result is closed or
// the process ends. If another holder has it, in this process or another, the error is [ErrLocked].
// The file stays, because removing it would let two processes in.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := tryLock(f)
	if err == nil && !ok {
		err = ErrLocked
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
