package capture

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
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
