package capture

import "testing"

func TestPooledSizes(t *testing.T) {
	seen := map[int]int{}
	for n := 1; n <= maxPooled+minPooled; n += 61 {
		size := pooledSize(n)
		if size < n || n >= minPooled && n <= maxPooled && size-n > size/5 {
			t.Fatalf("%d bytes get %d", n, size)
		}
		if n < minPooled || n > maxPooled {
			if size != n {
				t.Fatalf("%d bytes get %d", n, size)
			}
			continue
		}
		if again := pooledSize(size); again != size {
			t.Fatalf("%d is no size of its own: %d", size, again)
		}
		if other, ok := seen[class(size)]; ok && other != size {
			t.Fatalf("%d and %d share a class", size, other)
		}
		seen[class(size)] = size
	}
	if class(minPooled) != 0 || class(1<<20) < 0 || class(maxPooled) < 0 || class(maxPooled+1) >= 0 || class(minPooled+1) >= 0 {
		t.Error("borders of the classes")
	}
}

func TestBuffersAreUsedAgain(t *testing.T) {
	var p bufferPool
	b := append(p.get(minPooled), "old"...)
	p.put(b)
	if c := p.get(minPooled); len(c) != 0 || cap(c) != minPooled {
		t.Errorf("got %d of %d bytes", len(c), cap(c))
	}
	p.put(make([]byte, 10)) // too small to keep
	p.put(nil)
}
