package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Header redacts the fields of a header. It returns h itself if nothing changes.
func (r *Redactor) Header(h flow.Header) flow.Header {
	return each(h, func(f *flow.Field) bool {
		before := *f
		f.Name, f.Value = r.name(before.Name), r.HeaderValue(before.Name, before.Value) // a name may be a token
		return *f != before
	})
}

// HeaderValue redacts one header value. It keeps the names of cookies, their attributes and
// authentication schemes.
func (r *Redactor) HeaderValue(name, value string) string {
	return settled(r, value, func(value string) string { return r.header(name, value) })
}

func (r *Redactor) header(name, value string) string {
	r.trace.setClass(byHeader)
	value = r.byUserFormat(name, value)
	if len(r.rules.headers) > 0 && r.rules.headers[strings.ToLower(name)] {
		r.trace.setClass(why{userField, name})
		return r.value(rules.Secret, value, 0)
	}
	switch kindOfHeader(name) {
	case "cookie":
		return r.cookies(value)
	case "set-cookie":
		return r.setCookie(value)
	case "url":
		return r.urlAt(value, true, 0)
	case "protocols":
		return r.subprotocols(value)
	case "link":
		return angled.Get().ReplaceAllStringFunc(r.text(value, rules.Plain, 0), func(u string) string {
			return "<" + r.urlAt(u[1:len(u)-1], false, 0) + ">"
		})
	}
	sensitivity := r.rules.class(name)
	if sensitivity != rules.Secret {
		sensitivity = HeaderSensitivity(name)
	}
	return r.value(sensitivity, value, 0)
}

// angled matches the URLs in a Link header (RFC 8288, section 3).
var angled = lazyregexp.New(`<[^<>]*>`)

// HeaderSensitivity is like [rules.ClassOf] for headers. It also knows headers that hold secrets
// under harmless names, such as cookies.
func HeaderSensitivity(name string) rules.Class {
	switch kindOfHeader(name) {
	case "cookie", "set-cookie", "secret":
		return rules.Secret
	case "identifier":
		return rules.Identifier
	}
	if isSignature(name) {
		return rules.Secret
	}
	sensitivity := rules.ClassOf(name)
	switch {
	case endsHeaderToken.MatchString(name):
		return max(sensitivity, rules.Secret) // X-Partner-Auth, X-Gitea-Session, Jenkins-Crumb
	case !endsHeaderKey.MatchString(name):
	case sensitivity == rules.Weak:
		return rules.Secret // no header has the key of a map
	case sensitivity == rules.Plain:
		return rules.Weak // X-Partner-Key holds a secret, Surrogate-Key tags of a cache
	}
	return sensitivity
}

var (
	endsHeaderToken = lazyregexp.New(`(?i)(?:^|-)(?:auth|session|crumb|macaroon|sign)$`)
	endsHeaderKey   = lazyregexp.New(`(?i)-key$`)
)

// isSignature reports whether a header or parameter holds the signature of a message, such as
// X-Hub-Signature-256, X-Shop-Hmac-Sha256 or X-Amz-Signature. Nobody can make one without a secret,
// and a signed URL grants access.
func isSignature(name string) bool {
	low := strings.ToLower(name)
	return (strings.Contains(low, "signature") || strings.Contains(low, "hmac")) && !signatureAbout[rules.LastWord(low)]
}

var signatureAbout = rules.Set("signature-about")

// subprotocols redacts the protocols that a WebSocket client offers. Clients that cannot set other
// headers send a token there, after a name for it.
func (r *Redactor) subprotocols(value string) string {
	parts := strings.Split(value, ",")
	for i, part := range parts {
		class := rules.Weak
		if i > 0 && rules.ClassOf(strings.TrimSpace(parts[i-1])) == rules.Secret {
			class = rules.Secret
		}
		parts[i] = r.value(class, part, 0)
	}
	return strings.Join(parts, ",")
}

// headerKinds are the headings of words.txt for headers, by the names of these.
var headerKinds = func() map[string]string {
	all := map[string]string{}
	for _, kind := range []string{"cookie", "set-cookie", "secret", "url", "identifier", "protocols", "link"} {
		for _, name := range rules.List("header-" + kind) {
			all[name] = kind
		}
	}
	return all
}()

// kindOfHeader recognizes headers with rules of their own.
func kindOfHeader(name string) string { return headerKinds[strings.ToLower(name)] }

// Cookies redacts the value of a Cookie header: every value, but no name.
func (r *Redactor) Cookies(value string) string { return settled(r, value, r.cookies) }

func (r *Redactor) cookies(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		parts[i] = r.cookie(part)
	}
	return strings.Join(parts, ";")
}

// cookie redacts name=value. Without "=" it is a value.
func (r *Redactor) cookie(part string) string {
	name, v, ok := strings.Cut(part, "=")
	if plain, err := url.PathUnescape(name); ok && err == nil {
		if out := r.name(plain); out != plain {
			name = out
		}
	}
	if !ok {
		return part[:len(part)-len(strings.TrimLeft(part, " \t"))] + r.wholeSecret(part)
	}
	if rules.ClassOf(name) < rules.Weak && !judge.LooksGenerated(v) { // of a visitor, which an API may show
		one := *r
		one.known = nil
		r = &one
	}
	return name + "=" + r.wholeSecret(v)
}

// wholeSecret replaces a complete value, unless it is empty or a placeholder.
func (r *Redactor) wholeSecret(v string) string {
	v = strings.TrimSpace(v)
	if v == "" || mark.HasNothingElse(v) {
		return v
	}
	v = strings.Trim(v, `"`)
	r.trace.because(byCookie)
	if u, err := url.PathUnescape(v); err == nil { // so that its placeholder is the same as elsewhere
		v = u
	}
	return r.placeholder(v)
}

// setCookie redacts the value of a Set-Cookie header. It keeps the attributes.
func (r *Redactor) setCookie(value string) string {
	pair, attrs, ok := strings.Cut(value, ";")
	if pair = r.cookie(pair); !ok {
		return pair
	}
	return pair + ";" + r.text(attrs, rules.Plain, 0)
}
