package enforce

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard/policy"
)

// maxInflated bounds the decompressed size of all compressed data of a result, in bytes.
const maxInflated = 16 << 20

// formsOf returns the possible decodings of bytes as text, the likeliest first: UTF-8, UTF-16 or
// UTF-32, and perhaps compressed. It reports false for compressed data that are invalid or too
// large.
func (t treatment) formsOf(b []byte) (texts []string, ok bool) {
	for range maxEncodings {
		coding := codingOf(b)
		if coding == "" {
			break
		}
		h := flow.Header{{Name: "Content-Encoding", Value: coding}}
		data, complete, err := decode.Bytes(h, flow.Body{Data: b, Size: int64(len(b))}, max(*t.inflate, 1))
		*t.inflate -= int64(len(data))
		switch {
		case err != nil && coding == "deflate": // two bytes are little proof
			return nil, true
		case err != nil || !complete:
			return nil, false
		}
		b = data
	}
	plain := bytes.ReplaceAll(b, []byte{0}, nil)
	isText := utf8.Valid(plain)
	if isText && isPlain(plain) {
		texts = append(texts, string(plain))
	}
	if hasMark(b) || len(plain) < len(b) {
		if s := fromUTF16(b); !strings.ContainsFunc(s, isNoLetter) {
			texts = append(texts, s)
		}
	}
	if isText && len(texts) == 0 {
		texts = append(texts, string(plain))
	}
	return texts, true
}

// codingOf returns the content coding of data, or "" if no known one matches.
func codingOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\x1f\x8b\x08")):
		return "gzip"
	case bytes.HasPrefix(b, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	case len(b) > 6 && b[0]&0x8f == 8 && binary.BigEndian.Uint16(b)%31 == 0 && !isPlain(b): // zlib (RFC 1950)
		return "deflate"
	}
	return ""
}

func hasMark(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}

// fromUTF16 decodes UTF-16 in the byte order that the byte order mark or the zeros show. It drops
// zeros, so that it can read most of UTF-32, too.
func fromUTF16(b []byte) string {
	order, zeros := binary.ByteOrder(binary.LittleEndian), [2]int{}
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	if b[0] == 0xfe || b[0] != 0xff && zeros[0] > zeros[1] {
		order = binary.BigEndian
	}
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) > 1; b = b[2:] {
		if u := order.Uint16(b); u != 0 && u != 0xfeff {
			units = append(units, u)
		}
	}
	return string(utf16.Decode(units))
}

func isNoLetter(r rune) bool {
	return r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r)
}

// hidesText reports whether a content block or a part of a resource has data that cannot be read
// here and may be text. The formats of images, audio, video and fonts pass.
func (t treatment) hidesText(object map[string]any) bool {
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
			if b, ok := decodeBase64(s); ok && t.isOpaque(b) {
				return true
			}
		}
	}
	return false
}

func (t treatment) isOpaque(b []byte) bool {
	if texts, _ := t.formsOf(b); len(texts) > 0 || len(b) == 0 {
		return false
	}
	kind, _, _ := strings.Cut(http.DetectContentType(b), "/")
	return kind != "image" && kind != "audio" && kind != "video" && kind != "font"
}

// removeData removes the data of a content block.
func removeData(object map[string]any) {
	for name := range object {
		if folded := fold(name); folded == "BLOB" || folded == "DATA" {
			object[name] = removed
		}
	}
}

// removed replaces removed base64 data.
var removed = base64.StdEncoding.EncodeToString([]byte(policy.Removed))

// binary treats a value that may be base64. A text that changes is in UTF-8 afterwards.
func (t treatment) binary(s string) string {
	b, ok := decodeBase64(s)
	if !ok {
		return t.text(s)
	}
	if len(b) == 0 {
		return s
	}
	texts, ok := t.formsOf(b)
	if !ok && t.Redact {
		return removed
	}
	for _, before := range texts {
		if after := t.text(before); after != before {
			return base64.StdEncoding.EncodeToString([]byte(after))
		}
	}
	return s
}
