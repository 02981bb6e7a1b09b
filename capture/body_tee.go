package capture

import (
	"io"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
)

// reserver is a budget of bytes. A sink with one bounds the memory of flows that are being
// recorded.
type reserver interface {
	// reserve takes n bytes of the budget. It waits for at most patience, and subtracts the wait
	// from patience.
	reserve(n int64, patience *time.Duration) bool
	release(n int64)
	// buffer returns an empty buffer with a capacity of n bytes.
	buffer(n int) []byte
	// commit is Record without waiting, for a flow whose weight is reserved and whose bodies are in
	// buffers from buffer or in smaller ones. It takes ownership of both.
	commit(f flow.Flow) error
	// countLost counts flows that were not committed because there was no room.
	countLost(flows int64)
	// patience returns how long one exchange may wait in total.
	patience() time.Duration
}

// tee keeps the first bytes of a body that passes through the proxy. One goroutine at a time writes
// to it; another may call take at any time.
type tee struct {
	max      int64         // bytes to keep
	expect   int64         // the Content-Length, or less than 0
	room     reserver      // nil without a budget
	patience time.Duration // for room

	mu       sync.Mutex // guards the fields below
	buf      []byte     // its capacity is reserved
	size     int64
	complete bool // the body's end was seen
	dropped  bool // bytes were not kept because there was no room
	taken    bool // take was called; nothing more is kept
	lent     bool // a caller writes to the free part of buf
}

// Write implements io.Writer. It never fails.
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

// minLent is the least free capacity of buf that is worth lending.
const minLent = 4 << 10

// lend returns at most n bytes of free capacity, so that the next bytes of a body can be read
// without a copy. It returns nil if the buffer is full, or if no byte has arrived yet. The caller
// must call returned with the number of bytes read.
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

// returned ends a loan: n bytes of the body were read into the lent buffer.
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

// grow makes room for need bytes, or for the complete body if its length is known.
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
	// The old buffer may be part of a queued record, so it is not reused.
	t.buf = append(t.room.buffer(int(size)), t.buf...)
	return true
}

func (t *tee) drop() {
	if t.room != nil {
		t.room.release(int64(cap(t.buf)))
	}
	t.buf, t.dropped = nil, true
}

// end marks the body as complete.
func (t *tee) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.complete = true
}

// isWhole reports whether the body's end was seen.
func (t *tee) isWhole() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.complete
}

// peek returns the body so far.
func (t *tee) peek() flow.Body {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.body()
}

func (t *tee) body() flow.Body {
	return flow.Body{Data: t.buf[:len(t.buf):cap(t.buf)], Size: t.size, Truncated: !t.complete || t.size > int64(len(t.buf)), Dropped: t.dropped}
}

// take returns the body and ends recording. The caller takes over its reservation of cap(Data)
// bytes.
func (t *tee) take() flow.Body {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = true
	if t.lent { // the borrower may still write when the buffer is already used for another body
		own := append(make([]byte, 0, len(t.buf)), t.buf...)
		if t.room != nil {
			t.room.release(int64(cap(t.buf) - cap(own)))
		}
		t.buf = own
	}
	return t.body()
}

// tapped is a body that is recorded while it is read.
type tapped struct {
	io.ReadCloser
	tee *tee
	// over is called with nil at the end of the body, or with an error. It may be called again with
	// errClosed when the body is closed.
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

// next reads into scratch or into the recorded body. Its result is valid until the next call.
func (b *tapped) next(scratch []byte) ([]byte, error) {
	into := b.tee.lend(len(scratch))
	if into == nil {
		n, err := b.Read(scratch)
		return scratch[:n], err
	}
	n, err := b.ReadCloser.Read(into)
	b.tee.returned(n)
	p := into[:n]
	if err != nil { // the recorded body has another owner after over
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
