package schema

import (
	"encoding/binary"
	"math/bits"
)

// maxOpen is how deep scan follows; the library has a bound of its own.
const maxScanDepth = 1000

// scan reads a whole JSON text (RFC 8259) into tokens, as [tokens] does at a fraction of its cost: the bodies of all
// traffic pass here, and what is wanted of them is where each token begins and ends. It judges nothing: where a text is
// not plainly valid, ok is false, and what is to be said of it is left to the library. FuzzScan holds the two equal.
func scanTokens(data []byte, tokens []token, open []uint32) (_ []token, _ []uint32, ok bool) {
	i, name := skipSpace(data, 0), false // name says that the name of a property comes next
	for i < len(data) {
		tokens = append(tokens, token{})
		t := &tokens[len(tokens)-1]
		t.kind, t.start = data[i], uint32(i)
		switch c := data[i]; c {
		case '"':
			if i, t.hasEscapes = stringEnd(data, i+1); i < 0 {
				return tokens, open, false
			}
			t.end = uint32(i)
			if name {
				if i < len(data) && data[i] <= ' ' {
					i = skipSpace(data, i)
				}
				if i == len(data) || data[i] != ':' {
					return tokens, open, false
				}
				if i, name = i+1, false; i < len(data) && data[i] <= ' ' {
					i = skipSpace(data, i)
				}
				continue
			}
		case '{', '[':
			open = append(open, uint32(len(tokens)-1))
			if i = skipSpace(data, i+1); i < len(data) && data[i] != c+2 { // '}' and ']' come two after
				name = c == '{'
				if !name || data[i] == '"' {
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
		if i < 0 || name || len(open) > maxScanDepth {
			return tokens, open, false
		}
		if i+1 < len(data) && data[i] == ',' && data[i+1] == '"' && len(open) > 0 { // mostly: shorter than closing
			i, name = i+1, tokens[open[len(open)-1]].kind == '{'
			continue
		}
		if i, name, open = scanAfterValue(data, i, tokens, open); i < 0 || len(open) == 0 {
			return tokens, open, i == len(data)
		}
	}
	return tokens, open, false
}

// closing goes on after a value, to the beginning of the next value or name, and closes what ends there. At the end
// nothing is open; i is -1 when something else comes than may.
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

// space skips white space.
func skipSpace(data []byte, i int) int {
	for i < len(data) && data[i] <= ' ' && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// stringEnd is where a string ends whose first character is at i, and whether it has escapes; -1 if it is not plain.
func stringEnd(data []byte, i int) (end int, esc bool) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(data) {
		w := binary.LittleEndian.Uint64(data[i:])
		quote, slash := w^each*'"', w^each*'\\'
		// The highest bit of a byte that is a quote, a backslash or a control; higher bytes than the first may be wrong.
		at := ((quote-each)&^quote | (slash-each)&^slash | (w-each*' ')&^w) & high
		if at == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(at) / 8
		switch c := data[i]; {
		case c == '"':
			return i + 1, esc
		case c != '\\':
			return -1, esc
		}
		if i, esc = escapeEnd(data, i), true; i < 0 {
			return -1, esc
		}
	}
	for i < len(data) {
		switch c := data[i]; {
		case c == '"':
			return i + 1, esc
		case c == '\\':
			if i, esc = escapeEnd(data, i), true; i < 0 {
				return -1, esc
			}
		case c < ' ':
			return -1, esc
		default:
			i++
		}
	}
	return -1, esc
}

// escapeEnd is where the escape at i ends, -1 if it is none.
func escapeEnd(data []byte, i int) int {
	if i+1 >= len(data) {
		return -1
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 <= len(data) && isHex(data[i+2]) && isHex(data[i+3]) && isHex(data[i+4]) && isHex(data[i+5]) {
			return i + 6
		}
	}
	return -1
}

// literalEnd is where true, false or null ends, -1 if it is none.
func literalEnd(data []byte, i int) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if word[0] == data[i] && len(data)-i >= len(word) && string(data[i:i+len(word)]) == word {
			return i + len(word)
		}
	}
	return -1
}

// numberEnd is where the number at i ends, -1 if it is none.
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

func digitsEnd(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}
