//go:build !windows

package main

import (
	"os"
	"os/exec"
	"testing"
)

// readOnlyFolder keeps anything in a folder from being written until the test ends: root by a mount, since modes mean
// nothing to it, others by the mode.
func readOnlyFolder(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.Chmod(dir+"/"+f.Name(), 0o400); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { os.Chmod(dir, 0o700) })
		return
	}
	for _, args := range [][]string{{"--bind", dir, dir}, {"-o", "remount,bind,ro", dir}} {
		if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
			t.Skipf("no mount here: %v: %s", err, out)
		}
		if args[0] == "--bind" {
			t.Cleanup(func() { exec.Command("umount", dir).Run() })
		}
	}
}
