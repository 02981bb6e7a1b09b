package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/internal/test/must"
)

// TestTemporaryFolderIsShort checks that Chromium gets a folder for temporary files in which its
// socket has a valid path.
func TestTemporaryFolderIsShort(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such limit")
	}
	t.Setenv("TMPDIR", "/var/tmp")
	if env := environment("/usr/bin/chromium"); env != nil {
		t.Errorf("with a short folder: %q", env)
	}
	t.Setenv("TMPDIR", "/"+strings.Repeat("x", 57)) // 103 bytes with the socket
	if env := environment("/usr/bin/chromium"); env != nil {
		t.Errorf("with a folder that is just short enough: %q", env)
	}
	t.Setenv("TMPDIR", "/"+strings.Repeat("x", 58))
	if env := environment("/usr/bin/chromium"); len(env) == 0 || env[len(env)-1] != "TMPDIR=/tmp" {
		t.Errorf("with a long folder: %q", env)
	}
	if env := environment("/usr/bin/firefox"); len(env) < 2 || env[len(env)-1] != "MOZ_CRASHREPORTER_DISABLE=1" || slices.Contains(env, "TMPDIR=/tmp") {
		t.Errorf("of Firefox: %q", env)
	}
}

// TestAbandonedProfiles removes the profiles that killed processes left, and no others.
func TestAbandonedProfiles(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp) // of Windows
	ended := exec.Command(os.Args[0], "-test.run", "^$")
	must.Do(t, ended.Run())
	stays := map[string]bool{}
	for name, process := range map[string]string{
		"no browser": "", "ended": strconv.Itoa(ended.Process.Pid), "running": strconv.Itoa(os.Getpid()), "junk": "x",
		"locked": strconv.Itoa(ended.Process.Pid), "foreign": "",
	} {
		dir := filepath.Join(temp, profilePrefix+name)
		must.Do(t, os.Mkdir(dir, 0o700))
		stays[name] = name != "no browser" && name != "ended"
		if name == "foreign" {
			continue // without a lock
		}
		lock := must.Get(safefile.Lock(filepath.Join(dir, safefile.TempLockFile)))
		must.Get(lock.WriteString("temporary\n"))
		if name == "locked" {
			defer lock.Close()
		} else {
			lock.Close()
		}
		if process != "" {
			must.Do(t, os.WriteFile(filepath.Join(dir, processFile), []byte(process), 0o600))
		}
	}
	p := must.Get(newProfile("chromium"))
	for name, want := range stays {
		if _, err := os.Stat(filepath.Join(temp, profilePrefix+name)); (err == nil) != want {
			t.Errorf("%s: %v, want it to stay: %t", name, err, want)
		}
	}
	must.Do(t, p.Remove())
}
