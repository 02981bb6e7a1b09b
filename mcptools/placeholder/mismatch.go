package placeholder

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/check"
)

// Affects reports whether a mismatch concerns a redacted value of flow f. Such a mismatch must not
// be reported: a placeholder has neither the format nor the length of the secret, and a caller
// could write documents that probe for the secret.
func Affects(f *flow.Flow, m check.Mismatch) bool {
	location, name, _ := strings.Cut(m.Where, " ")
	switch location {
	case "query":
		return IsIn(f.Request.RawQuery)
	case "path":
		return IsIn(f.Request.Path)
	case "cookie":
		return IsIn(strings.Join(f.Request.Header.Values("Cookie"), ";"))
	case "header":
		h := f.Request.Header
		if f.Response != nil && !h.Has(name) {
			h = f.Response.Header
		}
		return IsIn(strings.Join(h.Values(name), ","))
	case "request":
		return isInBody(f.Request.Header, f.Request.Body, name)
	case "response":
		if f.Response != nil {
			return isInBody(f.Response.Header, f.Response.Body, name)
		}
	}
	return false
}

// isInBody reports whether the value at a JSON Pointer (RFC 6901) contains a placeholder. If there
// is no such value, it checks the complete body.
func isInBody(h flow.Header, b flow.Body, pointer string) bool {
	data, _, err := decode.Body(h, b, view.MaxDecoded)
	if err != nil || !IsIn(string(data)) {
		return false
	}
	var v any
	if json.Unmarshal(data, &v) != nil {
		return true
	}
	at, _ := jsonvalue.At(v, jsonvalue.Tokens(pointer)...)
	return at == nil || isInValue(at)
}

// isInValue reports whether a decoded JSON value contains a placeholder.
func isInValue(v any) bool {
	switch x := v.(type) {
	case string:
		return IsIn(x)
	case []any:
		return slices.ContainsFunc(x, isInValue)
	case map[string]any:
		for k, y := range x {
			if IsIn(k) || isInValue(y) {
				return true
			}
		}
	}
	return false
}
