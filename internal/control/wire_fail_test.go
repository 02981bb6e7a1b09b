package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// brokenPipe is a connection that takes left bytes and no more.
type brokenPipe struct{ left int }

var errPipe = errors.New("broken pipe")

func (*brokenPipe) Read([]byte) (int, error) { return 0, io.EOF }

func (p *brokenPipe) Write(b []byte) (int, error) {
	n := min(len(b), p.left)
	if p.left -= n; n < len(b) {
		return n, errPipe
	}
	return n, nil
}

// cutConn is a connection whose bytes are followed by an error.
type cutConn struct {
	io.Reader
	io.Writer
}

// TestWireReads reads frames of sizes around those in which memory is asked for, and frames that are
// cut off: by the end of the connection, or by another error, which stays.
func TestWireReads(t *testing.T) {
	timeout := errors.New("timed out")
	for _, size := range []int{0, 1, dataSize, dataSize + 1, holdSize, holdSize + 1, 2 * holdSize, 2*holdSize + 1} {
		var sent bytes.Buffer
		w := newWire(&sent)
		payload := bytes.Repeat([]byte("x"), size)
		if err := errors.Join(w.frame(frameData, payload), w.frame(frameEnd, nil), w.w.Flush()); err != nil {
			t.Fatal(err)
		}
		whole := sent.Bytes()
		r := newWire(cutConn{bytes.NewReader(whole), io.Discard})
		kind, got, err := r.read()
		next, _, err2 := r.read()
		if kind != frameData || !bytes.Equal(got, payload) || next != frameEnd || err != nil || err2 != nil {
			t.Errorf("%d bytes: %q with %d bytes, then %q, %v, %v", size, kind, len(got), next, err, err2)
		}
		if size == 0 {
			continue
		}
		for want, rest := range map[error]io.Reader{io.ErrUnexpectedEOF: strings.NewReader(""), timeout: iotest.ErrReader(timeout)} {
			part := io.MultiReader(bytes.NewReader(whole[:5+size-1]), rest)
			if _, _, err := newWire(cutConn{part, io.Discard}).read(); !errors.Is(err, want) {
				t.Errorf("%d of %d bytes: got %v, want %v", size-1, size, err, want)
			}
		}
	}
}

// TestWireWritesFail breaks a connection within, before and behind each kind of frame. What could not
// be sent is an error.
func TestWireWritesFail(t *testing.T) {
	f := sample("/1")
	f.Request.Body.Data = bytes.Repeat([]byte("x"), 100_000)
	for name, send := range map[string]func(*wire) error{
		"json":  func(c *wire) error { return c.json(frameRequest, request{Name: strings.Repeat("x", 100_000)}) },
		"short": func(c *wire) error { return c.json(frameResult, result{}) },
		"flow":  func(c *wire) error { return errors.Join(c.flow(&f), c.w.Flush()) },
		"flows": func(c *wire) error { return errors.Join(c.flows([]flow.Flow{f, f}), c.w.Flush()) },
		"data":  func(c *wire) error { return errors.Join(c.data(make([]byte, 2*dataSize+1)), c.w.Flush()) },
	} {
		whole := &brokenPipe{1 << 30}
		if err := send(newWire(whole)); err != nil {
			t.Fatal(err)
		}
		size := 1<<30 - whole.left
		for _, n := range []int{0, 3, 5, size / 2, size - 1, size} {
			err := send(newWire(&brokenPipe{n}))
			if n < size && !errors.Is(err, errPipe) || n == size && err != nil {
				t.Errorf("%s: %d of %d bytes are sent: %v", name, n, size, err)
			}
		}
	}
	for name, err := range map[string]error{
		"json":  newWire(&brokenPipe{}).json(frameResult, make(chan int)),
		"frame": newWire(&brokenPipe{1 << 30}).frame(frameData, make([]byte, maxFrame+1)),
	} {
		if err == nil {
			t.Errorf("%s: what cannot be sent is no error", name)
		}
	}
}

// TestGoneClientEndsScan checks that a scan ends soon after its client has gone, and that a watch ends
// with the next flow.
func TestGoneClientEndsScan(t *testing.T) {
	f := sample("/1")
	encoded, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		live bool
		most int
	}{"scan": {false, 32<<10/len(encoded) + 1}, "watch": {true, 1}} {
		read := 0
		var seq iter.Seq2[flow.Flow, error] = func(yield func(flow.Flow, error) bool) {
			for read < 2*tt.most && yield(f, nil) {
				read++
			}
		}
		x := &exchange{s: &Server{}, c: newWire(&brokenPipe{})}
		if err := x.flows(seq, tt.live); !errors.Is(err, errPipe) || read >= tt.most {
			t.Errorf("%s: %v after %d flows", name, err, read)
		}
	}
	x := &exchange{s: &Server{}, c: newWire(&brokenPipe{})}
	if n, err := (dataWriter{x}).Write(make([]byte, 100_000)); n != 0 || !errors.Is(err, errPipe) {
		t.Errorf("copy: %d bytes, %v", n, err)
	}
}

// heldImport is an import that records how it ended.
type heldImport struct {
	store.Import
	ended string
}

func (*heldImport) Number() uint64 { return 1 }

func (im *heldImport) Append(context.Context, ...flow.Flow) error { return nil }

func (im *heldImport) Commit(context.Context) error { im.ended += "commit "; return nil }

func (im *heldImport) Abort() error { im.ended += "abort "; return nil }

// importStore is a store with one import.
type importStore struct {
	store.Store
	im *heldImport
}

func (s importStore) Import(context.Context, string) (store.Import, error) { return s.im, nil }

// TestImportOfGoneClient checks that an import is removed whose client goes before it learns that the
// import has begun, and after it has sent flows; and that one is committed only at the client's word.
func TestImportOfGoneClient(t *testing.T) {
	f := sample("/1")
	for _, tt := range []struct {
		name  string
		takes int // bytes of answers
		send  func(c *wire) error
		want  string
		err   error
	}{
		{"at once", 0, func(*wire) error { return nil }, "abort ", errPipe},
		{"after flows", 1 << 10, func(c *wire) error { return errors.Join(c.flow(&f), c.frame(frameEnd, nil)) }, "abort ", io.EOF},
		{"other frame", 1 << 10, func(c *wire) error { return c.frame(frameRequest, nil) }, "abort ", errProtocol},
		{"committed", 1 << 10, func(c *wire) error { return errors.Join(c.flow(&f), c.frame(frameCommit, nil)) }, "commit abort ", nil},
	} {
		var b bytes.Buffer
		c := newWire(&b)
		if err := errors.Join(tt.send(c), c.w.Flush()); err != nil {
			t.Fatal(err)
		}
		im := &heldImport{}
		both := struct {
			io.Reader
			io.Writer
		}{&b, &brokenPipe{tt.takes}}
		x := &exchange{s: &Server{maxCall: maxCall}, c: newWire(both), store: importStore{im: im}, ctx: t.Context(), req: &request{Op: opImport}}
		if err := x.imports(); !errors.Is(err, tt.err) || im.ended != tt.want {
			t.Errorf("%s: %v, ended with %q", tt.name, err, im.ended)
		}
	}
}

// TestUnsendableRequest checks that a request that cannot be sent, since JSON has no years above 9999, is
// an error of its own. As one of the owner, callers would wait for the next owner and try again for ever.
func TestUnsendableRequest(t *testing.T) {
	c := clientOf(t, storetest.NewMemory())
	late := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, berr := c.BeginSession(t.Context(), store.Session{Started: late})
	_, derr := c.Delete(t.Context(), store.Query{Before: late})
	for name, err := range map[string]error{
		"note a loss": c.NoteLoss(t.Context(), 1, late, late), "begin a session": berr, "delete": derr,
		"scan": lastError(c.Scan(t.Context(), store.Query{Before: late})),
	} {
		if err == nil || isGone(err) || !strings.Contains(err.Error(), "use store "+c.path) || !strings.Contains(err.Error(), "year") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
