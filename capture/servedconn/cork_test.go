package servedconn

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
)

var errDisk = errors.New("write failed")

// failingConn writes room bytes, then fails.
type failingConn struct {
	net.Conn
	room    int
	written bytes.Buffer
}

func (c *failingConn) Write(p []byte) (int, error) {
	n := min(len(p), c.room-c.written.Len())
	c.written.Write(p[:n])
	if n < len(p) {
		return n, errDisk
	}
	return n, nil
}

// TestCorkedWriteErrors checks that an error of a delayed write is returned by the call that sends
// it, and that the bytes are sent in order until then.
func TestCorkedWriteErrors(t *testing.T) {
	buffers := &sync.Pool{New: func() any { return new([BufferSize]byte) }}
	for _, tt := range []struct {
		name  string
		room  int
		sizes []int
		fails int  // the write that fails, or -1
		last  bool // uncorking fails
	}{
		{"all fit", 100, []int{40, 60}, -1, false},
		{"at the end", 99, []int{40, 60}, -1, true},
		{"buffer full", 10, []int{BufferSize/2 - 1, BufferSize/2 - 1, 3}, 2, false},
		{"buffer exactly full", BufferSize, []int{BufferSize/2 - 1, BufferSize/2 - 1, 2}, -1, false},
		{"large", 10, []int{BufferSize / 2}, 0, false},
		{"large, after others", 3 * BufferSize, []int{5, BufferSize, 7, 2 * BufferSize / 3}, -1, false},
		{"larger than the buffer", BufferSize, []int{BufferSize + 1}, 0, false},
		{"larger than the buffer, after others", BufferSize, []int{5, BufferSize + 1}, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			below := &failingConn{room: tt.room}
			var k Cork
			k.Set(buffers)
			var sent []byte
			for i, n := range tt.sizes {
				p := bytes.Repeat([]byte{byte('a' + i)}, n)
				sent = append(sent, p...)
				n, err := k.Write(below, p)
				if (err != nil) != (i == tt.fails) || err != nil && err != errDisk {
					t.Fatalf("write %d: %v", i, err)
				}
				if own := max(0, below.written.Len()-len(sent)+len(p)); err != nil && n != own {
					t.Errorf("write %d says that %d of its bytes were sent, and %d were", i, n, own)
				}
			}
			if err := k.Remove(below); (err != nil) != tt.last || err != nil && err != errDisk {
				t.Errorf("uncork: %v", err)
			}
			if !bytes.HasPrefix(sent, below.written.Bytes()) {
				t.Error("bytes were sent out of order")
			}
			if tt.fails < 0 && !tt.last && below.written.Len() != len(sent) {
				t.Errorf("%d bytes were sent, want %d", below.written.Len(), len(sent))
			}
			if k.buf != nil || k.n != 0 {
				t.Error("the buffer is kept")
			}
		})
	}
}

// TestCorkJoins checks which writes leave together, and that each counts its own bytes only.
func TestCorkJoins(t *testing.T) {
	buffers := &sync.Pool{New: func() any { return new([BufferSize]byte) }}
	below := &failingConn{room: BufferSize}
	var k Cork
	write := func(p string, want int, fails bool, sent string) {
		t.Helper()
		if n, err := k.Write(below, []byte(p)); n != want || (err != nil) != fails || below.written.String() != sent {
			t.Errorf("wrote %d bytes, %v; sent are %.20q", n, err, below.written.String())
		}
	}
	write("before ", 7, false, "before ")
	for range 2 {
		below.written.Reset()
		k.Set(buffers)
		write("one ", 4, false, "")
		write("two", 3, false, "")
		if err := k.Remove(below); err != nil || below.written.String() != "one two" {
			t.Errorf("sent are %q, %v", below.written.String(), err)
		}
		write(" after", 6, false, "one two after")
	}
	below.written.Reset()
	large := strings.Repeat("x", BufferSize/2)
	k.Set(buffers)
	write("head ", 5, false, "")
	write(large, len(large), false, "head "+large)
	write("tail", 4, false, "head "+large)
	below.room = len(large) + 5 + 4 + 3
	write(large, 3, true, "head "+large+"tailxxx")
	if err := k.Remove(below); err != nil {
		t.Errorf("what failed is sent again: %v", err)
	}
	below.written.Reset()
	below.room = 2
	k.Set(buffers)
	write("tail", 4, false, "")
	write(large, 0, true, "ta")
}
