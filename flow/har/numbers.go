package har

import "io"

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
	for i := 0; i < n; {
		switch {
		case m.escaped:
			m.escaped = false
			i++
		case m.inString: // most of an archive: nothing else is looked at
			for i < n && p[i] != '"' {
				if p[i] == '\\' {
					i++
				}
				i++
			}
			m.escaped, m.inString = i > n, i >= n
			i++
		default:
			m.step(&p[i])
			i++
		}
	}
	return n, err
}

// step edits a byte outside of strings.
func (m *numbers) step(c *byte) {
	if m.word != "" && *c == m.word[m.at] {
		*c = ' '
		if m.at == 1 && !m.negative {
			*c = '1'
		}
		if m.at++; m.at == len(m.word) {
			m.word = ""
		}
		return
	}
	m.word = ""
	switch *c {
	case '"':
		m.inString = true
	case 'N', 'I':
		m.word, m.at = "NaN", 1
		if *c == 'I' {
			m.word = "Infinity"
		}
		*c = '-'
		if m.negative {
			*c = '1'
		}
		return // negative stays
	}
	m.negative = *c == '-'
}
