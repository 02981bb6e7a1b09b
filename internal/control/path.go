package control

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spectap/spectap/internal/safefile"
)

// maxSocketPath is the longest path of a socket that all systems accept. With the terminating zero,
// macOS has 104 bytes and Linux 108.
const maxSocketPath = 103

// socketPath returns the path of the socket of the store at path. It is beside the store. If
// that path is too long, or other users can replace files there, it is in a private folder of the
// user, under a hash of the path.
func socketPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	// A store has one socket, even if symbolic links give it several names.
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	beside := abs + ".sock"
	folder, err := os.Stat(filepath.Dir(abs))
	if len(beside) <= maxSocketPath && (err != nil || !safefile.IsReplaceable(folder)) {
		return beside, nil
	}
	sum := sha256.Sum256([]byte(abs))
	name := hex.EncodeToString(sum[:10]) + ".sock"
	p, err := privateSocket(name)
	if err != nil {
		err = fmt.Errorf("find a path for the socket of store %s: %w", path, err)
	}
	return p, err
}

// socketFolder is the environment variable that names the only folder in which a process creates
// sockets and looks for them.
const socketFolder = "SPECTAP_SOCKET_DIR"

// privateFolders returns the folders for sockets of this user, the preferred one first.
func privateFolders() []string {
	if dir := os.Getenv(socketFolder); dir != "" {
		return []string{dir}
	}
	var all []string
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp"} {
		if dir != "" {
			all = append(all, filepath.Join(dir, "spectap-"+strconv.Itoa(os.Getuid())))
		}
	}
	return all
}

// privateSocket returns the path of a socket in a folder that only the user can access.
func privateSocket(name string) (string, error) {
	for _, dir := range privateFolders() {
		if p := filepath.Join(dir, name); len(p) <= maxSocketPath {
			return p, ownFolder(dir)
		}
	}
	return "", fmt.Errorf("all are longer than %d bytes: set %s to a shorter one", maxSocketPath, socketFolder)
}

// ownFolder creates a folder that only the user can access, or checks that an existing one is. In a
// shared folder such as /tmp, another user may have created it first.
func ownFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !isPrivate(info) {
		return fmt.Errorf("folder %s for sockets must belong to this user and have mode 0700", dir)
	}
	return nil
}
