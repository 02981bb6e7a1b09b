package guard

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// maxOverride bounds the bytes of a multipart field that is read as a method.
const maxOverride = 256

// writingMethod matches the values with which a parameter named method replaces the method.
var writingMethod = lazyregexp.New(`(?i)^(POST|PUT|PATCH|DELETE)$`)

// mutation matches a document of GraphQL with a mutation, which some servers take in a query.
var mutation = lazyregexp.New(`\bmutation\b[^{]*\{`)

// escapedASCII matches the escape of an ASCII character in JSON.
var escapedASCII = lazyregexp.New(`\\u00[0-7][0-9a-fA-F]`)

// readForm adds the methods of a query or a urlencoded form. Some servers separate fields by ";".
func (e *effective) readForm(form string) {
	for pair := range strings.FieldsFuncSeq(form, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		value = unescape(strings.ReplaceAll(value, "+", " "))
		overrides, isMethod := mayOverride(name), mayBeMethod(name)
		for value := range decodings(value) {
			switch {
			case overrides, isMethod && isWritingMethod(value):
				e.addAll(value)
			case e.methods.IsRead() && hasMutation(value):
				e.add("POST")
			}
		}
	}
}

// isWritingMethod reports whether a value, in one of its possible decodings, is a method that
// writes.
func isWritingMethod(value string) bool {
	for v := range strings.SplitSeq(plainWidth(value), ",") {
		if writingMethod.MatchString(strings.Trim(v, " \t\r\n\x00\"'")) {
			return true
		}
	}
	return false
}

// hasMutation reports whether a value contains a GraphQL mutation, perhaps in a JSON string.
func hasMutation(value string) bool {
	return mutation.MatchString(unescapeASCII(value))
}

// unescapeASCII decodes the escapes of ASCII characters in JSON.
func unescapeASCII(text string) string {
	if !strings.Contains(text, `\u`) {
		return text
	}
	return escapedASCII.Get().ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseUint(s[2:], 16, 8) // matched
		return string(rune(n))
	})
}

// readBody adds the methods of a body. A body without a media type is read in every format, since
// servers guess its format.
func (e *effective) readBody(contentType string, body []byte) {
	typ := flow.MediaType(contentType)
	switch {
	case strings.HasPrefix(typ, "multipart/"):
		e.readMultipart(contentType, body)
	case typ == "application/x-www-form-urlencoded":
		e.readForm(string(body))
		for text := range decodings(strings.ReplaceAll(string(body), "+", " ")) {
			e.readBatch(text)
		}
		return
	case strings.HasSuffix(typ, "json"):
		e.readJSON(body)
	case !strings.Contains(typ, "/"):
		e.readForm(string(body))
		e.readJSON(body)
	}
	e.readBatch(string(body))
}

// readJSON adds the methods in members of an object at the top. A member may occur twice.
func (e *effective) readJSON(body []byte) {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return
	}
	for d.More() {
		var value json.RawMessage
		name, err := d.Token()
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			e.addUnreadable(body)
			return
		}
		if s, ok := name.(string); ok && mayOverride(s) {
			var method string
			if json.Unmarshal(value, &method) != nil {
				method = string(value) // not a token
			}
			e.addAll(method)
		}
	}
}

// readMultipart adds the methods in fields of a multipart form.
func (e *effective) readMultipart(contentType string, body []byte) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		e.addUnreadable(body)
		return
	}
	// The reader returns io.EOF also if the body ends within the header of a part.
	end := []byte("\n--" + params["boundary"] + "--")
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := r.NextRawPart()
		if err == io.EOF && bytes.Contains(body, end) {
			return
		}
		if err != nil {
			e.addUnreadable(body)
			return
		}
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			e.addUnreadable(body)
			continue
		}
		if mayOverride(disposition["name"]) {
			value, err := io.ReadAll(io.LimitReader(part, maxOverride))
			if err != nil || len(value) == maxOverride {
				e.add(AnyMethod)
			}
			e.addAll(string(value))
		}
	}
}

// addUnreadable handles a body that cannot be parsed here, but perhaps by a server: if it mentions
// a method, [AnyMethod] is added.
func (e *effective) addUnreadable(body []byte) {
	if bytes.Contains(bytes.ToLower(body), []byte("method")) {
		e.add(AnyMethod)
	}
}
