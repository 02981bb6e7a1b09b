package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Kind returns the media type of a body by its content and label (Content-Type), or "" if neither
// says. It doubts only labels that servers and clients give to any body: a form (curl -d sends all
// as one), text, HTML, a script, bytes, and no label. Such a body may be JSON, XML, MessagePack or
// CBOR; HTML without markup is text. A truncated body is judged by its beginning. The body of a
// response may need [Unguarded] first.
func Kind(mediaType string, data []byte) string {
	switch {
	case mediaType == "" && BeginsJSON(data), IsForm(mediaType) && jsonStart.Get().Match(data):
		return "application/json"
	case IsForm(mediaType) && xmlStart.Get().Match(data):
		return "application/xml"
	case !IsVague(mediaType):
	case jsonStart.Get().Match(data) && areValues(data):
		return "application/json"
	case xmlDeclaration.Get().Match(data) && !htmlRoot.Get().Match(data), mediaType != "text/html" && isElement(data):
		return "application/xml"
	case mediaType == "" || strings.HasSuffix(mediaType, "octet-stream"):
		switch packed.Sniff(data) {
		case packed.MessagePack:
			return "application/msgpack"
		case packed.CBOR:
			return "application/cbor"
		}
	case mediaType == "text/html" && !bytes.ContainsAny(data, "<&"):
		return "text/plain"
	}
	return mediaType
}

// IsVague reports whether a label says little about the body, because servers and clients also give
// it to bodies of other types.
func IsVague(mediaType string) bool {
	switch mediaType {
	case "", "text/plain", "text/html", "text/javascript", "application/javascript",
		"application/x-javascript", "application/octet-stream", "binary/octet-stream", "application/x-octet-stream", "application/unknown":
		return true
	}
	return false
}

// areValues reports whether data is one JSON value or several, the last of which may be cut.
func areValues(data []byte) bool {
	if json.Valid(data) {
		return true
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		var v json.RawMessage
		switch err := d.Decode(&v); {
		case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
			return true
		case err != nil || FirstByte(v) != '{' && FirstByte(v) != '[':
			return false
		}
	}
}

// Packed returns the values of a body of MessagePack or CBOR as lines of JSON. ok is false for
// other bodies, and for those with trailing data.
func Packed(mediaType string, data []byte) (text []byte, ok bool) {
	f := packed.Of(Kind(mediaType, data))
	if f == packed.None {
		return nil, false
	}
	text, n := f.JSON(data)
	return text, n == len(data)
}

// isElement reports whether data is an element of XML that is no HTML.
func isElement(data []byte) bool {
	if !xmlStart.Get().Match(data) || htmlRoot.Get().Match(data) {
		return false
	}
	root, err := XML(data, true)
	return err == nil && root != nil
}

// Unguarded returns the body of a response without the prefix that keeps pages from running JSON as
// a script: )]}', while(1); and the like. It returns other bodies unchanged.
func Unguarded(data []byte) []byte {
	if c := FirstByte(data[:min(len(data), 64)]); c == '{' || c == '[' || c == '<' { // the usual cases, and {}&&
		if c != '{' || !bytes.Contains(data[:min(len(data), 64)], []byte("&&")) {
			return data
		}
	}
	head := data[:min(len(data), 256)]
	if n := len(guard.Get().Find(head)); n > 0 && n < len(data) && BeginsJSON(data[n:]) {
		return data[n:]
	}
	return data
}

// IsNull reports whether a body is the JSON null, which clients send for "no body".
func IsNull(mediaType string, data []byte) bool {
	return IsJSON(mediaType) && len(data) < maxNull && string(bytes.TrimSpace(data)) == "null"
}

// maxNull bounds a null with white space, in bytes.
const maxNull = 16

// BeginsJSON reports whether data begins like a JSON object or array.
func BeginsJSON(data []byte) bool {
	c := FirstByte(data)
	return c == '{' || c == '['
}

// The beginnings of an object or array, which a form such as [name]=a is not, and of an element or
// a declaration.
var (
	xmlStart  = lazyregexp.New(`^[ \t\r\n]*<([?!]|[A-Za-z_:][^=&<>]*(=["'][^<>]*)?>)`)
	jsonStart = lazyregexp.New(`^[ \t\r\n]*(\{[ \t\r\n]*["}]|\[[ \t\r\n]*(["{\[\]0-9-]|true|false|null))`)
)

var (
	xmlDeclaration = lazyregexp.New(`^[ \t\r\n]*<\?xml[ \t\r\n]`)
	// htmlRoot is the declaration or an element that only pages and their fragments begin with.
	htmlRoot = lazyregexp.New(`(?i)^[ \t\r\n]*(<\?[^>]*\?>[ \t\r\n]*|<!--[^>]*-->[ \t\r\n]*)*` +
		`<(!doctype[ \t\r\n]+html|(html|head|body|title|meta|link|script|style|div|span|p|a|b|i|em|strong|br|hr|h[1-6]|` +
		`ul|ol|li|table|tbody|tr|td|pre|code|form|input|button|select|option|img|svg|center|font|section|article|nav|main|` +
		`header|footer)[ \t\r\n/>])`)
	// guard is what Angular, Closure, Facebook, Dojo, Spring, Xiaomi and others write before JSON.
	guard = lazyregexp.New(`^[ \t\r\n]*(\)\]\}'?,?|(for|while) ?\( ?[^()\r\n]{0,8}\) ?;?|throw [^;\r\n]{1,80};|` +
		`\{\} ?&& ?|&&&[A-Z]+&&&|/\*[^*]{0,16}\*/)[ \t\r\n]*`)
)
