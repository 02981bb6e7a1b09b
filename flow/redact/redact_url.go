package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/grant"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
)

// Query redacts a query string or a form body. It keeps order, names and the encoding of all other
// values.
func (r *Redactor) Query(raw string) (out string) {
	defer hide(r, &out, raw)
	return untilStable(raw, func(raw string) string { return r.redactQuery(raw, false) })
}

// redactQuery redacts a query or form. isRedirect tells whether it is that of a URL that a client
// was sent to.
func (r *Redactor) redactQuery(raw string, isRedirect bool) string {
	if !strings.ContainsAny(raw, "=&") {
		return r.escapedValue(names.Plain, raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	g, pairs, query := grant.FormOf(raw), pairsOf(raw), raw
	for raw != "" {
		part := raw
		var sep string
		if i := strings.IndexAny(raw, "&;"); i >= 0 {
			part, sep = raw[:i], raw[i:i+1]
		}
		raw = raw[len(part)+len(sep):]
		name, v, ok := strings.Cut(part, "=")
		sensitivity := r.rules.sensitivity(lex.Unescape(name))
		if sensitivity == names.Weak && (g.IsSecret(name, v, isRedirect) || isSignature(name)) {
			sensitivity = names.Secret
		}
		if sensitivity == names.Plain && pairs != nil {
			sensitivity = pairs.sensitivityOf(lex.Unescape(name))
		}
		if find.IsPasswordBeside(query, name, v) {
			sensitivity = names.Secret
		}
		sensitivity = r.path.ofParameter(name, sensitivity)
		b.WriteString(r.escapedName(name))
		if ok {
			b.WriteByte('=')
			b.WriteString(r.formValue(name, sensitivity, r.graphQLVariables(query, name, v)))
		}
		b.WriteString(sep)
	}
	return b.String()
}

// escapedName redacts a percent-encoded name, which may be an address or a token.
func (r *Redactor) escapedName(name string) string {
	plain := lex.Unescape(name)
	out := r.dataName(plain)
	if out == plain {
		return name
	}
	return queryEscaper.Replace(out)
}

// escapedValue redacts a percent-encoded value. In a changed value, only the characters that would
// end it are encoded.
func (r *Redactor) escapedValue(sensitivity names.Sensitivity, v string) string {
	if v == "" {
		return v
	}
	plain := lex.Unescape(v)
	out := r.redactValue(sensitivity, plain)
	if out == plain {
		return v
	}
	return queryEscaper.Replace(out)
}

var queryEscaper = strings.NewReplacer("%", "%25", "&", "%26", ";", "%3B", "#", "%23", "+", "%2B", " ", "+", "=",
	"%3D", "\n", "%0A", "\r", "%0D", "\x00", "%00")

// Path redacts the segments of a percent-encoded path by their shape and by the word before them
// (/reset-password/{token}).
func (r *Redactor) Path(path string) (out string) {
	defer hide(r, &out, path)
	return untilStable(path, r.redactPath)
}

func (r *Redactor) redactPath(path string) string {
	if len(path) < 2 {
		return path
	}
	whole := r.redactAcross(path)
	parts := strings.Split(whole, "/")
	changed := whole != path
	before, kind := "", ""
	for i, part := range parts {
		if part == "" {
			continue
		}
		plain := part
		if strings.IndexByte(part, '%') >= 0 {
			if u, err := url.PathUnescape(part); err == nil {
				plain = u
			}
		}
		sensitivity := names.Plain
		if IsPathSecret(before, plain) || find.IsWebhookToken(kind, before, plain) || find.IsLinkToken(kind, before, plain) {
			sensitivity = names.Secret
		}
		kind, before = before, plain
		if out := r.redactValue(sensitivity, plain); out != plain {
			parts[i] = strings.NewReplacer("%", "%25", "/", "%2F", "?", "%3F", "#", "%23").Replace(out)
			changed = true
		}
	}
	if !changed {
		return path
	}
	return strings.Join(parts, "/")
}

// URL redacts the userinfo, path, query and fragment of an absolute or relative URL.
func (r *Redactor) URL(u string) (out string) {
	defer hide(r, &out, u)
	return untilStable(u, func(u string) string { return r.redactURL(u, false) })
}

func (r *Redactor) redactURL(u string, isRedirect bool) string {
	rest, fragment, hasFragment := strings.Cut(u, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	origin := ""
	if i := strings.Index(rest, "://"); i >= 0 {
		end := len(rest)
		if j := strings.IndexByte(rest[i+3:], '/'); j >= 0 {
			end = i + 3 + j
		}
		origin, rest = r.redactSpans(rest[:end], names.Plain), rest[end:]
	}
	out := origin + r.redactPath(rest)
	if hasQuery {
		out += "?" + r.withLink(rest).redactQuery(query, isRedirect)
	}
	if hasFragment {
		out += "#" + r.redactQuery(fragment, isRedirect)
	}
	return out
}
