package sysproxy

import (
	"fmt"
	"os"
	"path/filepath"
)

// lock excludes other processes until unlock is called or this process ends. It returns ErrBusy if
// another process has the lock. The empty lock file stays, because removing it would let two
// processes in.
func (m *Manager) lock() (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(m.File), 0o700); err != nil {
		return nil, fmt.Errorf("lock the saved settings: %w", err)
	}
	f, err := os.OpenFile(m.File+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the saved settings: %w", err)
	}
	ok, err := tryLock(f)
	if err == nil && ok {
		return func() { f.Close() }, nil
	}
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("lock the saved settings: %w", err)
	}
	return nil, ErrBusy
}
