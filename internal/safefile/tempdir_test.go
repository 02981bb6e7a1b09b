package safefile

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestMain makes a folder and waits if it runs as the process that is killed.
func TestMain(m *testing.M) {
	if parent := os.Getenv("TEMPDIR_OF_CHILD"); parent != "" {
		dir, err := NewTempDir(TempConfig{Parent: parent, Prefix: "t-"})
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString(dir.Path + "\n")
		os.Stdin.Read(make([]byte, 1)) // until it is killed: the runtime ends a program that waits for nothing
		dir.Remove()
	}
	os.Exit(m.Run())
}

// TestKilled checks that the folder of a process stays while the process runs, and is removed by the
// next one after it was killed.
func TestKilled(t *testing.T) {
	parent := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEMPDIR_OF_CHILD="+parent)
	out := must.Get(cmd.StdoutPipe())
	must.Get(cmd.StdinPipe())
	must.Do(t, cmd.Start())
	line := must.Get(bufio.NewReader(out).ReadString('\n'))
	left := strings.TrimSpace(line)
	remove(t, parent)
	if _, err := os.Stat(left); err != nil {
		t.Errorf("the folder of a running process: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	must.Do(t, os.WriteFile(filepath.Join(left, "flows.db"), []byte("secret"), 0o600))
	remove(t, parent)
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the folder of a killed process: %v", err)
	}
}

// remove makes a folder and removes it.
func remove(t *testing.T, parent string) {
	t.Helper()
	dir := must.Get(NewTempDir(TempConfig{Parent: parent, Prefix: "t-"}))
	must.Do(t, dir.Remove())
	if _, err := os.Stat(dir.Path); !os.IsNotExist(err) {
		t.Errorf("a removed folder: %v", err)
	}
}

// TestStays checks which folders of ended processes stay.
func TestStays(t *testing.T) {
	parent := t.TempDir()
	kept := must.Get(NewTempDir(TempConfig{Parent: parent, Prefix: "t-"}))
	must.Do(t, kept.Keep())
	if files, err := os.ReadDir(kept.Path); err != nil || len(files) != 0 {
		t.Errorf("a kept folder has %v, %v", files, err)
	}
	stay := []string{kept.Path, filepath.Join(parent, "t-without-lock"), filepath.Join(parent, "t-empty-lock"),
		filepath.Join(parent, "t-other-file"), filepath.Join(parent, "t-more"), filepath.Join(parent, "t-in-use"), filepath.Join(parent, "other-1")}
	for _, dir := range stay[1:] {
		must.Do(t, os.Mkdir(dir, 0o700))
		content, ok := map[string]string{
			"t-empty-lock": "", "t-other-file": "temporary files", "t-more": temporary + "and more", "t-in-use": temporary, "other-1": temporary,
		}[filepath.Base(dir)]
		if !ok {
			continue
		}
		must.Do(t, os.WriteFile(filepath.Join(dir, TempLockFile), []byte(content), 0o600))
	}
	target := filepath.Join(t.TempDir(), "target")
	must.Do(t, os.Mkdir(target, 0o700))
	must.Do(t, os.WriteFile(filepath.Join(target, TempLockFile), []byte(temporary), 0o600))
	if err := os.Symlink(target, filepath.Join(parent, "t-link")); err == nil { // Windows may refuse
		stay = append(stay, filepath.Join(parent, "t-link"), target)
	}
	dir := must.Get(NewTempDir(TempConfig{Parent: parent, Prefix: "t-", InUse: func(dir string) bool {
		return filepath.Base(dir) == "t-in-use"
	}}))
	defer dir.Remove()
	for _, path := range stay {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if _, err := Lock(filepath.Join(dir.Path, TempLockFile)); err == nil {
		t.Error("the lock of a folder in use is free")
	}
}
