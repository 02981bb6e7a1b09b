package mcptools

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
)

// mark is what placeholders of package redact begin with.
const mark = "[redacted:"

// hasMark says whether a text has a placeholder, escaped as in URLs or not.
func hasMark(s string) bool {
	return strings.Contains(s, mark) || strings.Contains(s, "%5Bredacted") || strings.Contains(s, "%5bredacted")
}

// masked says whether a mismatch is about a value that redaction took out: a placeholder has neither the format
// nor the length of what it stands for. A document's author cannot learn anything of the value from it.
func masked(f *flow.Flow, m openapi.Mismatch) bool {
	place, name, _ := strings.Cut(m.Where, " ")
	switch place {
	case "query":
		return hasMark(f.Request.RawQuery)
	case "path":
		return hasMark(f.Request.Path)
	case "cookie":
		return hasMark(strings.Join(f.Request.Header.Values("Cookie"), ";"))
	case "header":
		h := f.Request.Header
		if f.Response != nil && !h.Has(name) {
			h = f.Response.Header
		}
		return hasMark(strings.Join(h.Values(name), ","))
	case "request":
		return maskedAt(f.Request.Header, f.Request.Body, name)
	case "response":
		if f.Response != nil {
			return maskedAt(f.Response.Header, f.Response.Body, name)
		}
	}
	return false
}

// maskedAt looks at the value that a JSON pointer (RFC 6901) leads to, or at the whole body where it leads nowhere.
func maskedAt(h flow.Header, b flow.Body, pointer string) bool {
	data, _, err := decode.Body(h, b, maxDecoded)
	if err != nil || !hasMark(string(data)) {
		return false
	}
	var v any
	if json.Unmarshal(data, &v) != nil {
		return true
	}
	for _, key := range strings.Split(pointer, "/")[1:] {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
		var next any
		switch x := v.(type) {
		case map[string]any:
			next = x[key]
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(x) {
				next = x[i]
			}
		}
		if next == nil {
			return true
		}
		v = next
	}
	return markIn(v)
}

func markIn(v any) bool {
	switch x := v.(type) {
	case string:
		return hasMark(x)
	case []any:
		for _, y := range x {
			if markIn(y) {
				return true
			}
		}
	case map[string]any:
		for k, y := range x {
			if hasMark(k) || markIn(y) {
				return true
			}
		}
	}
	return false
}

// unescape undoes percent-encoding where it can be undone.
func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}
