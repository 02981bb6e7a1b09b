package schema

import (
	"encoding/binary"
	"math/bits"

	"github.com/spectap/spectap/internal/ascii"
)

// maxScanDepth is the depth at which scanTokens gives up; jsontext has a limit of its own.
const maxScanDepth = 1000

// scanTokens reads a complete JSON text (RFC 8259) into tokens. It does the work of decodeTokens at
// a fraction of the cost, because bodies need only the offsets of their tokens. It reports no
// errors: if the text is not plainly valid, ok is false and the caller leaves it to jsontext.
// FuzzScan checks that both give the same tokens.
func scanTokens(data []byte, tokens []token, open []uint32) (_ []token, _ []uint32, ok bool) {
	i, isName := skipSpace(data, 0), false // isName reports whether a property name comes next
	for i < len(data) && len(tokens) < maxTokens {
		tokens = append(tokens, token{})
		t := &tokens[len(tokens)-1]
		t.kind, t.start = data[i], uint32(i)
		switch c := data[i]; c {
		case '"':
			if i, t.hasEscapes = stringEnd(data, i+1); i < 0 {
				return tokens, open, false
			}
			t.end = uint32(i)
			if isName {
				if i < len(data) && data[i] <= ' ' {
					i = skipSpace(data, i)
				}
				if i == len(data) || data[i] != ':' {
					return tokens, open, false
				}
				if i, isName = i+1, false; i < len(data) && data[i] <= ' ' {
					i = skipSpace(data, i)
				}
				continue
			}
		case '{', '[':
			open = append(open, uint32(len(tokens)-1))
			// in ASCII, '}' and ']' follow two places after '{' and '['
			if i = skipSpace(data, i+1); i < len(data) && data[i] != c+2 {
				isName = c == '{'
				if !isName || data[i] == '"' {
					continue
				}
			}
		case 't', 'f', 'n':
			i = literalEnd(data, i)
			t.end = uint32(i)
		default:
			i = numberEnd(data, i)
			t.kind, t.end = '0', uint32(max(i, 0))
		}
		if i < 0 || isName || len(open) > maxScanDepth {
			return tokens, open, false
		}
		// the usual case, faster than scanAfterValue
		if i+1 < len(data) && data[i] == ',' && data[i+1] == '"' && len(open) > 0 {
			i, isName = i+1, tokens[open[len(open)-1]].kind == '{'
			continue
		}
		if i, isName, open = scanAfterValue(data, i, tokens, open); i < 0 || len(open) == 0 {
			return tokens, open, i == len(data)
		}
	}
	return tokens, open, false
}

// scanAfterValue moves past the end of a value to the start of the next value or name, and closes
// containers that end there. At the end of the text no container is open. It returns -1 for a
// syntax error.
func scanAfterValue(data []byte, i int, tokens []token, open []uint32) (_ int, name bool, _ []uint32) {
	for len(open) > 0 {
		if i = skipSpace(data, i); i == len(data) {
			return -1, false, open
		}
		t := &tokens[open[len(open)-1]]
		switch data[i] {
		case ',':
			i = skipSpace(data, i+1)
			name = t.kind == '{'
			if name && (i == len(data) || data[i] != '"') {
				return -1, false, open
			}
			return i, name, open
		case t.kind + 2:
			t.end = uint32(len(tokens))
			open = open[:len(open)-1]
			i++
		default:
			return -1, false, open
		}
	}
	return skipSpace(data, i), false, open
}

// skipSpace skips white space.
func skipSpace(data []byte, i int) int {
	for i < len(data) && data[i] <= ' ' && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// stringEnd returns the end of the string whose first character is at i, and whether it has
// escapes. It returns -1 if the string is not plainly valid.
func stringEnd(data []byte, i int) (end int, hasEscapes bool) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(data) {
		w := binary.LittleEndian.Uint64(data[i:])
		quote, slash := w^each*'"', w^each*'\\'
		// at has the highest bit set in each byte that is a quote, a backslash or a control
		// character. Only the lowest such byte is reliable, because subtraction borrows from higher
		// bytes.
		at := ((quote-each)&^quote | (slash-each)&^slash | (w-each*' ')&^w) & high
		if at == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(at) / 8
		switch c := data[i]; {
		case c == '"':
			return i + 1, hasEscapes
		case c != '\\':
			return -1, hasEscapes
		}
		if i, hasEscapes = escapeEnd(data, i), true; i < 0 {
			return -1, hasEscapes
		}
	}
	for i < len(data) {
		switch c := data[i]; {
		case c == '"':
			return i + 1, hasEscapes
		case c == '\\':
			if i, hasEscapes = escapeEnd(data, i), true; i < 0 {
				return -1, hasEscapes
			}
		case c < ' ':
			return -1, hasEscapes
		default:
			i++
		}
	}
	return -1, hasEscapes
}

// escapeEnd returns the end of the escape sequence at i, or -1 if it is invalid.
func escapeEnd(data []byte, i int) int {
	if i+1 >= len(data) {
		return -1
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 <= len(data) && ascii.IsHexDigit(data[i+2]) && ascii.IsHexDigit(data[i+3]) && ascii.IsHexDigit(data[i+4]) &&
			ascii.IsHexDigit(data[i+5]) {
			return i + 6
		}
	}
	return -1
}

// literalEnd returns the end of the true, false or null at i, or -1 if there is none.
func literalEnd(data []byte, i int) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if word[0] == data[i] && len(data)-i >= len(word) && string(data[i:i+len(word)]) == word {
			return i + len(word)
		}
	}
	return -1
}

// numberEnd returns the end of the number at i, or -1 if it is invalid.
func numberEnd(data []byte, i int) int {
	if data[i] == '-' {
		i++
	}
	start := i
	if i = digitsEnd(data, i); i == start || data[start] == '0' && i > start+1 {
		return -1
	}
	if i < len(data) && data[i] == '.' {
		start = i + 1
		if i = digitsEnd(data, start); i == start {
			return -1
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = digitsEnd(data, i); i == start {
			return -1
		}
	}
	return i
}

// digitsEnd returns the end of the digits at i.
func digitsEnd(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}
