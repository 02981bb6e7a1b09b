package control

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/safefile"
)

// ownStatuses puts the sockets of processes into a folder of the test.
func ownStatuses(t *testing.T) {
	t.Helper()
	dir := folder(t)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("TMPDIR", dir)
}

// TestStatusesForeign checks that a file that is no socket, and a socket that others may write to,
// are errors and stay, and that a folder of others is not read.
func TestStatusesForeign(t *testing.T) {
	if !modesCount(t) {
		t.Skip("files have no modes here")
	}
	ownStatuses(t)
	const kind = "statusforeign"
	s := must(StartStatus(kind, func() any { return "mine" }, slog.New(slog.DiscardHandler)))
	defer s.Close()
	file := filepath.Join(filepath.Dir(s.Socket()), kind+"-file.sock")
	noError(t, errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(s.Socket(), 0o666)))
	all := Statuses(t.Context(), kind)
	if len(all) != 2 {
		t.Errorf("%v, want two errors", all)
	}
	for _, x := range all {
		if !errors.Is(x.Err, ErrForeign) {
			t.Errorf("%s: %v, want ErrForeign", x.Socket, x.Err)
		}
		if _, err := os.Lstat(x.Socket); errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was removed", x.Socket)
		}
	}
	noError(t, os.Chmod(filepath.Dir(file), 0o755))
	if all := Statuses(t.Context(), kind); len(all) != 0 {
		t.Errorf("a folder that others can read: %v", all)
	}
	if _, err := StartStatus(kind, func() any { return nil }, nil); err == nil {
		t.Error("a socket in a folder that others can read")
	}
}

// modesCount reports whether the modes of files mean something on this system.
func modesCount(t *testing.T) bool {
	path := filepath.Join(t.TempDir(), "f")
	noError(t, errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o666)))
	info, err := os.Stat(path)
	return err == nil && safefile.IsWritableByOthers(info)
}
