package redact

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
)

// link redacts a link that opens something for who has it, by the name of its member: the last
// segment of its path and the values of its parameters, if they look generated.
func (r *Redactor) link(u string) string {
	rest, fragment, hasFragment := strings.Cut(u, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '/'); i > len("https://") {
		rest = rest[:i+1] + r.linkPart(rest[i+1:])
	}
	if hasQuery {
		rest += "?" + r.linkParameters(query)
	}
	if hasFragment {
		rest += "#" + r.linkParameters(fragment)
	}
	return rest
}

// linkParameters redacts the parameters of a link, except identifiers.
func (r *Redactor) linkParameters(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, v, ok := strings.Cut(part, "=")
		if !ok {
			parts[i] = r.linkPart(part)
		} else if names.SensitivityOf(name) != names.Identifier {
			parts[i] = name + "=" + r.linkPart(v)
		}
	}
	return strings.Join(parts, "&")
}

// linkPart redacts a segment or value that looks generated.
func (r *Redactor) linkPart(v string) string {
	if plain := lex.Unescape(v); find.LooksGenerated(plain) {
		return queryEscaper.Replace(r.placeholder(plain))
	}
	return v
}
