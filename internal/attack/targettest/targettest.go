// Package targettest builds the program that tests start and know from outside only.
//
// Read targettest.go, its only file.
package targettest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds the program in a temporary folder. It returns the path, and a function that removes
// the folder. If SPECTAP names a binary, it returns that path and builds nothing.
func Build() (path string, remove func(), err error) {
	if path = os.Getenv("SPECTAP"); path != "" {
		if !filepath.IsAbs(path) { // tests run in the folder of their package
			return "", nil, fmt.Errorf("SPECTAP=%s: must be an absolute path", path)
		}
		return path, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "attack")
	if err != nil {
		return "", nil, fmt.Errorf("build the program: %w", err)
	}
	path = filepath.Join(dir, "spectap")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/spectap/spectap/cmd/spectap")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, func() { os.RemoveAll(dir) }, nil
}
