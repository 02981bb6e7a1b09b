package mcpclient

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// Keys that [Editor.key] handles.
const (
	keyTab       = '\t'
	keyInterrupt = 0x1c // the key that keyFilter sends for Ctrl-C
)

const (
	ctrlC      = 0x03
	escape     = 0x1b
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// keySequences are what terminals send for keys, and what x/term reads for them: arrows, Home and
// End in their other forms, and Alt and Ctrl with letters and arrows to move by words.
var keySequences = []string{
	"\x1bOA", "\x1b[A", "\x1bOB", "\x1b[B", "\x1bOC", "\x1b[C", "\x1bOD", "\x1b[D",
	"\x1bOH", "\x1b[H", "\x1b[1~", "\x1b[H", "\x1b[7~", "\x1b[H",
	"\x1bOF", "\x1b[F", "\x1b[4~", "\x1b[F", "\x1b[8~", "\x1b[F",
	"\x1b[1;5C", "\x1b[1;3C", "\x1bf", "\x1b[1;3C",
	"\x1b[1;5D", "\x1b[1;3D", "\x1bb", "\x1b[1;3D",
	"\x1b\x7f", "\x17", // Alt-Backspace is Ctrl-W
}

var keyReplacer = strings.NewReplacer(keySequences...)

// keyFilter translates the keys of a terminal for x/term. It ends the line with keyInterrupt on
// Ctrl-C, which x/term confuses with the end of input. In a pasted text tabs become spaces, so that
// they complete nothing, and control characters disappear, so that they are not echoed to the
// terminal.
type keyFilter struct {
	in      io.Reader
	held    []byte // the beginning of a sequence or character whose end was not read yet
	out     []byte // translated, and not read yet
	pasting bool
}

// Read implements [io.Reader].
func (f *keyFilter) Read(p []byte) (int, error) {
	for len(f.out) == 0 {
		buf := make([]byte, 4096)
		n, err := f.in.Read(buf)
		f.translate(buf[:n])
		if err != nil && len(f.out) == 0 {
			return 0, err
		}
	}
	n := copy(p, f.out)
	f.out = f.out[n:]
	return n, nil
}

func (f *keyFilter) translate(keys []byte) {
	keys = append(f.held, keys...)
	f.held = nil
	if i := bytes.LastIndexByte(keys, escape); i >= 0 && isSequencePrefix(string(keys[i:])) {
		f.held, keys = bytes.Clone(keys[i:]), keys[:i]
	} else if n := len(keys) - 1; n >= 0 && keys[n] == 0xc2 {
		f.held, keys = []byte{0xc2}, keys[:n]
	}
	for len(keys) > 0 {
		if f.pasting {
			text, rest, ended := bytes.Cut(keys, []byte(pasteEnd))
			if i := bytes.IndexByte(text, ctrlC); i >= 0 { // a person gives up a paste whose end was lost
				text, rest, ended = text[:i], keys[i:], true
			}
			f.out = append(f.out, pastedText(text)...)
			if ended {
				f.out, f.pasting = append(f.out, pasteEnd...), false
			}
			keys = rest
			continue
		}
		typed, rest, started := bytes.Cut(keys, []byte(pasteStart))
		f.out = append(f.out, typedKeys(typed)...)
		if started {
			f.out, f.pasting = append(f.out, pasteStart...), true
		}
		keys = rest
	}
}

// isSequencePrefix reports whether keys may be the beginning of a sequence that keyFilter
// translates.
func isSequencePrefix(keys string) bool {
	for i := 0; i < len(keySequences); i += 2 {
		if s := keySequences[i]; len(keys) < len(s) && strings.HasPrefix(s, keys) {
			return true
		}
	}
	return len(keys) < len(pasteStart) && (strings.HasPrefix(pasteStart, keys) || strings.HasPrefix(pasteEnd, keys))
}

func typedKeys(keys []byte) []byte {
	keys = withoutControls(keys, func(b byte) bool { return b != keyInterrupt })
	keys = []byte(keyReplacer.Replace(string(keys)))
	return bytes.ReplaceAll(keys, []byte{ctrlC}, []byte{keyInterrupt, '\r'})
}

func pastedText(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte{'\t'}, []byte{' '})
	return withoutControls(text, func(b byte) bool { return b == '\r' || b == '\n' })
}

// withoutControls removes the control characters of ASCII that keep does not name, and those of ISO
// 8859-1, which begin escape sequences in some terminals.
func withoutControls(text []byte, keep func(b byte) bool) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case (b < ' ' || b == 0x7f) && !keep(b):
		case b == 0xc2 && i+1 < len(text) && text[i+1] >= 0x80 && text[i+1] < 0xa0: // U+0080 to U+009F
			i++
		default:
			out = append(out, b)
		}
	}
	return out
}

// interruptibleReader reads from a terminal, where a read cannot be cancelled, in a goroutine of
// its own. It reads only on demand, so that nothing is taken from a program that uses the terminal
// later.
type interruptibleReader struct {
	demand chan struct{}
	chunks chan readChunk
	rest   readChunk
	closed chan struct{}
	close  sync.Once
}

type readChunk struct {
	data []byte
	err  error
}

func newInterruptibleReader(in io.Reader) *interruptibleReader {
	r := &interruptibleReader{demand: make(chan struct{}), chunks: make(chan readChunk), closed: make(chan struct{})}
	go r.run(in)
	return r
}

// run ends after Close, once the read that is in progress returns.
func (r *interruptibleReader) run(in io.Reader) {
	for {
		select {
		case <-r.demand:
		case <-r.closed:
			return
		}
		buf := make([]byte, 4096)
		n, err := in.Read(buf)
		select {
		case r.chunks <- readChunk{buf[:n], err}:
		case <-r.closed:
			return
		}
	}
}

// Read implements [io.Reader]. After Close it returns [io.EOF].
func (r *interruptibleReader) Read(p []byte) (int, error) {
	if len(r.rest.data) == 0 && r.rest.err == nil {
		select {
		case r.demand <- struct{}{}:
		case <-r.closed:
			return 0, io.EOF
		}
		select {
		case r.rest = <-r.chunks:
		case <-r.closed:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest.data)
	r.rest.data = r.rest.data[n:]
	if len(r.rest.data) > 0 {
		return n, nil
	}
	return n, r.rest.err
}

// Close ends a read that is in progress.
func (r *interruptibleReader) Close() error {
	r.close.Do(func() { close(r.closed) })
	return nil
}
