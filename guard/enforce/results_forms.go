package enforce

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// encodedRun matches possible base64 within a text.
var encodedRun = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`)

// minEncoded is the length of the shortest text, in bytes, that is decoded.
const minEncoded = 6

// decodings returns what a text, perhaps in several lines, or a word in it encodes in base64.
func decodings(s string) (out [][]byte) {
	for _, run := range append(encodedRun.FindAllString(s, -1), s) {
		if b, ok := decodeBase64(run); ok && len(b) >= minEncoded {
			out = append(out, b)
		}
	}
	return out
}

// isUnreadable reports whether bytes may be a text that is not read here: one in base64 again,
// compressed, in UTF-16 or UTF-32, or with zeros.
func isUnreadable(b []byte) bool {
	return isPacked(b) || isPlain(b) &&
		slices.ContainsFunc(decodings(string(b)), func(b []byte) bool { return isPacked(b) || isPlain(b) })
}

func isPacked(b []byte) bool {
	if isFormat(b) {
		return false
	}
	for _, magic := range []string{"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xff\xfe", "\xfe\xff"} { // gzip, zstd, UTF-16
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	if text := bytes.ReplaceAll(b, []byte{0}, nil); wide.Match(b) || len(text) < len(b) && len(text) >= minEncoded && isPlain(text) {
		return true
	}
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err == nil { // two bytes are little proof
		_, err = io.CopyN(io.Discard, r, maxInflated)
	}
	return err == nil || errors.Is(err, io.EOF)
}

// wide matches ASCII characters in UTF-16 or UTF-32.
var wide = regexp.MustCompile(`(?:\x00+[ -~]){6}`)

// maxInflated bounds the bytes that are decompressed as a proof of compression.
const maxInflated = 4 << 10

// unreadable returns the members of a content block or a part of a resource whose data cannot be
// read here and may be text.
func unreadable(object map[string]any) (names []string) {
	isMedia, isResource := false, false
	for name, e := range object {
		switch fold(name) {
		case "MIMETYPE":
			isMedia, isResource = true, true
		case "URI":
			isResource = true
		case "TYPE":
			isMedia = isMedia || e == "image" || e == "audio"
		}
	}
	for name, e := range object {
		s, _ := e.(string)
		if folded := fold(name); folded == "DATA" && isMedia || folded == "BLOB" && isResource {
			if b, ok := decodeBase64(s); ok && (isUnreadable(b) || !utf8.Valid(b) && !isFormat(b)) {
				names = append(names, name)
			}
		}
	}
	return names
}

// isFormat reports whether data are an image, audio, a video or a font, which pass.
func isFormat(b []byte) bool {
	kind, _, _ := strings.Cut(http.DetectContentType(b), "/")
	return kind == "image" || kind == "audio" || kind == "video" || kind == "font"
}

// removed replaces what cannot be read, and removedData does where base64 is expected.
const removed = "[removed by policy: it cannot be read]"

var removedData = base64.StdEncoding.EncodeToString([]byte(removed))

// binary treats a value that may be base64.
func (t treatment) binary(s string) string {
	b, ok := decodeBase64(s)
	switch {
	case !ok:
		return t.text(s)
	case t.changes() && isUnreadable(b):
		return removedData
	case len(b) > 0 && utf8.Valid(b):
		if after := t.text(string(b)); after != string(b) {
			return base64.StdEncoding.EncodeToString([]byte(after))
		}
	}
	return s
}

// alphabet maps base64 in either alphabet, with white space, to one form.
var alphabet = strings.NewReplacer("-", "+", "_", "/", " ", "", "\t", "", "\r", "", "\n", "")

// decodeBase64 decodes base64 in either alphabet, with or without padding and white space.
func decodeBase64(s string) ([]byte, bool) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(alphabet.Replace(s), "="))
	return b, err == nil
}

// isPlain reports whether bytes are text without control characters.
func isPlain(b []byte) bool {
	isControl := func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' }
	return utf8.Valid(b) && !bytes.ContainsFunc(b, isControl)
}
