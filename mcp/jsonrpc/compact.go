package jsonrpc

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// compact is [reencode] for most messages, and many times faster. It reports false for what it
// leaves to reencode, which may be valid or not: names that are not plain ASCII, deep or large
// objects, and all that is wrong.
func compact(data []byte) (text []byte, ok bool) {
	if !utf8.Valid(data) {
		return nil, false
	}
	c := compacter{data: data}
	c.space()
	if !c.value(0) {
		return nil, false
	}
	if c.space(); c.at != len(data) {
		return nil, false
	}
	return append(c.out, data[c.copied:]...), true
}

// The bounds of what compact reads.
const (
	compactDepth = 16
	compactNames = 64 // of the objects that are open at a time
)

// compacter copies JSON without the space between its tokens.
type compacter struct {
	data       []byte
	at, copied int
	out        []byte               // what stands before copied, without space
	names      [compactNames][]byte // of the open objects, the outermost first
	open       int                  // how many names there are
	members    int                  // of all objects
}

// space skips white space, and copies what stands before it.
func (c *compacter) space() {
	end := jsonvalue.Space(c.data, c.at)
	if end == c.at {
		return
	}
	if c.out == nil {
		c.out = make([]byte, 0, len(c.data))
	}
	c.out = append(c.out, c.data[c.copied:c.at]...)
	c.at, c.copied = end, end
}

// next returns the byte at the position, 0 at the end. JSON has no byte 0.
func (c *compacter) next() byte {
	if c.at < len(c.data) {
		return c.data[c.at]
	}
	return 0
}

func (c *compacter) value(depth int) bool {
	switch b := c.next(); {
	case b == '{' || b == '[':
		if depth >= compactDepth {
			return false
		}
		known := c.open
		ok := c.elements(depth, b == '{', known)
		c.open = known
		return ok
	case b == '"':
		return c.text()
	case b == '-' || b >= '0' && b <= '9':
		return c.number()
	}
	for _, literal := range [...]string{"true", "false", "null"} {
		if end := c.at + len(literal); end <= len(c.data) && string(c.data[c.at:end]) == literal {
			c.at = end
			return true
		}
	}
	return false
}

// elements reads an array or object from its opening bracket on. first is the index of its first
// name.
func (c *compacter) elements(depth int, isObject bool, first int) bool {
	end := byte(']')
	if isObject {
		end = '}'
	}
	c.at++
	if c.space(); c.next() == end {
		c.at++
		return true
	}
	for {
		if isObject && !c.name(first) || !c.value(depth+1) {
			return false
		}
		c.space()
		b := c.next()
		c.at++
		switch b {
		case end:
			return true
		case ',':
			c.space()
		default:
			return false
		}
	}
}

// name reads a name with its colon. No other name since first may be equal but for case.
func (c *compacter) name(first int) bool {
	start := c.at + 1
	if c.next() != '"' {
		return false
	}
	for c.at = start; ; c.at++ {
		if b := c.next(); b == '"' {
			break
		} else if b < ' ' || b >= utf8.RuneSelf || b == '\\' {
			return false
		}
	}
	name := c.data[start:c.at]
	for _, other := range c.names[first:c.open] {
		if equalFold(name, other) {
			return false
		}
	}
	if c.members++; c.open == len(c.names) || c.members > maxMembers {
		return false
	}
	c.names[c.open] = name
	c.open, c.at = c.open+1, c.at+1
	if c.space(); c.next() != ':' {
		return false
	}
	c.at++
	c.space()
	return true
}

// equalFold reports whether two ASCII texts are equal but for case.
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, x := range a {
		if x != b[i] && (x|0x20 != b[i]|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// text reads a string.
func (c *compacter) text() bool {
	for c.at++; ; c.at++ {
		switch b := c.next(); {
		case b == '"':
			c.at++
			return true
		case b < ' ':
			return false
		case b == '\\':
			c.at++
			switch c.next() {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if !c.escape() {
					return false
				}
			default:
				return false
			}
		}
	}
}

// escape reads the \u of a character from the u on, to its last digit: two of them for a character
// that UTF-16 writes in halves. A half without the other is no character.
func (c *compacter) escape() bool {
	first, ok := c.unit()
	if !ok || !utf16.IsSurrogate(first) {
		return ok
	}
	if c.at+2 >= len(c.data) || c.data[c.at+1] != '\\' || c.data[c.at+2] != 'u' {
		return false
	}
	c.at += 2
	second, ok := c.unit()
	return ok && utf16.DecodeRune(first, second) != utf8.RuneError
}

// unit reads the four digits behind a u, to the last of them.
func (c *compacter) unit() (r rune, ok bool) {
	if c.at+4 >= len(c.data) {
		return 0, false
	}
	for range 4 {
		c.at++
		if !ascii.IsHexDigit(c.data[c.at]) {
			return 0, false
		}
		r = r<<4 | rune(ascii.HexValue(c.data[c.at]))
	}
	return r, true
}

func (c *compacter) number() bool {
	if c.next() == '-' {
		c.at++
	}
	if c.next() == '0' {
		c.at++
	} else if !c.digits() {
		return false
	}
	if c.next() == '.' {
		if c.at++; !c.digits() {
			return false
		}
	}
	if b := c.next(); b == 'e' || b == 'E' {
		if c.at++; c.next() == '+' || c.next() == '-' {
			c.at++
		}
		return c.digits()
	}
	return true
}

// digits reads digits, at least one.
func (c *compacter) digits() bool {
	start := c.at
	for b := c.next(); b >= '0' && b <= '9'; b = c.next() {
		c.at++
	}
	return c.at > start
}
