package redact

import (
	"bytes"
	"maps"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// answering returns a redactor for the response to a request. A GraphQL query may give the field of
// a secret another name in the response, and a path may name the value that it asks for:
// /env/db.password.
func (r *Redactor) answering(q *flow.Request) *Redactor {
	aliases := queryAliases(q.RawQuery)
	data, _, _ := decode.Body(q.Header, q.Body, r.cfg.MaxBody) // what can be decoded
	out := *r.withAliases(append(aliases, Aliases(q.Header.Get("Content-Type"), data)...))
	out.path = ofResponse(lex.Unescape(q.Path))
	return &out
}

// answeringMessages is like answering for the messages of a server on a WebSocket: protocols for
// GraphQL send the query as a member of a message, or of JSON in a string of one.
func (r *Redactor) answeringMessages(ms []flow.Message) *Redactor {
	var aliases []string
	for i := range ms {
		if ms[i].FromClient {
			aliases = append(aliases, Aliases("", ms[i].Data)...)
		}
	}
	one := *r.withAliases(aliases)
	one.path = pathWords{}
	return &one
}

// withAliases returns a redactor for which these names are those of secrets.
func (r *Redactor) withAliases(aliases []string) *Redactor {
	if len(aliases) == 0 {
		return r
	}
	one, rules := *r, *r.rules
	rules.names, one.aliases = maps.Clone(rules.names), make(map[string]bool, len(aliases))
	if rules.names == nil {
		rules.names = map[string]bool{}
	}
	for _, name := range aliases {
		rules.names[strings.ToLower(name)], one.aliases[name] = true, true
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
func Aliases(contentType string, body []byte) []string {
	switch mt := decode.MediaType(contentType); {
	case mt == "application/graphql":
		return phrase.Aliases(string(body))
	case decode.IsForm(mt):
		return queryAliases(string(body))
	case !mayHaveQuery(body):
		return nil
	}
	if first := decode.FirstByte(body); first != '{' && first != '[' && packetPrefix(body) == 0 {
		// A part of a multipart body, with quotes of its own before it.
		all := jsonAliases(body[max(0, bytes.Index(body, []byte(`"query"`))):], 0)
		for _, part := range jsonParts(body) { // the name may have escapes, before another query
			all = append(all, jsonAliases(part, 0)...)
		}
		return all
	}
	return jsonAliases(body, 0)
}

// jsonParts returns what begins in body like JSON on a line of its own, each up to the next.
func jsonParts(body []byte) (parts [][]byte) {
	start, at := -1, 0
	for line := range bytes.Lines(body) {
		if line[0] == '{' || line[0] == '[' {
			if start >= 0 {
				parts = append(parts, body[start:at])
			}
			start = at
		}
		at += len(line)
	}
	if start >= 0 {
		parts = append(parts, body[start:])
	}
	return parts
}

// mayHaveQuery reports whether JSON may have a member "query", also one in a string or with
// escapes.
func mayHaveQuery(body []byte) bool {
	return bytes.Contains(body, []byte(`uery"`)) || bytes.Contains(body, []byte(`uery\`)) || bytes.Contains(body, []byte(`\u`))
}

// maxNested bounds the depth of strings within strings in which queries are looked for.
const maxNested = 3

// jsonAliases returns the aliases of secrets in all members "query" of JSON that is nested in depth
// strings. It decodes no more than strings that have a query.
func jsonAliases(text []byte, depth int) (all []string) {
	isQuery := false
	for i := 0; i < len(text); {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			break
		}
		i += n
		end, escaped := jsonscan.StringEnd(text, i)
		if end < 0 { // truncated
			if isQuery {
				all = append(all, phrase.Aliases(blanks.Replace(string(text[i+1:])))...)
			}
			break
		}
		raw := text[i:end]
		if i = jsonscan.Space(text, end); i < len(text) && text[i] == ':' {
			isQuery = string(raw) == `"query"` || escaped && len(raw) <= maxEscapedQuery && unquote(raw) == "query"
			continue
		}
		switch {
		case isQuery:
			all = append(all, phrase.Aliases(unquote(raw))...)
		case escaped && depth < maxNested && mayHaveQuery(raw):
			all = append(all, jsonAliases([]byte(unquote(raw)), depth+1)...)
		}
	}
	return all
}

// maxEscapedQuery is the length of the name "query" with an escape for each character.
const maxEscapedQuery = len(`"\u0071\u0075\u0065\u0072\u0079"`)

// blanks replaces the escapes of JSON that separate the tokens of a query.
var blanks = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`)

// isFragment reports whether the body of a message with this header is a piece from the middle of a
// larger one (RFC 9110, section 14.4). The names of its values may stand before it.
func isFragment(h flow.Header) bool {
	if decode.MediaType(h.Get("Content-Type")) == "multipart/byteranges" {
		return true
	}
	_, of, _ := strings.Cut(strings.TrimSpace(h.Get("Content-Range")), " ")
	if strings.HasPrefix(of, "*") {
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
