package capture

import (
	"math/bits"
	"sync"
)

// Large buffers are used again: fresh memory of that size costs more to get, page by page, than to fill.
const (
	minPooled = 64 << 10
	maxPooled = 4 << 20
	// Four sizes for each power of two, so that at most a fifth of a buffer is for nothing.
	stepBits = 2
)

// bufferPool keeps buffers of fixed sizes between minPooled and maxPooled. The zero value is ready.
type bufferPool struct {
	pools [(22-16)<<stepBits + 1]sync.Pool // of *[]byte
}

// pooledSize is the capacity that get returns a buffer of, n if that is too small or too large for a pool.
func pooledSize(n int) int {
	if n < minPooled || n > maxPooled {
		return n
	}
	shift := bits.Len(uint(n-1)) - 1 - stepBits
	return (n + 1<<shift - 1) >> shift << shift
}

// class numbers the sizes that are pooled, or is negative.
func class(size int) int {
	if size < minPooled || size > maxPooled || pooledSize(size) != size {
		return -1
	}
	exp := bits.Len(uint(size)) - 1
	return (exp-16)<<stepBits + size>>(exp-stepBits) - 1<<stepBits
}

// get returns an empty buffer of capacity size, what is in it unspecified.
func (p *bufferPool) get(size int) []byte {
	if c := class(size); c >= 0 {
		if b, ok := p.pools[c].Get().(*[]byte); ok {
			return (*b)[:0]
		}
	}
	return make([]byte, 0, size)
}

// put takes a buffer that nobody uses any more.
func (p *bufferPool) put(b []byte) {
	if c := class(cap(b)); c >= 0 {
		p.pools[c].Put(&b)
	}
}
