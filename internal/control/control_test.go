package control

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// folder returns a folder with a short path, since the path of a socket is limited.
func folder(t testing.TB) string {
	t.Helper()
	dir := must(os.MkdirTemp("", "c"))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// served opens and serves a store, and returns it with a client.
func served(t *testing.T, path string) (*store.DB, *Client) {
	t.Helper()
	db := openStore(t, path, store.Options{Create: true})
	t.Cleanup(func() { db.Close() })
	s := must(Start(Config{Store: db, Path: path, Status: func() any { return map[string]int{"Lost": 3} }}))
	t.Cleanup(func() { s.Close() })
	c := must(Dial(t.Context(), path))
	t.Cleanup(func() { c.Close() })
	return db, c
}

// TestConformance runs the conformance tests of a store with a client.
func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		_, c := served(t, filepath.Join(folder(t), "flows.db"))
		return c
	})
}

// sample returns a finished flow of path.
func sample(path string) flow.Flow {
	return flow.Flow{Done: true, Request: flow.Request{Method: "GET", Authority: "a.example", Path: path}}
}

// TestSocketIsPrivate checks the mode of the socket, and that no temporary file remains.
func TestSocketIsPrivate(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	served(t, path)
	info, err := os.Stat(path + ".sock")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket %v, %v; want mode 0600", info, err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if n := e.Name(); n != "flows.db" && n != "flows.db.sock" {
			t.Errorf("%s was left behind", n)
		}
	}
}

// TestLongPath checks that a store whose path is too long for a socket beside it is served in
// XDG_RUNTIME_DIR.
func TestLongPath(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", folder(t))
	path := filepath.Join(folder(t), strings.Repeat("long-name/", 12), "flows.db")
	_, c := served(t, path)
	if len(c.socket) > maxSocketPath || !strings.HasPrefix(c.socket, os.Getenv("XDG_RUNTIME_DIR")) {
		t.Errorf("socket %s", c.socket)
	}
	link := filepath.Join(folder(t), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	other := must(Dial(t.Context(), link))
	other.Close()
}

// TestSharedSocketFolder checks that a folder for sockets that other users can access is refused.
func TestSharedSocketFolder(t *testing.T) {
	run := folder(t)
	t.Setenv("XDG_RUNTIME_DIR", run)
	long := must(socketPath("/" + strings.Repeat("x/", 100) + "flows.db"))
	noError(t, os.Chmod(filepath.Dir(long), 0o777))
	if _, err := socketPath("/" + strings.Repeat("x/", 100) + "flows.db"); err == nil {
		t.Error("a folder that others can write to was accepted")
	}
}

// TestOwnerStartsMeanwhile checks that a store is opened through an owner that began to serve it only
// after the first look for one.
func TestOwnerStartsMeanwhile(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	db := openStore(t, path, store.Options{Create: true})
	defer db.Close()
	ending, err := listen(path + ".sock") // of an owner that ends while it is asked
	noError(t, err)
	owner := make(chan *Server, 1)
	go func() {
		defer close(owner)
		conn, err := ending.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		defer ending.Close()
		if next, err := Start(Config{Store: db, Path: path}); err == nil {
			owner <- next
		}
	}()
	st, err := Open(t.Context(), path, store.Options{Timeout: time.Millisecond})
	ending.Close()
	if next := <-owner; next != nil {
		defer next.Close()
	}
	noError(t, err)
	defer st.Close()
	must(st.Stat(t.Context()))
}

// TestOwnerGone checks the errors of a client whose owner closes the store, and that its unfinished
// import is aborted.
func TestOwnerGone(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	db := openStore(t, path, store.Options{Create: true})
	defer db.Close()
	s := must(Start(Config{Store: db, Path: path}))
	c := must(Dial(t.Context(), path))
	defer c.Close()
	must(c.Append(t.Context(), sample("/")))
	im := must(c.Import(t.Context(), "import:x"))
	noError(t, im.Append(t.Context(), sample("/1")))
	seen := 0
	for _, err := range c.Watch(t.Context(), 0) {
		if err != nil {
			if !errors.Is(err, ErrOwnerGone) {
				t.Errorf("watch: %v, want ErrOwnerGone", err)
			}
			break
		}
		seen++
		noError(t, s.Close())
	}
	if seen != 1 {
		t.Errorf("watched %d flows, want 1", seen)
	}
	if err := im.Commit(t.Context()); err == nil {
		t.Error("commit without owner: no error")
	}
	if _, err := c.Stat(t.Context()); !errors.Is(err, ErrNoOwner) {
		t.Errorf("stat: %v, want ErrNoOwner", err)
	}
	if _, err := os.Lstat(s.Socket()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket still exists: %v", err)
	}
	// The import of a closed client is aborted.
	if report, err := db.Verify(t.Context()); err != nil || !report.OK() || report.Flows != 1 {
		t.Errorf("verify %+v, %v", report, err)
	}
}

// TestOpen checks that Open opens the file of a store without an owner, and connects to the owner
// otherwise.
func TestOpen(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(folder(t), "flows.db")
	if _, err := Open(ctx, path, store.Options{}); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("no file: %v, want ErrNotExist", err)
	}
	own := must(Open(ctx, path, store.Options{Create: true}))
	if _, ok := own.(*store.DB); !ok {
		t.Errorf("without owner: %T", own)
	}
	if _, err := Open(ctx, path, store.Options{Timeout: -1}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("an owner that does not serve: %v, want ErrLocked", err)
	}
	s := must(Start(Config{Store: own, Path: path}))
	other := must(Open(ctx, path, store.Options{}))
	if last, err := other.Append(ctx, sample("/")); last != 1 || err != nil {
		t.Errorf("append: %d, %v", last, err)
	}
	if report, err := other.Verify(ctx); err != nil || report.Flows != 1 || !report.OK() {
		t.Errorf("verify: %+v, %v", report, err)
	}
	reader := must(Open(ctx, path, store.Options{ReadOnly: true}))
	if _, err := reader.Append(ctx, sample("/")); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("append by a reader: %v, want ErrReadOnly", err)
	}
	must(reader.Get(ctx, 1))
	for _, r := range []store.Reader{reader.Reader(), other.Reader()} {
		if _, ok := r.(store.Appender); ok {
			t.Errorf("%T appends", r)
		}
	}
	s.Close()
	own.Close()
}

// TestOtherVersion checks that an owner with another protocol version is refused.
func TestOtherVersion(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	l := must(net.Listen("unix", path+".sock"))
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.Write([]byte("spectap\x00\x7f"))
		conn.Read(make([]byte, 100))
	}()
	if _, err := Open(t.Context(), path, store.Options{}); !errors.Is(err, ErrProtocol) {
		t.Errorf("got %v, want ErrProtocol", err)
	}
}

// TestTooManyConnections checks that connections over the limit are closed, and that the client
// works again when others end.
func TestTooManyConnections(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	_, c := served(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var idle []net.Conn
	for range maxConns + 20 {
		conn := must(net.Dial("unix", path+".sock"))
		idle = append(idle, conn)
	}
	if _, err := c.Stat(ctx); err == nil {
		t.Error("a connection over the limit was served")
	}
	last := idle[len(idle)-1]
	last.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := last.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a connection over the limit is left open: %v", err)
	}
	for _, conn := range idle {
		conn.Close()
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if _, err := c.Stat(ctx); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("still refused after a minute: %v", err)
		}
	}
}
