package decode_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
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

// TestFromUTF8 converts texts back, and only those that the charset has.
func TestFromUTF8(t *testing.T) {
	for _, tt := range []struct {
		contentType, in, want string
		ok                    bool
	}{
		{"text/plain; charset=iso-8859-1", "é", "\xe9", true}, {"text/plain; charset=iso-8859-1", "日", "日", false},
		{"text/plain; charset=utf-16le", "h", "h\x00", true}, {"text/plain", "日", "日", true}, {"image/png", "日", "日", true},
		{"text/plain; charset=klingon", "a", "a", false}, {"text/plain; charset=shift_jis", "日", "\x93\xfa", true},
		{"text/plain; charset=shift_jis", "\\~", "\\~", true}, {"text/plain; charset=utf-16", "\xff", "\xff", false},
	} {
		if got, ok := decode.FromUTF8(tt.contentType, []byte(tt.in)); string(got) != tt.want || ok != tt.ok {
			t.Errorf("%q in %s: %q, %t", tt.in, tt.contentType, got, ok)
		}
	}
	for contentType, want := range map[string]bool{
		"text/plain": true, "text/plain; charset=utf-8": true, "image/png": true, "text/plain; charset=iso-8859-1": false, "text/plain; charset=klingon": false,
	} {
		if decode.IsUnchanged(contentType) != want {
			t.Errorf("%s is unchanged: %t", contentType, !want)
		}
	}
	for text, want := range map[string]bool{
		"\xef\xbb\xbfa": true, "\xff\xfe": true, "\xfe\xff": true, "\x00\x00\xfe\xff": true, "\xff": false, "": false, "a\xff\xfe": false, "\x00\x00": false,
	} {
		if decode.HasByteOrderMark([]byte(text)) != want {
			t.Errorf("%q has a mark: %t", text, !want)
		}
	}
}

// TestBodySizes decodes bodies that are as large as the limit, and one byte larger.
func TestBodySizes(t *testing.T) {
	gzipped := string(encode(t, "gzip", []byte("0123456789")))
	for _, tt := range []struct {
		name, contentType, encoding, in string
		max                             int64
		want                            string
		complete                        bool
	}{
		{"as sent", "text/plain", "", "0123456789", 10, "0123456789", true},
		{"as sent, larger", "text/plain", "", "0123456789", 9, "012345678", false},
		{"encoded", "text/plain", "gzip", gzipped, 10, "0123456789", true},
		{"encoded, larger", "text/plain", "gzip", gzipped, 9, "012345678", false},
		{"of another charset", "text/plain; charset=iso-8859-1", "", "ab\xe9", 4, "abé", true},
		{"of another charset, larger", "text/plain; charset=iso-8859-1", "", "ab\xe9", 3, "ab", false},
		{"empty", "text/plain", "gzip", "", 1, "", true},
	} {
		h := header("Content-Type", tt.contentType, "Content-Encoding", tt.encoding)
		if got, complete, err := decode.Body(h, body([]byte(tt.in)), tt.max); string(got) != tt.want || complete != tt.complete || err != nil {
			t.Errorf("%s: %d bytes, complete %t, %v", tt.name, len(got), complete, err)
		}
	}
	most := make([]byte, decode.DefaultMax+1)
	for n, whole := range map[int]bool{decode.DefaultMax: true, decode.DefaultMax + 1: false} { // without a limit
		if got, complete, err := decode.Bytes(nil, body(most[:n]), int64(n-decode.DefaultMax-1)); len(got) != decode.DefaultMax || complete != whole || err != nil {
			t.Errorf("%d bytes without a limit: %d, complete %t, %v", n, len(got), complete, err)
		}
	}
	if _, complete, err := decode.Body(nil, flow.Body{Data: []byte("a"), Truncated: true}, 0); complete || err != nil {
		t.Errorf("truncated, but not encoded: complete %t, %v", complete, err)
	}
	for n, want := range map[int]error{8: nil, 9: decode.ErrEncoding} {
		if layers, err := decode.Encodings(header("Content-Encoding", strings.Repeat("gzip,", n))); !errors.Is(err, want) || err == nil && len(layers) != n ||
			err != nil && !strings.Contains(err.Error(), "9 layers") {
			t.Errorf("%d layers: %q, %v", n, layers, err)
		}
	}
	if _, _, err := decode.Body(header("Content-Encoding", "br, gzip"), body([]byte("x")), 0); err == nil || !strings.HasPrefix(err.Error(), "decode br, gzip body: ") {
		t.Errorf("the error is %v", err)
	}
}

// TestKinds tells bodies by their media types.
func TestKinds(t *testing.T) {
	kinds := []struct {
		name string
		is   func(string) bool
	}{
		{"json", decode.IsJSON}, {"lines", decode.IsJSONLines}, {"form", decode.IsForm}, {"multipart", decode.IsMultipart},
		{"form-data", decode.IsFormData}, {"text part", decode.IsTextPart}, {"events", decode.IsEventStream}, {"xml", decode.IsXML},
		{"xml data", decode.IsXMLData}, {"yaml", decode.IsYAML}, {"text", decode.IsText},
	}
	for mediaType, want := range map[string]string{
		"application/x-json": "json text", "text/x-json": "json text part text", "application/stream+json": "lines text", "application/json-seq": "lines text",
		"application/geo+json-seq": "lines text", "application/jsonl": "lines text", "application/x-www-form-urlencoded": "form text",
		"multipart/form-data": "multipart form-data", "multipart/mixed": "multipart", "application/http": "text part", "text/csv": "text part text",
		"text/event-stream": "text part events text", "text/xml": "text part xml xml data text", "application/atom+xml": "xml xml data text",
		"image/svg+xml": "xml text", "application/xhtml+xml": "xml text", "application/openapi+yaml": "yaml text", "text/vnd.yaml": "text part yaml text",
		"application/graphql": "text", "application/jwt": "text", "application/zip": "",
	} {
		var got []string
		for _, k := range kinds {
			if k.is(mediaType) {
				got = append(got, k.name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is %q, want %s", mediaType, got, want)
		}
	}
	for text, want := range map[string]byte{"": 0, " \t\r\n": 0, "\n {": '{', "x": 'x', "\v[": '\v'} {
		if got := decode.FirstByte([]byte(text)); got != want {
			t.Errorf("the first byte of %q is %q", text, got)
		}
	}
	for contentType, want := range map[string]string{"multipart/mixed; boundary": "", "multipart/mixed; boundary=a": "a", "": "", "multipart/mixed": ""} {
		if got := decode.Param(contentType, "boundary"); got != want {
			t.Errorf("the boundary of %q is %q", contentType, got)
		}
	}
}
