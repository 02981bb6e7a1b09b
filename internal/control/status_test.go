package control

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/fileperm"
)

// ownStatuses puts the sockets of processes into a folder of the test.
func ownStatuses(t *testing.T) {
	t.Helper()
	dir := folder(t)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("TMPDIR", dir)
}

// TestStatuses asks processes for their status, and one of them for a store that it does not have.
func TestStatuses(t *testing.T) {
	ownStatuses(t)
	const kind = "statustest"
	for n := range 2 {
		s, err := StartStatus(kind, func() any { return n }, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := &Client{path: s.Socket(), socket: s.Socket(), ctx: t.Context()}
		if _, err := c.Stat(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("its store: %v, want ErrUnsupported", err)
		}
		if _, err := c.Append(t.Context(), sample("/")); err == nil {
			t.Error("a process without a store has stored a flow")
		}
	}
	got := map[string]bool{}
	for _, s := range Statuses(t.Context(), kind) {
		if s.Err != nil {
			t.Error(s.Err)
		}
		got[string(s.Status)] = true
	}
	if len(got) != 2 || !got["0"] || !got["1"] {
		t.Errorf("statuses %v", got)
	}
	if others := Statuses(t.Context(), "another"); len(others) != 0 {
		t.Errorf("of another kind: %v", others)
	}
}

// TestStatusesForeign checks that a file that is no socket, and a socket that others may write to,
// are errors and stay, and that a folder of others is not read.
func TestStatusesForeign(t *testing.T) {
	if !modesCount(t) {
		t.Skip("files have no modes here")
	}
	ownStatuses(t)
	const kind = "statusforeign"
	s, err := StartStatus(kind, func() any { return "mine" }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	file := filepath.Join(filepath.Dir(s.Socket()), kind+"-file.sock")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(s.Socket(), 0o666)); err != nil {
		t.Fatal(err)
	}
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
	if err := os.Chmod(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
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
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	return err == nil && fileperm.IsWritableByOthers(info)
}

// TestOnlySocketFolder checks that the named folder is the only one.
func TestOnlySocketFolder(t *testing.T) {
	only, other := folder(t), folder(t)
	t.Setenv("XDG_RUNTIME_DIR", other)
	t.Setenv("SPECTAP_SOCKET_DIR", "")
	outside, err := StartStatus("thing", func() any { return 1 }, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	t.Setenv("SPECTAP_SOCKET_DIR", only)
	if all := Statuses(t.Context(), "thing"); len(all) != 0 {
		t.Errorf("processes of another folder: %+v", all)
	}
	inside, err := StartStatus("thing", func() any { return 2 }, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	if all := Statuses(t.Context(), "thing"); len(all) != 1 || filepath.Dir(all[0].Socket) != only || string(all[0].Status) != "2" {
		t.Errorf("%+v", all)
	}
}

// TestStatusWithoutLogger checks that a server without a logger survives what it would log.
func TestStatusWithoutLogger(t *testing.T) {
	t.Setenv(socketFolder, folder(t))
	s, err := StartStatus("thing", func() any { return 1 }, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", s.Socket())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, strings.Repeat("x", len(greeting))); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
