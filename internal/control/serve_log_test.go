package control

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/store/storetest"
)

// TestServerLogs checks which connections the log tells of: those that break the protocol, and not those
// that end between two calls.
func TestServerLogs(t *testing.T) {
	for _, tt := range []struct {
		name, send string
		want       string // in the log, "" if it stays empty
	}{
		{"other greeting", strings.Repeat("x", len(greeting)), "malformed message: greeting"},
		{"half a greeting", greeting[:4], "unexpected EOF"},
		{"no request", greeting, ""},
		{"nothing", "", ""},
	} {
		var log bytes.Buffer
		path := filepath.Join(folder(t), "flows.db")
		s, err := Start(Config{Store: storetest.NewMemory(), Path: path, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: s.Socket(), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, tt.send); err != nil {
			t.Fatal(err)
		}
		conn.CloseWrite()
		io.Copy(io.Discard, conn) // until the server has closed it
		conn.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: logged %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestStartLeavesNoFiles checks that a server that cannot listen closes its socket: a program that tries
// again each second would run out of file descriptors.
func TestStartLeavesNoFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("lists the open files of the process")
	}
	dir := folder(t)
	long := filepath.Join(dir, strings.Repeat("l", maxSocketPath-len(dir)-len("//f.sock"))) // no room for a temporary folder
	for _, path := range []string{filepath.Join(dir, "f"), filepath.Join(long, "f")} {
		if err := os.MkdirAll(filepath.Join(path+".sock", "in the way"), 0o700); err != nil {
			t.Fatal(err)
		}
		before := openSockets(t)
		if _, err := Start(Config{Store: storetest.NewMemory(), Path: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%v", err)
		}
		if after := openSockets(t); after > before {
			t.Errorf("%d sockets are open, before it was %d", after, before)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 2 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// openSockets returns the number of sockets that this process has open.
func openSockets(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	for _, e := range entries {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
