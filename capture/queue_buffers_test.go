package capture

import "testing"

// TestPooledSizes checks that pooled sizes hold n bytes with at most a fifth of waste, and that
// each size has a class of its own.
func TestPooledSizes(t *testing.T) {
	seen := map[int]int{}
	var sizes []int
	for n := 1; n <= maxPooled+minPooled; n += 61 {
		sizes = append(sizes, n)
	}
	for n := minPooled; n <= maxPooled; n *= 2 {
		sizes = append(sizes, n-1, n, n+1)
	}
	for _, n := range sizes {
		size := pooledSize(n)
		if size < n || n >= minPooled && n <= maxPooled && size-n > size/5 {
			t.Fatalf("a request for %d bytes gets %d", n, size)
		}
		if n < minPooled || n > maxPooled {
			if size != n {
				t.Fatalf("a request for %d bytes gets %d", n, size)
			}
			continue
		}
		if again := pooledSize(size); again != size {
			t.Fatalf("pooledSize(%d) = %d, want the same size", size, again)
		}
		if other, ok := seen[class(size)]; class(size) < 0 || ok && other != size {
			t.Fatalf("%d has the class %d, as has %d", size, class(size), other)
		}
		seen[class(size)] = size
	}
	if class(minPooled) != 0 || class(1<<20) < 0 || class(maxPooled) < 0 || class(maxPooled+1) >= 0 ||
		class(minPooled+1) >= 0 {
		t.Error("a class is wrong at the limits of the pool")
	}
}

// TestBuffersAreReused checks that the pool returns a buffer that was put back, emptied.
func TestBuffersAreReused(t *testing.T) {
	var p bufferPool
	for _, size := range []int{minPooled, maxPooled} {
		b := append(p.get(size), "old"...)
		p.put(b)
		if c := p.get(size); len(c) != 0 || cap(c) != size || &c[:1][0] != &b[0] {
			t.Errorf("got length %d and capacity %d, not that of %d bytes that was put back", len(c), cap(c), size)
		}
	}
	first, second := p.get(minPooled), p.get(minPooled)
	p.put(first)
	p.put(second)
	for _, want := range [][]byte{second, first, nil} {
		if got := p.take(class(minPooled)); cap(got) != cap(want) || want != nil && &got[:1][0] != &want[:1][0] {
			t.Errorf("got a buffer of %d bytes, which is not the one that was put back last", cap(got))
		}
	}
	p.put(make([]byte, 10)) // too small to pool
	p.put(nil)
}

// TestBuffersAreBounded checks that a pool keeps buffers up to its bound, and no more.
func TestBuffersAreBounded(t *testing.T) {
	var p bufferPool
	for range maxKept/maxPooled + 2 {
		p.put(make([]byte, 0, maxPooled))
	}
	kept := 0
	for p.take(class(maxPooled)) != nil {
		kept++
	}
	if kept != maxKept/maxPooled || p.bytes != 0 {
		t.Errorf("%d buffers are kept, want %d; %d bytes are counted afterwards", kept, maxKept/maxPooled, p.bytes)
	}
}

// TestDroppedBuffers checks that a pool keeps no buffer that it dropped, and keeps new ones.
func TestDroppedBuffers(t *testing.T) {
	var p bufferPool
	for range maxKept/maxPooled + 1 { // one more than it keeps
		p.put(make([]byte, 0, maxPooled))
	}
	p.put(make([]byte, 0, minPooled))
	p.drop()
	for size := minPooled; size <= maxPooled; size *= 2 {
		if b := p.take(class(size)); b != nil {
			t.Errorf("a buffer of %d bytes is left", size)
		}
	}
	p.put(make([]byte, 0, maxPooled))
	if p.take(class(maxPooled)) == nil {
		t.Error("the pool counts what it dropped")
	}
}
