package capture

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// clientWriter writes a response to the client. It flushes after each write of a response of
// unknown length, so that streams are not delayed. It delays writes of a response of known length
// by at most corkTime, so that they leave together. It copies with pooled buffers: net/http's own
// ReadFrom would flush the header separately and allocate 32 KB per response.
type clientWriter struct {
	http.ResponseWriter
	buffers *sync.Pool  // of *[copySize]byte
	head    bool        // the request is HEAD
	conn    *clientConn // a connection with no other response in progress, or nil

	mu     sync.Mutex // guards the fields below, and the ResponseWriter against the timer
	left   int64      // bytes of the Content-Length still to write; negative without one
	corked bool       // data may wait to be flushed
	timer  *time.Timer
}

// corkTime is how long a write waits for the next one.
const corkTime = 2 * time.Millisecond

const copySize = corkBufferSize

func newBuffers() *sync.Pool { return &sync.Pool{New: func() any { return new([copySize]byte) }} }

func (w *clientWriter) WriteHeader(status int) {
	h := w.Header()
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // stops net/http from guessing one
	}
	w.left = -1
	if v := h.Get("Content-Length"); v != "" {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			w.left = n
		}
	}
	w.ResponseWriter.WriteHeader(status)
	if w.left < 0 && !w.head && status != http.StatusNoContent && status != http.StatusNotModified {
		w.Flush() // the first event of a stream may come much later
	}
}

func (w *clientWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	more := w.left > int64(len(p))
	if more && !w.corked {
		w.cork()
	}
	n, err := w.ResponseWriter.Write(p)
	w.left -= int64(n)
	switch {
	case w.corked && (err != nil || !more):
		err = errors.Join(err, w.uncork())
	case err == nil && !w.corked && w.left != 0:
		w.flush()
	}
	return n, err
}

// cork delays writes for at most corkTime. The caller holds mu.
func (w *clientWriter) cork() {
	w.corked = true
	if w.conn != nil {
		w.conn.cork.Set(w.buffers)
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(corkTime, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.corked {
				w.uncork() // the next Write returns the error
			}
		})
		return
	}
	w.timer.Reset(corkTime)
}

// uncork sends the delayed writes. The caller holds mu.
func (w *clientWriter) uncork() error {
	w.corked = false
	w.timer.Stop()
	w.flush()
	if w.conn != nil {
		return w.conn.cork.Remove(w.conn.Conn)
	}
	return nil
}

// end releases data that an unfinished response left. The timer has no effect afterwards.
func (w *clientWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.corked {
		w.uncork()
	}
}

// Flush sends the buffered data.
func (w *clientWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.corked {
		w.uncork()
		return
	}
	w.flush()
}

func (w *clientWriter) flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap supports http.ResponseController.
func (w *clientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// copyBody writes the bytes of src until it ends or one side fails; a body of the proxy keeps how
// it ended.
func (w *clientWriter) copyBody(src io.Reader) {
	buf := w.buffers.Get().(*[copySize]byte)
	defer w.buffers.Put(buf)
	read := func() ([]byte, error) {
		n, err := src.Read(buf[:])
		return buf[:n], err
	}
	if t, ok := src.(*tapped); ok {
		read = func() ([]byte, error) { return t.next(buf[:]) }
	}
	for {
		p, err := read()
		if len(p) > 0 {
			if _, err := w.Write(p); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
