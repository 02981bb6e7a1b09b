package capture

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// flushes is a response that counts what has been sent to the client.
type flushes struct {
	*httptest.ResponseRecorder
	sent int // bytes of the body
}

func (f *flushes) Flush() { f.sent = f.Body.Len() }

// TestCompleteResponsesAreSent checks that the last write of a response with a length sends it at
// once, and that each write of one without a length does.
func TestCompleteResponsesAreSent(t *testing.T) {
	for _, tt := range []struct {
		length string
		sent   []int // after each write of 5 bytes
	}{
		{"10", []int{0, 10}}, {"15", []int{0, 0, 15}}, {"", []int{5, 10}}, {"ten", []int{5, 10}},
	} {
		synctest.Test(t, func(t *testing.T) { // where no time passes
			f := &flushes{ResponseRecorder: httptest.NewRecorder()}
			w := &clientWriter{ResponseWriter: f, buffers: newBuffers()}
			if tt.length != "" {
				w.Header().Set("Content-Length", tt.length)
			}
			w.WriteHeader(http.StatusOK)
			for i, want := range tt.sent {
				if _, err := w.Write([]byte("12345")); err != nil || f.sent != want {
					t.Errorf("length %q, after write %d: %d bytes are sent, want %d; %v", tt.length, i+1, f.sent, want, err)
				}
			}
			w.end()
		})
	}
}

// TestDelayedWritesAreSent checks that a write that more are to follow waits for them no longer than
// corkTime, each time, and that nothing waits after the end.
func TestDelayedWritesAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flushes{ResponseRecorder: httptest.NewRecorder()}
		w := &clientWriter{ResponseWriter: f, buffers: newBuffers()}
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusOK)
		sent := func(after string, want int) {
			t.Helper()
			w.mu.Lock()
			defer w.mu.Unlock()
			if f.sent != want {
				t.Errorf("%s: %d bytes are sent, want %d", after, f.sent, want)
			}
		}
		for i := range 3 {
			io.WriteString(w, "12345")
			time.Sleep(corkTime - 1)
			synctest.Wait()
			sent("before corkTime", 10*i)
			io.WriteString(w, "67890") // does not wait once more
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			sent("after corkTime", 10*i+10)
			time.Sleep(time.Second)
		}
		io.WriteString(w, "12345")
		w.Flush()
		sent("after Flush", 35)
		io.WriteString(w, "12345")
		w.end()
		sent("after the end", 40)
		w.end()
		time.Sleep(time.Second)
		if w.corked {
			t.Error("data may still wait")
		}
	})
}

// failingWriter is a response whose client is gone after some bytes.
type failingWriter struct {
	*httptest.ResponseRecorder
	left int
}

func (f *failingWriter) Write(p []byte) (int, error) {
	n := min(len(p), f.left)
	f.left -= n
	f.ResponseRecorder.Write(p[:n])
	if n < len(p) {
		return n, errDisk
	}
	return n, nil
}

// TestClientGoneWhileCopying checks that no more of a body is read once its client is gone, and that
// a failed write is reported, whether it was delayed or not.
func TestClientGoneWhileCopying(t *testing.T) {
	src := &chunkReader{err: io.EOF}
	for range 5 {
		src.list = append(src.list, []byte(strings.Repeat("x", 10)))
	}
	f := &failingWriter{httptest.NewRecorder(), 15}
	w := &clientWriter{ResponseWriter: f, buffers: newBuffers()}
	if w.copyBody(src); len(src.list) != 3 || f.Body.Len() != 15 {
		t.Errorf("%d pieces are not read, %d bytes arrived", len(src.list), f.Body.Len())
	}
	for _, length := range []string{"", "10", "100"} {
		f := &failingWriter{httptest.NewRecorder(), 5}
		w := &clientWriter{ResponseWriter: f, buffers: newBuffers()}
		w.Header().Set("Content-Length", length)
		w.WriteHeader(http.StatusOK)
		if n, err := io.WriteString(w, "0123456789"); n != 5 || !errors.Is(err, errDisk) || w.corked {
			t.Errorf("length %q: %d bytes, %v, waits %t", length, n, err, w.corked)
		}
	}
}
