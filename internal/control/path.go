package control

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// maxSocketPath is the longest path of a socket that every system takes: macOS has 104 bytes with the zero at the
// end, Linux 108.
const maxSocketPath = 103

// socketPath returns where the socket of the store at path is: beside it, or if that is too long in a folder of the
// user's own, under a name made from the path.
func socketPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	// Two names of one file are one store.
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	beside := abs + ".sock"
	if len(beside) <= maxSocketPath {
		return beside, nil
	}
	sum := sha256.Sum256([]byte(abs))
	name := hex.EncodeToString(sum[:10]) + ".sock"
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir(), "/tmp"} {
		if dir == "" {
			continue
		}
		dir = filepath.Join(dir, "spectap-"+strconv.Itoa(os.Getuid()))
		if p := filepath.Join(dir, name); len(p) <= maxSocketPath {
			return p, ownFolder(dir)
		}
	}
	return "", fmt.Errorf("no place for a socket of store %s: every path is longer than %d bytes", path, maxSocketPath)
}

// ownFolder makes a folder that nobody else can write to, or makes sure that it is one: in a folder for all, such as
// /tmp, another user may have made it first.
func ownFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ownedByUs(info) {
		return fmt.Errorf("folder %s for sockets is not ours alone", dir)
	}
	return nil
}
