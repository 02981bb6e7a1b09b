package find

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/hexdigit"
)

// A name and its secret may be encoded together: base64 of {"password":"x"}, in hexadecimal
// password=x.

const (
	// minEncoded is the length of the shortest such word, in bytes: base64 of "pin=12345".
	minEncoded = 12
	// maxEncoded bounds what is decoded of a word, in bytes.
	maxEncoded = 64 << 10
	// encodedHead is how much of a word is decoded first. Random bytes rarely are text for so long.
	encodedHead = 12
)

// base64Digit has the values of the digits of base64 in both alphabets, and noDigit.
var base64Digit = func() (t [256]byte) {
	for c := range t {
		t[c] = noDigit
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range len(digits) {
		t[digits[i]] = byte(i)
	}
	t['+'], t['-'], t['/'], t['_'] = 62, 62, 63, 63
	return t
}()

const noDigit = 64

// isTextByte marks the bytes of text: all but those of control characters.
var isTextByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != 0x7f || c == '\n' || c == '\r' || c == '\t'
	}
	return t
}()

// findEncoded finds the word at i if it is base64 or hexadecimal of a text that has a secret. The
// word ends at j, and base64 may go on after a slash.
func findEncoded(s string, i, j int) (Span, bool) {
	if j-i < minEncoded && (j == len(s) || s[j] != '/') {
		return Span{}, false
	}
	if isHexOfText(s[i:min(j, i+encodedHead)]) {
		if text, err := hex.DecodeString(s[i : i+min(j-i, maxEncoded)&^1]); err == nil && hidesSecret(text) {
			return Span{Start: i, End: j}, true
		}
		return Span{}, false
	}
	end, last := i, len(s)
	if i > 0 && s[i-1] == '/' { // a segment of a path
		last = j
	}
	for end < min(last, i+maxEncoded) && base64Digit[s[end]] != noDigit {
		if n := end - i; n&3 == 3 && n < encodedHead && !isTextGroup(s[end-3:]) {
			return Span{}, false
		}
		end++
	}
	if end-i < minEncoded {
		return Span{}, false
	}
	if text, ok := decodeBase64(s[i:end]); !ok || !hidesSecret(text) {
		return Span{}, false
	}
	for end < last && base64Digit[s[end]] != noDigit || end < len(s) && s[end] == '=' {
		end++
	}
	return Span{Start: i, End: end}, true
}

// maxInflation bounds how many times its length a compressed word is read of. Text rarely has more.
const maxInflation = 16

// findCompressed finds the base64 s[i:end] if it is a compressed text that has a secret.
func findCompressed(s string, i, end int) (Span, bool) {
	if !strings.HasPrefix(s[i:], "H4sI") {
		return Span{}, false
	}
	data, ok := decodeBase64(strings.TrimRight(s[i:min(end, i+maxEncoded)], "="))
	if !ok {
		return Span{}, false
	}
	return Span{Start: i, End: end}, hidesSecret(Inflate(data))
}

// Inflate returns the text that gzip has compressed, as much of it as is intact and at most
// maxInflation times as long.
func Inflate(data []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(r, int64(maxInflation*len(data))))
	return text
}

// isHexOfText reports whether the head of a word is hexadecimal of letters, digits and signs.
func isHexOfText(w string) bool {
	if len(w) < encodedHead {
		return false
	}
	for k := range len(w) {
		if !hexdigit.Is(w[k]) || k%2 == 0 && (w[k] < '2' || w[k] > '7') {
			return false
		}
	}
	return true
}

// isTextGroup reports whether four digits of base64 are three bytes of text.
func isTextGroup(g string) bool {
	v := uint32(base64Digit[g[0]])<<18 | uint32(base64Digit[g[1]])<<12 | uint32(base64Digit[g[2]])<<6 | uint32(base64Digit[g[3]])
	return isTextByte[byte(v>>16)] && isTextByte[byte(v>>8)] && isTextByte[byte(v)]
}

// decodeBase64 decodes the longest part of a word that is whole bytes.
func decodeBase64(w string) ([]byte, bool) {
	if len(w)&3 == 1 {
		w = w[:len(w)-1]
	}
	enc := base64.RawStdEncoding
	for k := range len(w) {
		if w[k] == '-' || w[k] == '_' {
			enc = base64.RawURLEncoding
			break
		}
	}
	text, err := enc.DecodeString(w)
	return text, err == nil
}

// hidesSecret reports whether decoded bytes are text with a secret. Addresses of people stay, since
// ids and cursors have them.
func hidesSecret(data []byte) bool {
	if !bytes.ContainsAny(data, ":=>") {
		return false
	}
	if n := len(data); n > utf8.UTFMax && !utf8.Valid(data) { // it may be cut within a character
		for k := 1; k < utf8.UTFMax && !utf8.Valid(data); k++ {
			data = data[:n-k]
		}
	}
	for _, c := range data {
		if !isTextByte[c] {
			return false
		}
	}
	if !utf8.Valid(data) {
		return false
	}
	sc := Scanner{Text: string(data), Sensitivity: names.Identifier}
	for sp, ok := sc.Next(0); ok; sp, ok = sc.Next(sp.End) {
		switch sp.Kind {
		case "", mark.Secret, mark.Token, mark.JWT, mark.Key:
			return true
		}
	}
	return false
}
