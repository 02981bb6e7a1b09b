//go:build unix

package mcpconfig

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

var spectap = &Server{Name: "spectap", Command: "/usr/bin/spectap", Args: []string{"mcp"}}

func client(t *testing.T, id string) *Client {
	t.Helper()
	c, ok := Find(id)
	if !ok {
		t.Fatal(id)
	}
	return &c
}

func environment(t *testing.T) *Environment {
	return &Environment{GOOS: "linux", Home: t.TempDir(), Project: t.TempDir(), Getenv: func(string) string { return "" }}
}

// TestApply checks what stands on the disk afterwards: links stay, modes are kept, new files can be
// read by their user alone, and nothing else is left.
func TestApply(t *testing.T) {
	e := environment(t)
	real := filepath.Join(e.Home, "dotfiles", "mcp.json")
	write(t, real, "{}")
	must.Do(t, errors.Join(os.Chmod(real, 0o640), os.Mkdir(filepath.Join(e.Home, ".cursor"), 0o700)))
	path := filepath.Join(e.Home, ".cursor", "mcp.json")
	must.Do(t, os.Symlink("../dotfiles/mcp.json", path))
	ch, err := Add(client(t, "cursor"), e, User, spectap)
	if err != nil || !ch.Exists || ch.Empty() {
		t.Fatalf("%+v, %v", ch, err)
	}
	apply(t, ch)
	if info, err := os.Stat(real); err != nil || info.Mode() != 0o640 || !strings.Contains(read(t, real), "/usr/bin/spectap") {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if info, err := os.Stat(path + backupSuffix); err != nil || info.Mode() != 0o640 {
		t.Errorf("the backup: %v, %v", info, err)
	}
	ch, err = Add(client(t, "zed"), e, User, spectap)
	if err != nil || ch.Exists {
		t.Fatalf("%+v, %v", ch, err)
	}
	if backup, err := ch.Apply(t.Context()); err != nil || backup != "" {
		t.Fatal(backup, err)
	}
	if info, err := os.Stat(ch.Path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestRefusals checks files that are left alone.
func TestRefusals(t *testing.T) {
	e := environment(t)
	path := filepath.Join(e.Project, ".mcp.json")
	secret := filepath.Join(e.Home, "private.json")
	write(t, secret, "{}")
	c := client(t, "claude-code")
	for name, make := range map[string]func() error{
		"is a link out of the project":  func() error { return os.Symlink(secret, path) },
		"is a symbolic link to nothing": func() error { return os.Symlink("nothing", path) },
		"is not a regular file":         func() error { return syscall.Mkfifo(path, 0o600) },
		"has more than 64 MiB":          func() error { return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, maxFile+1)) },
	} {
		must.Do(t, make())
		if _, err := Add(c, e, Project, spectap); err == nil || err.Error() != name {
			t.Errorf("got %v, want %s", err, name)
		}
		must.Do(t, os.Remove(path))
	}
	must.Do(t, os.Symlink(e.Home, filepath.Join(e.Project, ".vscode")))
	ch := must.Get(Add(client(t, "vscode"), e, Project, spectap))
	if _, err := ch.Apply(t.Context()); err == nil {
		t.Error("wrote through a folder that leads out of the project")
	}
	if _, err := os.Stat(filepath.Join(e.Home, "mcp.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestBackupLink checks that a backup does not follow a link, which a repository may contain.
func TestBackupLink(t *testing.T) {
	e := environment(t)
	path := filepath.Join(e.Project, ".mcp.json")
	secret := filepath.Join(e.Home, "private")
	write(t, secret, "mine")
	write(t, path, "{}")
	must.Do(t, os.Symlink(secret, path+backupSuffix))
	ch := must.Get(Add(client(t, "claude-code"), e, Project, spectap))
	apply(t, ch)
	if got := read(t, secret); got != "mine" {
		t.Errorf("overwrote another file: %q", got)
	}
}

func TestChangedMeanwhile(t *testing.T) {
	e := environment(t)
	path := filepath.Join(e.Home, ".claude.json")
	write(t, path, "{}")
	ch := must.Get(Add(client(t, "claude-code"), e, User, spectap))
	write(t, path, `{"numStartups": 2}`)
	if _, err := ch.Apply(t.Context()); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want %v", err, ErrChanged)
	}
	if got := read(t, path); got != `{"numStartups": 2}` {
		t.Errorf("the file has %q", got)
	}
}
