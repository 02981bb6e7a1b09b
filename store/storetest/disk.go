package storetest

import (
	"os/exec"
	"testing"
)

// SmallDisk returns a folder on a file system of its own with a size such as "4m". The file system
// is removed when the test ends. It needs Linux and root; otherwise SmallDisk skips the test.
func SmallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no mount here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}
