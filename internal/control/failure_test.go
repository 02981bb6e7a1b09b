package control

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/store/storetest"
)

// TestStaleSocketLongPath checks that the socket of a killed owner is replaced even if the path
// leaves no room for a temporary folder.
func TestStaleSocketLongPath(t *testing.T) {
	dir := folder(t)
	dir = filepath.Join(dir, strings.Repeat("l", maxSocketPath-len(dir)-len("//f.sock")))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "f")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path + ".sock", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s, err := Start(Config{Store: storetest.NewMemory(), Path: path})
	if err != nil {
		t.Fatalf("a stale socket was not replaced: %v", err)
	}
	defer s.Close()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.socket != path+".sock" {
		t.Errorf("the socket is %s", c.socket)
	}
}

// TestImportGoesOn checks that an import outlives the context of its beginning, and that a call whose
// context has ended before changes nothing.
func TestImportGoesOn(t *testing.T) {
	m := storetest.NewMemory()
	begin, end := context.WithCancel(t.Context())
	im, err := clientOf(t, m).Import(begin, "x")
	end()
	if err != nil {
		t.Fatal(err)
	}
	if err := im.Append(begin, sample("/1")); !errors.Is(err, context.Canceled) {
		t.Errorf("append with a context that has ended: %v", err)
	}
	if err := errors.Join(im.Append(t.Context(), sample("/2")), im.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
	if stat, err := m.Stat(t.Context()); err != nil || stat.Flows != 1 {
		t.Errorf("%d flows, %v", stat.Flows, err)
	}
}

// lateContext is a context that ends after its first question, unnoticed by those who wait for it.
type lateContext struct {
	context.Context
	asked int
}

func (c *lateContext) Err() error {
	if c.asked++; c.asked == 1 {
		return nil
	}
	return context.Canceled
}

// TestImportStepSucceedsLate checks that what the owner has confirmed counts, although the context of
// the call ends at that moment.
func TestImportStepSucceedsLate(t *testing.T) {
	m := storetest.NewMemory()
	im, err := clientOf(t, m).Import(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := im.Append(&lateContext{Context: context.Background()}, sample("/1")); err != nil {
		t.Errorf("append: %v", err)
	}
	if err := im.Commit(&lateContext{Context: context.Background()}); err != nil {
		t.Errorf("commit: %v", err)
	}
	if stat, err := m.Stat(t.Context()); err != nil || stat.Flows != 1 {
		t.Errorf("%d flows, %v", stat.Flows, err)
	}
}
