package capture

import (
	"io"
	"net/http"
	"strconv"
	"sync"
)

// clientWriter writes a response to the client. It flushes after each write that does not end the
// response, so that streams are not delayed. It copies with pooled buffers: net/http's own ReadFrom
// would flush the header separately and allocate 32 KB per response.
type clientWriter struct {
	http.ResponseWriter
	buffers *sync.Pool // of *[copySize]byte
	head    bool       // the request is HEAD
	left    int64      // bytes of the Content-Length still to write; negative without one
}

// copySize is the size of a buffer: four records of TLS.
const copySize = 64 << 10

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
	n, err := w.ResponseWriter.Write(p)
	if w.left -= int64(n); err == nil && w.left != 0 {
		w.Flush()
	}
	return n, err
}

// Flush sends the buffered data.
func (w *clientWriter) Flush() {
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
