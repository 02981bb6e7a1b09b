package browser

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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
	if err := errors.Join(os.MkdirAll(temp, 0o700), os.WriteFile(path, []byte(text), 0o700)); err != nil {
		t.Fatal(err)
	}
	return path
}

// notes returns what the programs of a folder noted, and fails if a profile is left there.
func notes(t *testing.T, dir string) string {
	t.Helper()
	if left, _ := filepath.Glob(filepath.Join(dir, "tmp", profilePrefix+"*")); len(left) > 0 {
		t.Errorf("profiles are left: %v", left)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "notes"))
	return string(text)
}

var stubCA = &x509.Certificate{Raw: []byte("a certificate"), RawSubjectPublicKeyInfo: []byte("a key")}

// TestRunOfPrograms checks what a run returns for browsers that end in different ways, and what it
// gives them. Shells stand for the browsers.
func TestRunOfPrograms(t *testing.T) {
	for _, tt := range []struct {
		name, browser, script, certutil string
		want                            string // in the error, "" for none
		noted                           string
	}{
		{"closed", "chromium", "exit 0", "", "", " http://127.0.0.1:1/\n"},
		{"failed", "chromium", "echo no display >&2; exit 3", "", "the browser ended: PROGRAM: exit status 3\nno display", "chromium --user-data-dir="},
		{"its child has the output open", "chromium", "(exec 0</dev/null; /bin/sleep 60) & exit 0", "", "", "chromium "},
		{"Firefox", "firefox", "exit 0", "/bin/cat >>$NOTES", "", "-t C,,\n-----BEGIN CERTIFICATE-----"},
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
			if got := notes(t, dir); !strings.Contains(got, tt.noted) {
				t.Errorf("the programs noted %s", got)
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

// TestRunIsInterrupted ends a run: the browser is asked to end, and that is no error.
func TestRunIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	path := stub(t, dir, "chromium", "trap 'echo asked to end >>$NOTES; exit 1' INT TERM\necho started >"+started+"\nwhile :; do read x <"+started+"; done")
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, Config{Path: path, Proxy: "127.0.0.1:2", CA: stubCA}) }()
	if _, err := os.ReadFile(started); err != nil { // waits for the browser
		t.Fatal(err)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("error %v, want none", err)
	}
	if got := notes(t, dir); !strings.Contains(got, "asked to end") || !strings.Contains(got, " about:blank\n") {
		t.Errorf("the browser noted %s", got)
	}
}
