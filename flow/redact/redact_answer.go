package redact

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/jsonpath"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// answering returns a redactor for the response to a request. A GraphQL query may give the field of
// a secret another name in the response.
func (r *Redactor) answering(q *flow.Request) *Redactor {
	aliases := queryAliases(q.RawQuery)
	contentType, data := q.Header.Get("Content-Type"), q.Body.Data
	if len(data) > 0 && (q.Header.Get("Content-Encoding") != "" || decode.Param(contentType, "charset") != "") {
		data, _, _ = decode.Body(q.Header, q.Body, r.cfg.MaxBody) // nothing if it cannot be decoded
	}
	aliases = append(aliases, Aliases(contentType, data)...)
	if len(aliases) == 0 {
		return r
	}
	one, rules := *r, *r.rules
	rules.names, rules.paths = maps.Clone(rules.names), slices.Clone(rules.paths)
	if rules.names == nil {
		rules.names = map[string]bool{}
	}
	for _, name := range aliases {
		rules.names[strings.ToLower(name)] = true
		rules.paths = append(rules.paths, jsonpath.AnyDepth(name))
	}
	one.rules = &rules
	return &one
}

// queryAliases returns the aliases of secrets in a GraphQL call that is sent with GET.
func queryAliases(rawQuery string) []string {
	if !strings.Contains(rawQuery, "query=") {
		return nil
	}
	values, _ := url.ParseQuery(rawQuery) // what can be read
	return phrase.Aliases(strings.Join(values["query"], "\n"))
}

// Aliases returns the names under which a body, if it is a GraphQL call, asks for the fields of
// secrets. See [phrase.Aliases].
func Aliases(contentType string, body []byte) (all []string) {
	switch mt := decode.MediaType(contentType); {
	case mt == "application/graphql":
		return phrase.Aliases(string(body))
	case decode.IsForm(mt):
		return queryAliases(string(body))
	case !bytes.Contains(body, []byte(`uery"`)) && !bytes.Contains(body, []byte(`\u`)):
		return nil
	}
	type call struct {
		Query string `json:"query"`
	}
	calls := make([]call, 1)
	if decode.FirstByte(body) == '[' {
		_ = json.Unmarshal(body, &calls) // the valid ones
	} else if json.Unmarshal(body, &calls[0]) != nil { // truncated, or a part of a multipart body
		_, text, _ := bytes.Cut(body, []byte(`"query"`))
		calls[0].Query = blanks.Replace(string(bytes.TrimLeft(text, " \t\r\n:\"")))
	}
	for _, c := range calls {
		all = append(all, phrase.Aliases(c.Query)...)
	}
	return all
}

// blanks replaces the escapes of JSON that separate the tokens of a query.
var blanks = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`)

// isFragment reports whether the body of a message with this header is a piece from the middle of a
// larger one (RFC 9110, section 14.4). The names of its values may stand before it.
func isFragment(h flow.Header) bool {
	if decode.MediaType(h.Get("Content-Type")) == "multipart/byteranges" {
		return true
	}
	unit, of, _ := strings.Cut(strings.TrimSpace(h.Get("Content-Range")), " ")
	if unit == "" || strings.HasPrefix(of, "*") {
		return false
	}
	first, _, _ := strings.Cut(of, "-")
	return strings.Trim(first, "0 ") != ""
}

// fragment redacts a body of which the beginning is not known: as a whole, unless it is a picture
// or the like.
func (r *Redactor) fragment(contentType string, data []byte) []byte {
	switch kind, _, _ := strings.Cut(decode.MediaType(contentType), "/"); kind {
	case "image", "video", "audio", "font":
		return r.Body(contentType, data)
	}
	if mark.Is(stringOf(data)) {
		return data
	}
	return []byte(r.placeholderOfKind(mark.Secret, string(data)))
}
