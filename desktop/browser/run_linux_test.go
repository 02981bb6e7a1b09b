package browser

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// stub writes a program, which notes its arguments and runs a script. Its folder is PATH, and that
// of temporary files is beside it.
func stub(t *testing.T, dir, name, script string) string {
	t.Helper()
	temp := filepath.Join(dir, "tmp")
	t.Setenv("TMPDIR", temp)
	t.Setenv("PATH", dir)
	t.Setenv("NOTES", filepath.Join(dir, "notes"))
	path := filepath.Join(dir, name)
	text := "#!/bin/sh\necho \"${0##*/} $*\" >>$NOTES\n" + script + "\n"
	must.Do(t, errors.Join(os.MkdirAll(temp, 0o700), os.WriteFile(path, []byte(text), 0o700)))
	return path
}

// notes returns the notes of the programs in a folder, and fails if a profile is left there.
func notes(t *testing.T, dir string) string {
	t.Helper()
	if left, _ := filepath.Glob(filepath.Join(dir, "tmp", profilePrefix+"*")); len(left) > 0 {
		t.Errorf("profiles are left: %v", left)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "notes"))
	return string(text)
}

var stubCA = &x509.Certificate{Raw: []byte("a certificate"), RawSubjectPublicKeyInfo: []byte("a key")}

// TestRunOfPrograms checks the results of a run for browsers that end in different ways, and their
// arguments. Shells stand for the browsers.
func TestRunOfPrograms(t *testing.T) {
	for _, tt := range []struct {
		name, browser, script, certutil string
		want                            string // in the error, "" for none
		noted                           string
	}{
		{"closed", "chromium", "exit 0", "", "", " http://127.0.0.1:1/\n"},
		{"its preferences", "chromium", `/bin/cat "${1#--user-data-dir=}/Default/Preferences" >>$NOTES`, "", "", "\n" + preferences},
		{"failed after much output", "chromium", "printf '%03000d' 7 >&2; exit 3", "", "exit status 3\n" + strings.Repeat("0", maxTail-1) + "7", "chromium "},
		{"failed", "chromium", "echo no display >&2; exit 3", "", "the browser ended: PROGRAM: exit status 3\nno display", "chromium --user-data-dir="},
		{"its child has the output open", "chromium", "(exec 0</dev/null; /bin/sleep 60) & echo child $! >>$NOTES; exit 0", "", "", "child "},
		{"Firefox", "firefox", "exit 0", "/bin/cat >>$NOTES", "", "-t C,,\n-----BEGIN CERTIFICATE-----"},
		{"Firefox with its environment", "firefox", "echo crash $MOZ_CRASHREPORTER_DISABLE >>$NOTES", "exit 0", "", "crash 1\n"},
		{"Firefox with its preferences", "firefox", `/bin/cat "$3/user.js" >>$NOTES`, "exit 0", "", preference("network.proxy.ssl_port", 2)},
		{"Firefox that failed", "firefox", "echo no display >&2; exit 3", "exit 0", "the browser ended: PROGRAM: exit status 3", "firefox --no-remote --profile "},
		{"Firefox that ends before it has the CA", "firefox", "echo no display >&2; exit 3", "", "the browser ended: PROGRAM\nno display", " --headless --marionette "},
		{"Firefox, and a tool that fails", "firefox", "exit 0", "exit 1", "the browser ended: PROGRAM\n", " --headless --marionette "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := stub(t, dir, tt.browser, tt.script)
			if tt.certutil != "" {
				stub(t, dir, "certutil", tt.certutil)
			}
			began := time.Now()
			err := Run(t.Context(), Config{Path: path, Proxy: "127.0.0.1:2", CA: stubCA, URL: "http://127.0.0.1:1/"})
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %v to end", took)
			}
			want := strings.ReplaceAll(tt.want, "PROGRAM", path)
			if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrEnded) || !strings.Contains(err.Error(), want)) {
				t.Errorf("error %v, want %s", err, want)
			}
			got := notes(t, dir)
			if !strings.Contains(got, tt.noted) {
				t.Errorf("the programs noted %s", got)
			}
			if _, child, ok := strings.Cut(got, "\nchild "); ok {
				checkEnded(t, strings.TrimSpace(child))
			}
		})
	}
	dir := t.TempDir()
	stub(t, dir, "chromium", "exit 0")
	if err := Run(t.Context(), Config{Path: filepath.Join(dir, "none"), CA: stubCA}); err == nil || errors.Is(err, ErrEnded) || !strings.Contains(err.Error(), "start "+dir) {
		t.Errorf("without a program: %v", err)
	}
	notes(t, dir)
}

// TestProfileOfSnap puts the profile where a snap can write.
func TestProfileOfSnap(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	want := filepath.Join(home, "snap", "firefox", "common")
	if got := profileParent("/snap/bin/firefox"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if info, err := os.Stat(want); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	must.Do(t, os.WriteFile(filepath.Join(home, "snap", "brave"), nil, 0o600))
	for _, path := range []string{"/snap/bin/brave", "/usr/bin/firefox-esr"} { // the first has no folder
		if got := profileParent(path); got != "" {
			t.Errorf("%s: %q", path, got)
		}
	}
	t.Setenv("HOME", "")
	if got := profileParent("/snap/bin/firefox"); got != "" {
		t.Errorf("without a home: %q", got)
	}
}

// checkEnded waits until a process that was killed has ended.
func checkEnded(t *testing.T, process string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); runtime.Gosched() {
		stat, err := os.ReadFile("/proc/" + process + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") { // its parent may not have waited yet
			return
		}
	}
	t.Errorf("the process %s goes on", process)
}
