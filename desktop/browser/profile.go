package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spectap/spectap/internal/safefile"
)

// profilePrefix is the prefix of the names of profile folders.
const profilePrefix = "spectap-browser-"

// processFile is the file in a profile with the browser's process ID. Browsers ignore it.
const processFile = "spectap.pid"

// profile is the folder of a temporary profile.
type profile struct{ *safefile.TempDir }

// newProfile makes a profile for a browser. It removes profiles left by killed processes, because
// they hold typed text and session cookies.
func newProfile(path string) (*profile, error) {
	dir, err := safefile.NewTempDir(safefile.TempConfig{
		Parent: profileParent(path), Prefix: profilePrefix, InUse: isInUse, Remove: remove,
	})
	if err != nil {
		return nil, fmt.Errorf("create a profile: %w", err)
	}
	return &profile{dir}, nil
}

// started records the process of the browser, which may outlive this one.
func (p *profile) started(process int) error {
	return os.WriteFile(filepath.Join(p.Path, processFile), strconv.AppendInt(nil, int64(process), 10), 0o600)
}

// remove removes a profile and the folder of the socket that it links to. A browser leaves that
// folder when a signal ends it.
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

// isInUse reports whether the browser of a profile outlived the process that started it.
func isInUse(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, processFile))
	if errors.Is(err, os.ErrNotExist) {
		return false // no browser was started
	}
	process, perr := strconv.Atoi(string(text))
	return err != nil || perr != nil || isRunning(process)
}

// profileParent returns the folder for the profile, or "" for the temporary folder. A snap has its
// own /tmp, and can write to few folders that are visible outside.
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
