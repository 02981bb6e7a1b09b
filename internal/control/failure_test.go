package control

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
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

// TestCloseLeavesNextOwner checks that closing a server does not remove the socket of the next one.
func TestCloseLeavesNextOwner(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	m := storetest.NewMemory()
	first, err := Start(Config{Store: m, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Start(Config{Store: m, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatalf("the next owner cannot be reached: %v", err)
	}
	c.Close()
}

// failingStore fails to note losses and to append to imports.
type failingStore struct{ store.Store }

func (failingStore) NoteLoss(context.Context, int64, time.Time, time.Time) error {
	return store.ErrFull
}

func (f failingStore) Import(ctx context.Context, source string) (store.Import, error) {
	im, err := f.Store.Import(ctx, source)
	return failingImport{im}, err
}

type failingImport struct{ store.Import }

func (failingImport) Append(context.Context, ...flow.Flow) error { return store.ErrFull }
func (failingImport) Commit(context.Context) error               { return store.ErrFull }

// TestErrorsReachClient checks that a client gets the errors of the owner's store: of noting a loss,
// and of each step of an import.
func TestErrorsReachClient(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	s, err := Start(Config{Store: failingStore{storetest.NewMemory()}, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	now := time.Now()
	if err := c.NoteLoss(t.Context(), 3, now, now); !errors.Is(err, store.ErrFull) {
		t.Errorf("note a loss: %v, want ErrFull", err)
	}
	for name, step := range map[string]func(store.Import) error{
		"append": func(im store.Import) error { return im.Append(t.Context(), sample("/")) },
		"commit": func(im store.Import) error { return im.Commit(t.Context()) },
	} {
		im, err := c.Import(t.Context(), "import:x")
		if err != nil {
			t.Fatal(err)
		}
		if err := step(im); !errors.Is(err, store.ErrFull) {
			t.Errorf("%s: %v, want ErrFull", name, err)
		}
		im.Abort()
	}
}

// waitingStore is a store whose imports never begin.
type waitingStore struct {
	store.Store
	asked chan struct{}
}

func (w waitingStore) Import(ctx context.Context, _ string) (store.Import, error) {
	close(w.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestOwnerEndsBeforeImport checks that an import which an owner did not begin before it ended says
// so, and which store it was.
func TestOwnerEndsBeforeImport(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	w := waitingStore{storetest.NewMemory(), make(chan struct{})}
	s, err := Start(Config{Store: w, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	failed := make(chan error, 1)
	go func() {
		_, err := c.Import(t.Context(), "x")
		failed <- err
	}()
	<-w.asked
	s.Close()
	if err := <-failed; !errors.Is(err, ErrOwnerGone) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}

// slowImport is an import whose calls last until their contexts end.
type slowImport struct{ store.Import }

func (slowImport) Append(ctx context.Context, _ ...flow.Flow) error { <-ctx.Done(); return ctx.Err() }

// slowStore is a store with slow imports.
type slowStore struct{ store.Store }

func (s slowStore) Import(ctx context.Context, source string) (store.Import, error) {
	im, err := s.Store.Import(ctx, source)
	return slowImport{im}, err
}

// TestImportDeadlines checks that a call of an import, and its beginning, end with the error of their
// context, and that the import has ended then. The context of its beginning does not count afterwards.
func TestImportDeadlines(t *testing.T) {
	m := storetest.NewMemory()
	c := clientOf(t, slowStore{m})
	begin, end := context.WithCancel(t.Context())
	im, err := c.Import(begin, "x")
	end()
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := im.Append(short, sample("/1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("append: %v", err)
	}
	if err := im.Commit(t.Context()); !errors.Is(err, errEnded) {
		t.Errorf("commit after it: %v", err)
	}
	never := clientOf(t, waitingStore{m, make(chan struct{})})
	short, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := never.Import(short, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("begin: %v", err)
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
