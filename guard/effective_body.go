package guard

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
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

// readForm adds the methods of a query or a urlencoded form. Some servers separate fields by ";".
func (e *effective) readForm(form string) {
	for pair := range strings.FieldsFuncSeq(form, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		value = unescape(strings.ReplaceAll(value, "+", " "))
		switch {
		case mayOverride(name), strings.EqualFold(unescape(name), "method") && writingMethod.MatchString(value):
			e.addAll(value)
		case e.methods.IsRead() && mutation.MatchString(value):
			e.add("POST")
		}
	}
}

// readBody adds the methods of a body. Servers guess the format of a body without a media type, so
// that one is read in every format.
func (e *effective) readBody(contentType string, body []byte) {
	typ := flow.MediaType(contentType)
	switch {
	case strings.HasPrefix(typ, "multipart/"):
		e.readMultipart(contentType, body)
	case typ == "application/x-www-form-urlencoded":
		e.readForm(string(body))
	case strings.HasSuffix(typ, "json"):
		e.readJSON(body)
	case !strings.Contains(typ, "/"):
		e.readForm(string(body))
		e.readJSON(body)
	}
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

// addUnreadable is for a body that cannot be read here, but perhaps by a server: if it mentions a
// method, any may be meant.
func (e *effective) addUnreadable(body []byte) {
	if bytes.Contains(bytes.ToLower(body), []byte("method")) {
		e.add(AnyMethod)
	}
}
