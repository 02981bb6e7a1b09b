package har

import (
	"bytes"
	"io"

	"github.com/spectap/spectap/internal/ascii"
)

// numbers replaces NaN, Infinity and -Infinity, which some recorders write and JSON does not have,
// by -1 and spaces of the same length: in an archive, -1 is a number that is not known. It replaces
// them only directly behind the name of a member. Texts stay as they are: in a text, a name in
// quotes has a backslash before each quote.
type numbers struct {
	r         io.Reader
	buf       []byte
	at, ready int   // buf[at:ready] is read next; the bytes before it tell what a word is
	err       error // of r, once buf was read
}

const (
	// numbersBuffer is the size of the buffer, in bytes.
	numbersBuffer = 64 << 10
	// maxMember is the longest name, with its colon and spaces, that is recognized, in bytes.
	maxMember = 128
)

var notJSON = [][]byte{[]byte("NaN"), []byte("Infinity")}

func (m *numbers) Read(p []byte) (int, error) {
	for m.at == m.ready {
		if m.err != nil {
			return 0, m.err
		}
		m.fill()
	}
	n := copy(p, m.buf[m.at:m.ready])
	m.at += n
	return n, nil
}

// fill reads more. It holds back the last bytes, which may begin a word.
func (m *numbers) fill() {
	if m.buf == nil {
		m.buf = make([]byte, 0, numbersBuffer)
	}
	m.buf = m.buf[:copy(m.buf, m.buf[max(0, m.at-maxMember):])]
	m.at = min(m.at, maxMember)
	n, err := m.r.Read(m.buf[len(m.buf):cap(m.buf)])
	m.buf, m.err = m.buf[:len(m.buf)+n], err
	if m.ready = len(m.buf); err == nil {
		m.ready = max(m.at, m.ready-len("Infinity")+1)
	}
	for _, word := range notJSON {
		for at := m.at; ; at += len(word) {
			i := bytes.Index(m.buf[at:], word)
			if i < 0 {
				break
			}
			if at += i; endsWithName(m.buf[:at]) {
				number := "-1"
				if m.buf[at-1] == '-' {
					number = "1"
				}
				for k := copy(m.buf[at:], number); k < len(word); k++ {
					m.buf[at+k] = ' '
				}
			}
		}
	}
}

// endsWithName reports whether b ends with the name of a member and a colon, and perhaps a minus
// sign.
func endsWithName(b []byte) bool {
	const space = " \t\r\n"
	b, isMember := bytes.CutSuffix(bytes.TrimRight(bytes.TrimSuffix(b, []byte("-")), space), []byte(":"))
	b, isClosed := bytes.CutSuffix(bytes.TrimRight(b, space), []byte(`"`))
	k := len(b)
	for k > 0 && (ascii.IsAlnum(b[k-1]) || b[k-1] == '_') {
		k--
	}
	return isMember && isClosed && 0 < k && k < len(b) && b[k-1] == '"' && (k == 1 || b[k-2] != '\\')
}
