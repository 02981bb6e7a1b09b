package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInstallSays follows an entry from the first to its removal. What is said fits what the file
// has and gets, and --print changes nothing.
func TestInstallSays(t *testing.T) {
	home := atHome(t)
	hostileFiles(t, home)
	path := filepath.Join(home, ".cursor", "mcp.json")
	for _, tt := range []struct {
		args    string
		want    []string
		changes bool
	}{
		{"--remove", []string{"spectap: " + path + " has no server \"spectap\"\n"}, false},
		{"--print", []string{"spectap: this would be written to " + path + ", which does not exist yet\n"}, false},
		{"", []string{"spectap: the server \"spectap\" was added to " + path + "\n", "next: "}, true},
		{"", []string{"spectap: " + path + " has this entry already\n"}, false},
		{"--print", []string{"spectap: " + path + " has this entry already\n"}, false},
		{"--allow capture --print", []string{"spectap: the server \"spectap\" in " + path + " would become this; members that you added stay\n"}, false},
		{"--name other --print", []string{"spectap: this would be merged into " + path + "\n"}, false},
		{"--allow capture", []string{"spectap: the server \"spectap\" was updated in " + path + "\n", "the earlier content is in " + path + ".spectap-backup", "next: "}, true},
		{"--remove --name other", []string{"spectap: " + path + " has no server \"other\"\n"}, false},
		{"--remove --print", []string{"spectap: the server \"spectap\" would be removed from " + path + "\n"}, false},
		{"--remove", []string{"spectap: the server \"spectap\" was removed from " + path + "\n", "the earlier content is in ", "next: "}, true},
		{"--remove", []string{"spectap: " + path + " has no server \"spectap\"\n"}, false},
	} {
		before, _ := os.ReadFile(path)
		status, _, errs := runInstall(t, append([]string{"mcp", "install", "cursor", "--db", "flows.db"}, strings.Fields(tt.args)...)...)
		at := 0
		for _, want := range tt.want {
			i := strings.Index(errs[at:], want)
			if status != exitFine || i < 0 {
				t.Errorf("%s: %d, %s\nwant %s", tt.args, status, errs, want)
				break
			}
			at += i
		}
		if after, _ := os.ReadFile(path); (string(after) != string(before)) != tt.changes {
			t.Errorf("%s: the file was\n%s\nand is\n%s", tt.args, before, after)
		}
		if !tt.changes && strings.Contains(errs, "next: ") {
			t.Errorf("%s: %s", tt.args, errs)
		}
	}
}

// TestInstallArgumentCount checks how many arguments the commands take. The hint lists the clients.
func TestInstallArgumentCount(t *testing.T) {
	atHome(t)
	for args, want := range map[string]string{
		"mcp install":                   "spectap mcp install takes a client, got 0 arguments\n",
		"mcp install cursor api.yaml":   "spectap mcp install takes a client, got 2 arguments\n",
		"serve install":                 "spectap serve install takes a client and a document, got 0 arguments\n",
		"serve install cursor a.yaml b": "spectap serve install takes a client and a document, got 3 arguments\n",
		"serve install none a.yaml":     "unknown client \"none\"\n",
	} {
		status, out, errs := runInstall(t, strings.Fields(args)...)
		if status != exitMisuse || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: %d, %s%s, want %s", args, status, out, errs, want)
		}
		command, _, _ := strings.Cut(args, " install")
		if try := "try: spectap " + command + " install "; !strings.Contains(errs, try) {
			t.Errorf("%s: %s, want %s", args, errs, try)
		}
	}
}

// TestInstalledProgram writes the path of this program: that of the search path if it is the same
// file, because a link outlives an update.
func TestInstalledProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"same", "other", "none"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	same, other := filepath.Join(dir, "same", "spectap"), filepath.Join(dir, "other", "spectap")
	if err := os.Symlink(exe, same); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{"same": same, "other": exe, "none": exe} {
		t.Setenv("PATH", filepath.Join(dir, folder))
		if got, err := executable(); err != nil || got != want {
			t.Errorf("with %s in the search path: %s, %v, want %s", folder, got, err, want)
		}
	}
}

// TestExecutable prefers a link in the search path that is this program, since it may outlive an
// update, and no other program of the name.
func TestExecutable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("names of programs have an extension")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, add := range map[string]func(path string) error{
		"none":            nil,
		"link":            func(path string) error { return os.Symlink(self, path) },
		"another program": func(path string) error { return os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700) },
	} {
		dir := t.TempDir()
		want, path := self, filepath.Join(dir, "spectap")
		if add != nil {
			if err := add(path); err != nil {
				t.Skip(err)
			}
		}
		if name == "link" {
			want = path
		}
		t.Setenv("PATH", dir)
		if got, err := executable(); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
}
