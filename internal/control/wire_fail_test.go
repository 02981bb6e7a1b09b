package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
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
