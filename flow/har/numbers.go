package har

import (
	"bytes"
	"io"
)

// numbers replaces NaN, Infinity and -Infinity, which some recorders write and JSON does not have,
// by -1 and spaces of the same length: in an archive, -1 is a number that is not known. Texts stay
// as they are.
type numbers struct {
	r        io.Reader
	inString bool
	escaped  bool   // the next byte of a string
	word     string // that is being replaced, or ""
	at       int    // in word
	negative bool   // a minus sign was read directly before
}

func (m *numbers) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		rest = rest[m.step(rest):]
	}
	return n, err
}

// step edits the beginning of p, and returns its length.
func (m *numbers) step(p []byte) int {
	switch {
	case m.escaped:
		m.escaped = false
		return 1
	case m.inString:
		i := bytes.IndexAny(p[:min(len(p), 1<<10)], "\"\\")
		if i < 0 {
			return min(len(p), 1<<10)
		}
		m.escaped, m.inString = p[i] == '\\', p[i] == '\\'
		return i + 1
	case m.word != "" && p[0] == m.word[m.at]:
		p[0] = ' '
		if m.at == 1 && !m.negative {
			p[0] = '1'
		}
		if m.at++; m.at == len(m.word) {
			m.word = ""
		}
		return 1
	}
	m.word = ""
	switch p[0] {
	case '"':
		m.inString = true
	case 'N', 'I':
		m.word, m.at = "NaN", 1
		if p[0] == 'I' {
			m.word = "Infinity"
		}
		p[0] = '-'
		if m.negative {
			p[0] = '1'
		}
		return 1 // negative stays
	}
	m.negative = p[0] == '-'
	return 1
}
