package decode_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// TestToUTF8 converts texts, whole ones and those whose last character is divided.
func TestToUTF8(t *testing.T) {
	for _, tt := range []struct{ name, contentType, in, whole, cut string }{
		{"UTF-16 with half a character", "text/plain; charset=utf-16", "h\x00i", "h\uFFFD", "h"},
		{"UTF-16, big", "text/plain; charset=utf-16be", "\x00h\x00i", "hi", "hi"},
		{"UTF-32", "text/plain; charset=utf-32", "h\x00\x00\x00", "h", "h"},
		{"UTF-32, little", "text/plain; charset=UTF-32LE", "h\x00\x00\x00", "h", "h"},
		{"UTF-32, big", "text/plain; charset=utf-32be", "\x00\x00\x00h", "h", "h"},
		{"UTF-32, big by mark", "text/plain", "\x00\x00\xfe\xff\x00\x00\x00h", "h", "h"},
		{"UTF-8 with half a character", "text/plain", "a\xe2\x82", "a\xe2\x82", "a"},
		{"UTF-8 with a quarter", "application/json; charset=utf-8", "a\xf0", "a\xf0", "a"},
		{"UTF-8 with three quarters", "text/plain", "a\xf0\x9f\x98", "a\xf0\x9f\x98", "a"},
		{"UTF-8 with a whole character", "text/plain", "a\xe2\x82\xac", "a€", "a€"},
		{"bytes that are no character", "text/plain", "a\x82\x82\x82\x82", "a\x82\x82\x82\x82", "a\x82\x82\x82\x82"},
		{"nothing", "text/plain", "", "", ""},
		{"half a character only", "text/plain", "\xc3", "\xc3", ""},
		{"data that is no text", "image/png", "a\xc3", "a\xc3", "a\xc3"},
		{"data of a charset", "application/x-thing; charset=iso-8859-1", "\xe9", "é", "é"},
		{"parts of their own charsets", "multipart/mixed; charset=iso-8859-1; boundary=x", "\xe9", "\xe9", "\xe9"},
		{"ASCII", "text/plain; charset=us-ascii", "é", "é", "é"},
		{"binary", "text/plain; charset=binary", "\xe9a", "\xe9a", "\xe9a"},
		{"UTF-8 by another name", "text/plain; charset=unicode-1-1-utf-8", "é", "é", "é"},
		{"a charset that browsers do not read", "text/plain; charset=iso-2022-kr", "\xe9a", "\xe9a", "\xe9a"},
		{"in quotes of its own", "text/plain; charset=\"'iso-8859-1'\"", "\xe9", "é", "é"},
		{"with another parameter", "text/plain; a=b; Charset=ISO-8859-1", "\xe9", "é", "é"},
		{"without a value", "text/plain; =", "é", "é", "é"},
		{"a mark beside a parameter", "text/plain; charset=iso-8859-1", "\xef\xbb\xbfé", "é", "é"},
		{"two bytes of a mark", "text/plain", "\xef\xbb", "\xef\xbb", ""},
		{"an empty text with a mark", "text/plain", "\xff\xfe", "", ""},
	} {
		for complete, want := range map[bool]string{true: tt.whole, false: tt.cut} {
			if got, err := decode.ToUTF8(tt.contentType, []byte(tt.in), complete); string(got) != want || err != nil {
				t.Errorf("%s, complete %t: %q, %v, want %q", tt.name, complete, got, err, want)
			}
		}
	}
	if got, err := decode.ToUTF8("text/plain; charset=klingon", []byte("a"), true); string(got) != "a" || !errors.Is(err, decode.ErrCharset) ||
		!strings.Contains(err.Error(), `"klingon"`) {
		t.Errorf("an unknown charset: %q, %v", got, err)
	}
}
