package capture

import (
	"math/bits"
	"sync"
)

// Buffers are reused: the page faults of fresh memory cost more than filling it.
const (
	minPooledBits, maxPooledBits = 9, 22

	minPooled = 1 << minPooledBits
	maxPooled = 1 << maxPooledBits
	// Four sizes for each power of two, so that at most a fifth of a buffer is unused.
	stepBits = 2
	// maxKept bounds the bytes kept for reuse: as much as one group of flows returns for the next.
	maxKept = 8 << 20
)

// bufferPool keeps buffers of fixed sizes between minPooled and maxPooled, at most maxKept bytes.
// Unlike a sync.Pool it survives garbage collections, which are frequent when memory is nearly used
// up, and reuse matters most then. The zero value is ready.
type bufferPool struct {
	mu    sync.Mutex // guards the fields below
	free  [(maxPooledBits-minPooledBits)<<stepBits + 1][][]byte
	bytes int
}

// pooledSize returns the capacity of the buffer that get returns for n bytes: n itself if it is too
// small or too large for the pool.
func pooledSize(n int) int {
	if n < minPooled || n > maxPooled {
		return n
	}
	shift := bits.Len(uint(n-1)) - 1 - stepBits
	return (n + 1<<shift - 1) >> shift << shift
}

// class returns the number of a pooled size, or a negative number.
func class(size int) int {
	if size < minPooled || size > maxPooled || pooledSize(size) != size {
		return -1
	}
	exp := bits.Len(uint(size)) - 1
	return (exp-minPooledBits)<<stepBits + size>>(exp-stepBits) - 1<<stepBits
}

// get returns an empty buffer of capacity size. Its bytes are unspecified.
func (p *bufferPool) get(size int) []byte {
	if c := class(size); c >= 0 {
		if b := p.take(c); b != nil {
			return b
		}
	}
	return make([]byte, 0, size)
}

func (p *bufferPool) take(class int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	free := p.free[class]
	if len(free) == 0 {
		return nil
	}
	b := free[len(free)-1]
	free[len(free)-1] = nil
	p.free[class] = free[:len(free)-1]
	p.bytes -= cap(b)
	return b
}

// put returns a buffer to the pool. The caller must not use it any more.
func (p *bufferPool) put(b []byte) {
	c := class(cap(b))
	if c < 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+cap(b) > maxKept {
		return
	}
	p.bytes += cap(b)
	p.free[c] = append(p.free[c], b[:0])
}

// drop releases all buffers to the garbage collector.
func (p *bufferPool) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.free[:])
	p.bytes = 0
}
