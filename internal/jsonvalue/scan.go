package jsonvalue

import (
	"encoding/binary"
	"math/bits"
)

// This file finds where JSON values end, without decoding them. It validates nothing:
// callers either know that the text is valid JSON or accept any result for text that is not. It
// allocates no memory.
//
// docs/decisions/0011-json-readers.md lists the readers of JSON in this module and why each exists.

// Space returns the index of the first byte from i on that is not JSON white space, or len(data).
func Space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// StringEnd returns the index after the closing quote of the string whose opening quote is at i,
// and whether the string contains a backslash. end is -1 if the string is not closed.
func StringEnd(data []byte, i int) (end int, hasEscapes bool) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for i++; i+8 <= len(data); {
		w := binary.LittleEndian.Uint64(data[i:])
		quote, slash := w^each*'"', w^each*'\\'
		// The highest bit of each byte that is a quote or backslash. Only the lowest such byte is
		// reliable, because subtraction borrows from higher bytes.
		found := ((quote-each)&^quote | (slash-each)&^slash) & high
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if data[i] == '"' {
			return i + 1, hasEscapes
		}
		i, hasEscapes = i+2, true
	}
	for ; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i + 1, hasEscapes
		case '\\':
			i, hasEscapes = i+1, true
		}
	}
	return -1, hasEscapes
}

// ValueEnd returns the index after the value that begins at i, or len(data) if the value is not
// complete. At a closing bracket it returns i.
func ValueEnd(data []byte, i int) int {
	for depth := 0; i < len(data); {
		switch data[i] {
		case '"':
			if i, _ = StringEnd(data, i); i < 0 {
				return len(data)
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			} else if depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// Texts returns the objects and arrays of a body that holds several, one after the other, or nil
// for any other body. The last may be cut. It checks no syntax.
func Texts(data []byte) (texts [][]byte) {
	for {
		data = data[Space(data, 0):]
		if len(data) == 0 {
			break
		}
		end := ValueEnd(data, 0)
		if data[0] != '{' && data[0] != '[' || end == 0 {
			return nil
		}
		texts, data = append(texts, data[:end]), data[end:]
	}
	if len(texts) < 2 {
		return nil
	}
	return texts
}
