package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Query redacts a query string or a form body. It keeps order, names and the encoding of all other
// values.
func (r *Redactor) Query(raw string) string {
	return settled(r, raw, func(raw string) string { return r.queryAt(raw, false, 0) })
}

// queryAt redacts a query or form. isRedirect reports whether it is that of a URL that a client was
// sent to.
func (r *Redactor) queryAt(raw string, isRedirect bool, depth int) string {
	if raw == "" {
		return raw
	}
	if !strings.ContainsAny(raw, "=&") { // one text
		class := rules.Plain
		if r.context.Opens {
			class = rules.Weak
		}
		plain := scan.Unescape(raw)
		if out := r.value(class, plain, depth); out != plain {
			return scan.Percent.Encode(out)
		}
		return raw
	}
	return r.tree(scan.ReadForm(raw), judge.Context{IsRedirect: isRedirect, Opens: r.context.Opens}, depth)
}

// Path redacts the segments of a percent-encoded path by their shape and by the word before them
// (/reset-password/{token}).
func (r *Redactor) Path(path string) string { return settled(r, path, r.path) }

func (r *Redactor) path(path string) string {
	if len(path) < 2 {
		return path
	}
	f := finder{s: path}
	f.tokens() // some formats have several segments
	path = r.replaceSpans(path, f.settle())
	parts := strings.Split(path, "/")
	changed := false
	r.trace.setClass(byPath)
	before, kind := "", ""
	for i, part := range parts {
		if part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil {
			plain = part
		}
		class := rules.Plain
		if r.context.Opens && i == len(parts)-1 && judge.LooksGenerated(plain) ||
			IsPathSecret(before, plain) || judge.IsWebhookToken(kind, before, plain) || judge.IsLinkToken(kind, plain) {
			class = rules.Secret
		}
		kind, before = before, plain
		if out := r.value(class, plain, 0); out != plain {
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
func (r *Redactor) URL(u string) string {
	return settled(r, u, func(u string) string { return r.urlAt(u, false, 0) })
}

func (r *Redactor) urlAt(u string, isRedirect bool, depth int) string {
	rest, fragment, hasFragment := strings.Cut(u, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	origin := ""
	if i := strings.Index(rest, "://"); i >= 0 {
		end := len(rest)
		if j := strings.IndexByte(rest[i+3:], '/'); j >= 0 {
			end = i + 3 + j
		}
		origin, rest = r.text(rest[:end]+"/", rules.Plain, 0), rest[end:]
		origin = strings.TrimSuffix(origin, "/")
	}
	out := origin + r.path(rest)
	if hasQuery {
		one := *r
		one.context.Opens = r.context.Opens || judge.OpensLink(strings.TrimSuffix(rest, "/"))
		out += "?" + one.queryAt(query, isRedirect, depth)
	}
	if hasFragment {
		out += "#" + r.queryAt(fragment, isRedirect, depth)
	}
	return out
}
