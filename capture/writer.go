package capture

import (
	"io"
	"net/http"
	"strconv"
	"sync"
)

// clientWriter writes an answer to the client. It flushes whenever there is no knowing that more is about to
// come, so that streams of any kind flow, and it copies with pooled buffers: net/http's own ReadFrom would
// flush the head apart and allocate 32 KB an answer.
type clientWriter struct {
	http.ResponseWriter
	buffers *sync.Pool // of *[copySize]byte
	head    bool       // answers a HEAD request
	left    int64      // bytes of the Content-Length still to be written; negative when there is none
}

const copySize = 32 << 10

func newBuffers() *sync.Pool { return &sync.Pool{New: func() any { return new([copySize]byte) }} }

func (w *clientWriter) WriteHeader(status int) {
	h := w.Header()
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // keeps net/http from guessing one
	}
	w.left = -1
	if v := h.Get("Content-Length"); v != "" {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			w.left = n
		}
	}
	w.ResponseWriter.WriteHeader(status)
	if w.left < 0 && !w.head && status != http.StatusNoContent && status != http.StatusNotModified {
		w.Flush() // a stream's first event may be far away
	}
}

func (w *clientWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.left -= int64(n)
	if err == nil && w.left != 0 {
		w.Flush()
	}
	return n, err
}

// Flush sends what is buffered.
func (w *clientWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap is for http.ResponseController.
func (w *clientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ReadFrom writes all that src has.
func (w *clientWriter) ReadFrom(src io.Reader) (n int64, err error) {
	buf := w.buffers.Get().(*[copySize]byte)
	defer w.buffers.Put(buf)
	for {
		k, err := src.Read(buf[:])
		if k > 0 {
			if _, err := w.Write(buf[:k]); err != nil {
				return n, err
			}
			n += int64(k)
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
