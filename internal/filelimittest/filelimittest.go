//go:build linux || darwin

// Package filelimittest makes the system refuse to let files grow, which stands for a full disk in
// tests. The limit holds for all that a process writes, also what package testing does, so that
// such a test runs in a process of its own:
//
//	func TestFull(t *testing.T) {
//		if filelimittest.Alone(t) {
//			reset := filelimittest.Set(t, 8)
//			err := write()
//			reset()
//			…
//		}
//	}
package filelimittest

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

const alone = "FILELIMIT_TEST_ALONE" // names the test of a process that Alone started

// Alone runs the test that calls it in a process of its own, with more variables in its
// environment. It returns true there, and false in the process that waits for it. A failure there
// fails t.
func Alone(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(append(os.Environ(), alone+"="+t.Name()), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// Set limits the size of files in bytes: a write beyond it fails with [syscall.EFBIG]. reset
// restores the limit of before. The test is skipped where the system has no such limit.
func Set(t *testing.T, bytes uint64) (reset func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Skip(err)
	}
	small := before
	small.Cur = bytes
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Skip(err)
	}
	return func() {
		t.Helper()
		must.Do(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
	}
}
