package visible

import (
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Writer escapes the text written to it, and passes the result on. A character may be split
// between two writes. A Writer may be used from any goroutine.
type Writer struct {
	escape  func(string) string
	control []string // the sequences that pass unchanged

	mu   sync.Mutex // guards what follows
	w    io.Writer
	log  *commands // nil: commands pass
	rest []byte    // the beginning of a character or line break, at most 3 bytes
}

// NewWriter returns a writer of text, which [Text] escapes. The given control sequences pass
// unchanged if they are within one write.
func NewWriter(w io.Writer, control ...string) *Writer {
	return &Writer{escape: Text, control: control, w: w}
}

// NewJSONWriter returns a writer of JSON, which [JSON] escapes.
func NewJSONWriter(w io.Writer) *Writer { return &Writer{escape: JSON, w: w} }

// NewLogWriter is NewWriter for output that a build service may read: [Log] escapes it.
func NewLogWriter(w io.Writer, control ...string) *Writer {
	return &Writer{escape: Text, control: control, w: w, log: &commands{format: `\x%02x`}}
}

// NewAnnotationWriter is NewLogWriter for lines that are commands themselves ("::error …::…").
func NewAnnotationWriter(w io.Writer) *Writer {
	return &Writer{escape: Text, w: w, log: &commands{format: `\x%02x`, own: true}}
}

// NewJSONLogWriter is NewJSONWriter for output that a build service may read. Its escapes are those
// of JSON strings: JSON can have such commands only there.
func NewJSONLogWriter(w io.Writer) *Writer {
	return &Writer{escape: JSON, w: w, log: &commands{format: `\u%04x`}}
}

// Write writes text. An error means that any part of it may have been written.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := string(w.rest) + string(p)
	end := len(s) - incomplete(s)
	w.rest = append(w.rest[:0], s[end:]...)
	if end == 0 {
		return len(p), nil
	}
	if _, err := io.WriteString(w.w, w.logged(w.escaped(s[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes a character whose end was never written.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 {
		return nil
	}
	s := string(w.rest)
	w.rest = w.rest[:0]
	_, err := io.WriteString(w.w, w.logged(w.escape(s)))
	return err
}

// logged escapes the commands of s, which is visible.
func (w *Writer) logged(s string) string {
	if w.log == nil {
		return s
	}
	return w.log.escape(s)
}

// escaped escapes all of s but the control sequences that may pass.
func (w *Writer) escaped(s string) string {
	var b strings.Builder
	for len(w.control) > 0 {
		at, found := len(s), ""
		for _, c := range w.control {
			if i := strings.Index(s[:at], c); i >= 0 {
				at, found = i, c
			}
		}
		if found == "" {
			break
		}
		b.WriteString(w.escape(s[:at]) + found)
		s = s[at+len(found):]
	}
	b.WriteString(w.escape(s))
	return b.String()
}

// incomplete returns the length of the character or line break that s has only the beginning of.
func incomplete(s string) int {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-n:]) {
				return n
			}
			break
		}
	}
	if strings.HasSuffix(s, "\r") {
		return 1
	}
	return 0
}
