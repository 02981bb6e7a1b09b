package capture

import (
	"io"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
)

// reserver is a budget of bytes. A sink that has one bounds the memory of what is being recorded.
type reserver interface {
	// reserve takes n bytes of it, waiting no longer than patience, from which it takes off the wait.
	reserve(n int64, patience *time.Duration) bool
	release(n int64)
	// buffer returns an empty buffer of n bytes' capacity.
	buffer(n int) []byte
	// commit is Record without waiting, for a flow whose weight is reserved and whose bodies are in buffers from
	// buffer or smaller. It takes over both.
	commit(f flow.Flow) error
	// miss is told of flows that were not committed for want of room.
	miss(flows int64)
	// patience is how long one exchange may wait altogether.
	patience() time.Duration
}

// tee keeps the first bytes of a body that passes. It is used by one goroutine at a time to write, and may be
// taken by another at any time.
type tee struct {
	max      int64         // bytes to keep
	expect   int64         // the Content-Length, or less than 0
	room     reserver      // nil for no budget
	patience time.Duration // for room

	mu      sync.Mutex // guards what follows
	buf     []byte     // its capacity is reserved
	size    int64
	whole   bool // the body's end was seen
	dropped bool // there was no room
	taken   bool // nothing more is kept
	lent    bool // somebody writes behind buf
}

// Write is write as an io.Writer; it never fails.
func (t *tee) Write(p []byte) (int, error) {
	t.write(p)
	return len(p), nil
}

func (t *tee) write(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size += int64(len(p))
	n := min(int64(len(p)), t.max-int64(len(t.buf)))
	if n <= 0 || t.dropped || t.taken {
		return
	}
	if need := int64(len(t.buf)) + n; need > int64(cap(t.buf)) && !t.grow(need) {
		t.drop()
		return
	}
	t.buf = append(t.buf, p[:n]...)
}

// minLent is the least room behind buf that is worth lending.
const minLent = 4 << 10

// lend returns at most n bytes of room to read the next part of a body into, so that it need not be copied. It returns
// nil when there is none, or nothing has come yet. After it comes returned, with how many bytes there are.
func (t *tee) lend(n int) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := min(len(t.buf)+n, cap(t.buf))
	if t.taken || t.dropped || len(t.buf) == 0 || end-len(t.buf) < minLent {
		return nil
	}
	t.lent = true
	return t.buf[len(t.buf):end:end]
}

func (t *tee) returned(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lent = false
	t.size += int64(n)
	if !t.taken {
		t.buf = t.buf[:len(t.buf)+n]
	}
}

const minBuffer = 512

// grow makes room for need bytes, for all of the body if its length is known.
func (t *tee) grow(need int64) bool {
	size := max(need, 2*int64(cap(t.buf)), minBuffer)
	if t.expect >= need {
		size = t.expect
	}
	size = min(int64(pooledSize(int(size))), t.max)
	old := int64(cap(t.buf))
	if t.room == nil {
		t.buf = append(make([]byte, 0, size), t.buf...)
		return true
	}
	if !t.room.reserve(size-old, &t.patience) {
		return false
	}
	// The buffer before it may be in a record that waits to be stored: it is not used again.
	t.buf = append(t.room.buffer(int(size)), t.buf...)
	return true
}

func (t *tee) drop() {
	if t.room != nil {
		t.room.release(int64(cap(t.buf)))
	}
	t.buf, t.dropped = nil, true
}

// end says that the body is complete.
func (t *tee) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole = true
}

// peek returns the body as far as it is known.
func (t *tee) peek() flow.Body {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.body()
}

func (t *tee) body() flow.Body {
	return flow.Body{Data: t.buf[:len(t.buf):cap(t.buf)], Size: t.size, Truncated: !t.whole || t.size > int64(len(t.buf)), Dropped: t.dropped}
}

// take returns the body and keeps nothing more. What is reserved goes with it: cap(Data) bytes.
func (t *tee) take() flow.Body {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = true
	if t.lent { // who has it may still write, when the buffer is long used for another body
		own := append(make([]byte, 0, len(t.buf)), t.buf...)
		if t.room != nil {
			t.room.release(int64(cap(t.buf) - cap(own)))
		}
		t.buf = own
	}
	return t.body()
}

// tapped is a body that is recorded as it is read.
type tapped struct {
	io.ReadCloser
	tee *tee
	// over is called at the body's end, with nil, and after a failure. It may be called again when the body
	// is closed, with errClosed.
	over func(error)
}

func (b *tapped) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.tee.write(p[:n])
	}
	b.ended(err)
	return n, err
}

// next is Read, into scratch or into what is recorded. What it returns is valid until the next call.
func (b *tapped) next(scratch []byte) ([]byte, error) {
	into := b.tee.lend(len(scratch))
	if into == nil {
		n, err := b.Read(scratch)
		return scratch[:n], err
	}
	n, err := b.ReadCloser.Read(into)
	b.tee.returned(n)
	p := into[:n]
	if err != nil { // what is recorded is another's once this is over
		p = append(scratch[:0], p...)
	}
	b.ended(err)
	return p, err
}

func (b *tapped) ended(err error) {
	switch {
	case err == io.EOF:
		b.tee.end()
		b.over(nil)
	case err != nil:
		b.over(err)
	}
}

func (b *tapped) Close() error {
	err := b.ReadCloser.Close()
	b.over(errClosed)
	return err
}
