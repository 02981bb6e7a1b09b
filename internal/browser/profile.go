package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spectap/spectap/internal/filelock"
	"github.com/spectap/spectap/internal/fileperm"
)

// profilePrefix begins the names of the folders of profiles.
const profilePrefix = "spectap-browser-"

// Files in a profile, of which browsers know nothing.
const (
	lockFile    = "spectap.lock" // locked as long as this process runs
	processFile = "spectap.pid"  // the number of the browser's process
)

// profile is the folder of a temporary profile.
type profile struct {
	dir  string
	lock *os.File
}

// newProfile makes a profile for a browser. It removes those that killed processes left, because
// they have what people typed and the cookies of their sessions.
func newProfile(path string) (*profile, error) {
	parent := profileParent(path)
	removeAbandoned(parent)
	for {
		dir, err := os.MkdirTemp(parent, profilePrefix)
		if err != nil {
			return nil, fmt.Errorf("create a profile: %w", err)
		}
		lock, err := filelock.Lock(filepath.Join(dir, lockFile))
		if errors.Is(err, filelock.ErrLocked) { // another process looks at it, and removes it
			continue
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("create a profile: %w", err), os.RemoveAll(dir))
		}
		return &profile{dir, lock}, nil
	}
}

// started notes the process of the browser, which may outlive this one.
func (p *profile) started(process int) error {
	return os.WriteFile(filepath.Join(p.dir, processFile), strconv.AppendInt(nil, int64(process), 10), 0o600)
}

// remove removes the profile.
func (p *profile) remove() error {
	p.lock.Close() // Windows removes no open files
	return remove(p.dir)
}

// remove removes a profile, and the folder of the socket that it links to, which a browser leaves
// when a signal ends it.
func remove(dir string) error {
	if socket, err := os.Readlink(filepath.Join(dir, "SingletonSocket")); err == nil && filepath.IsAbs(socket) {
		os.Remove(socket)
		os.Remove(filepath.Join(filepath.Dir(socket), "SingletonCookie"))
		os.Remove(filepath.Dir(socket)) // fails if it has anything else
	}
	deadline := time.Now().Add(removeTime)
	for {
		err := os.RemoveAll(dir)
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("remove the profile %s: %w", dir, err)
		}
		time.Sleep(removeWait)
	}
}

// removeAbandoned removes the profiles in a folder whose process and browser have ended. Those of
// other users stay.
func removeAbandoned(parent string) {
	if parent == "" {
		parent = os.TempDir()
	}
	dirs, _ := filepath.Glob(filepath.Join(parent, profilePrefix+"*"))
	for _, dir := range dirs {
		if isAbandoned(dir) {
			remove(dir) // what is left is tried again the next time
		}
	}
}

func isAbandoned(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !fileperm.IsOwnedByUser(info) || fileperm.IsWritableByOthers(info) {
		return false
	}
	if _, err := os.Lstat(filepath.Join(dir, lockFile)); err != nil {
		return false // it is being made, or is of an older version
	}
	lock, err := filelock.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer lock.Close()
	text, err := os.ReadFile(filepath.Join(dir, processFile))
	if errors.Is(err, os.ErrNotExist) {
		return true // no browser was started
	}
	process, perr := strconv.Atoi(string(text))
	return err == nil && perr == nil && !isRunning(process)
}

// profileParent returns the folder for the profile, "" for that of temporary files.
// A snap has a /tmp of its own, and can write to few folders that others see.
func profileParent(path string) string {
	name := snapName(path)
	home, err := os.UserHomeDir()
	if name == "" || err != nil {
		return ""
	}
	dir := filepath.Join(home, "snap", name, "common")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return dir
}
