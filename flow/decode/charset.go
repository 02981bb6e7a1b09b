package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// ErrCharset is the error for an unknown charset in Content-Type.
var ErrCharset = errors.New("unknown charset")

// ToUTF8 converts text to UTF-8 from the charset in contentType or from the one that its byte order
// mark indicates, and drops the mark. It returns data that is not text, and text with neither,
// unchanged. complete reports whether data is the whole text: a partial character at the end then
// becomes U+FFFD, else it is dropped.
func ToUTF8(contentType string, data []byte, complete bool) ([]byte, error) {
	enc, data, err := charsetOf(contentType, data)
	if err != nil {
		return data, err
	}
	if enc == nil {
		if !complete && IsText(MediaType(contentType)) {
			return trimRune(data), nil
		}
		return data, nil
	}
	out, err := io.ReadAll(transform.NewReader(bytes.NewReader(data), enc.NewDecoder()))
	if err != nil {
		return out, fmt.Errorf("convert to UTF-8: %w", err)
	}
	if !complete {
		out = bytes.TrimSuffix(out, []byte("\uFFFD"))
	}
	return out, nil
}

// IsUnchanged reports whether ToUTF8 does not change bodies of this Content-Type, except those that
// are [Marked].
func IsUnchanged(contentType string) bool {
	enc, _, err := charsetOf(contentType, nil)
	return enc == nil && err == nil
}

// HasByteOrderMark reports whether data begins with a byte order mark.
func HasByteOrderMark(data []byte) bool {
	_, _, ok := cutByteOrderMark(data)
	return ok
}

// FromUTF8 converts UTF-8 text to the charset in contentType. ok is false, and text is returned
// unchanged, if the charset is unknown or lacks some of the characters.
func FromUTF8(contentType string, text []byte) (data []byte, ok bool) {
	enc, _, err := charsetOf(contentType, nil)
	if err != nil {
		return text, false
	}
	if enc == nil {
		return text, true
	}
	data, err = enc.NewEncoder().Bytes(text)
	if err != nil {
		return text, false
	}
	// Some charsets do not round-trip: the encoder for UTF-16 may add a byte order mark.
	back, err := enc.NewDecoder().Bytes(data)
	if err != nil || !bytes.Equal(back, text) {
		return text, false
	}
	return data, true
}

// charsetOf returns the encoding of text, and data without its byte order mark. The encoding is nil
// for UTF-8 and for data that is not text.
func charsetOf(contentType string, data []byte) (encoding.Encoding, []byte, error) {
	mt := MediaType(contentType)
	name := charsetParam(contentType)
	if IsMultipart(mt) || !IsText(mt) && name == "" { // each part has its own charset
		return nil, data, nil
	}
	// A byte order mark wins over the parameter (WHATWG Encoding Standard).
	if enc, rest, ok := cutByteOrderMark(data); ok {
		return enc, rest, nil
	}
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "binary":
		return nil, data, nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), data, nil
	case "utf-16", "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), data, nil
	case "utf-32", "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), data, nil
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), data, nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, data, fmt.Errorf("%w %q", ErrCharset, name)
	}
	if label, err := htmlindex.Name(enc); err == nil && (label == "replacement" || label == "utf-8") {
		return nil, data, nil
	}
	return enc, data, nil
}

// cutByteOrderMark finds a byte order mark. It returns the encoding that the mark indicates, nil
// for UTF-8, and the data after it.
func cutByteOrderMark(data []byte) (enc encoding.Encoding, rest []byte, ok bool) {
	if len(data) < 2 || data[0] != 0 && data[0] < 0xef {
		return nil, data, false
	}
	for _, m := range []struct {
		mark string
		enc  encoding.Encoding
	}{
		{"\xef\xbb\xbf", nil},
		{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
		{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
		{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	} {
		if rest, ok := bytes.CutPrefix(data, []byte(m.mark)); ok {
			return m.enc, rest, true
		}
	}
	return nil, data, false
}

func charsetParam(contentType string) string {
	_, params, found := strings.Cut(contentType, ";")
	switch { // the usual cases, without parsing
	case !found || !strings.Contains(params, "="):
		return ""
	case strings.EqualFold(strings.TrimSpace(params), "charset=utf-8"):
		return "utf-8"
	}
	return strings.ToLower(strings.Trim(Param(contentType, "charset"), `"' `))
}

// trimRune drops a partial character from the end of UTF-8 text.
func trimRune(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		c := b[len(b)-i]
		if utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
