package capture

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// chunkReader is a body that arrives in chunks. err is its end, io.EOF or a failure.
type chunkReader struct {
	list  [][]byte
	err   error
	early bool // err is returned together with the last chunk
}

func (p *chunkReader) Read(b []byte) (int, error) {
	if len(p.list) == 0 {
		return 0, p.err
	}
	n := copy(b, p.list[0])
	if p.list[0] = p.list[0][n:]; len(p.list[0]) == 0 {
		p.list = p.list[1:]
	}
	if len(p.list) == 0 && p.early {
		return n, p.err
	}
	return n, nil
}

func (p *chunkReader) Close() error { return nil }

// TestTappedBody checks that the bytes recorded and the bytes passed on equal the bytes read,
// however they are chunked.
func TestTappedBody(t *testing.T) {
	q := queue(t, QueueConfig{Store: &slowStore{}})
	defer q.Close(context.Background())
	cut := errors.New("cut off")
	rapid.Check(t, func(t *rapid.T) {
		var complete []byte
		src := &chunkReader{err: rapid.SampledFrom([]error{io.EOF, cut}).Draw(t, "end"),
			early: rapid.Bool().Draw(t, "early")}
		for range rapid.IntRange(0, 6).Draw(t, "chunks") {
			p := make([]byte, rapid.IntRange(1, 40_000).Draw(t, "size"))
			rand.Read(p)
			complete = append(complete, p...)
			src.list = append(src.list, p)
		}
		limit := rapid.IntRange(0, 120_000).Draw(t, "cap")
		b := &tapped{src, &tee{max: int64(limit), expect: -1, room: q}, nil}
		if rapid.Bool().Draw(t, "length is known") {
			b.tee.expect = int64(len(complete))
		}
		var over []error
		var recorded []byte
		b.over = func(err error) {
			over = append(over, err)
			body := b.tee.take()
			recorded = bytes.Clone(body.Data)
			clear(body.Data[:cap(body.Data)]) // the buffer is reused for another body
			q.buffers.put(body.Data)
			q.release(int64(cap(body.Data)))
		}
		var passed []byte
		scratch := make([]byte, copySize)
		for {
			p, err := b.next(scratch)
			passed = append(passed, p...)
			if err != nil {
				break
			}
		}
		if !bytes.Equal(passed, complete) {
			t.Fatalf("passed on %d bytes that differ from the %d sent", len(passed), len(complete))
		}
		if want := complete[:min(limit, len(complete))]; !bytes.Equal(recorded, want) {
			t.Fatalf("recorded %d bytes that differ from the %d expected", len(recorded), len(want))
		}
		if len(over) != 1 || (over[0] == nil) != (src.err == io.EOF) {
			t.Fatalf("over was called with %v", over)
		}
	})
	if !q.room.TryAcquire(DefaultBudget) {
		t.Error("the budget was not released")
	}
	q.release(DefaultBudget)
}
