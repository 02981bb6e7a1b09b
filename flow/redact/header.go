package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Header redacts the fields of a header. It returns h itself if nothing changes.
func (r *Redactor) Header(h flow.Header) flow.Header {
	out := h
	for i, f := range h {
		v, name := r.HeaderValue(f.Name, f.Value), r.name(f.Name) // which may be a token
		if v == f.Value && name == f.Name {
			continue
		}
		if &out[0] == &h[0] {
			out = append(flow.Header(nil), h...)
		}
		out[i].Name, out[i].Value = name, v
	}
	return out
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
	case cookieHeader:
		return r.cookies(value)
	case setCookieHeader:
		return r.setCookie(value)
	case urlHeader:
		return r.urlAt(value, true, 0)
	case protocolHeader:
		return r.subprotocols(value)
	case fileHeader:
		return r.disposition(value)
	case linkHeader:
		return r.links(value)
	case identifierHeader:
		return r.value(rules.Identifier, value, 0)
	case authHeader:
		return r.value(rules.Secret, value, 0)
	}
	sensitivity := r.rules.class(name)
	if sensitivity != rules.Secret {
		sensitivity = HeaderSensitivity(name)
	}
	if sensitivity < rules.Secret && sensitivity != rules.Identifier && judge.IsHeaderToken(name, value) {
		sensitivity = rules.Secret
	}
	return r.value(sensitivity, value, 0)
}

// HeaderSensitivity is like [rules.ClassOf] for headers. Some headers hold secrets although
// their names do not tell, such as cookies.
func HeaderSensitivity(name string) rules.Class {
	switch kindOfHeader(name) {
	case cookieHeader, setCookieHeader, authHeader:
		return rules.Secret
	case identifierHeader:
		return rules.Identifier
	}
	if isSignature(name) {
		return rules.Secret
	}
	sensitivity := rules.ClassOf(name)
	if len(name) > len("-key") && strings.EqualFold(name[len(name)-len("-key"):], "-key") {
		switch sensitivity {
		case rules.Weak:
			return rules.Secret // no header has the key of a map
		case rules.Plain:
			return rules.Weak // X-Partner-Key holds a secret, Surrogate-Key tags of a cache
		}
	}
	if sensitivity == rules.Plain && judge.EndsHeaderToken(name) {
		return rules.Weak
	}
	return sensitivity
}

// isSignature reports whether a header or parameter holds the signature of a message, such as
// X-Hub-Signature-256, X-Shop-Hmac-Sha256 or X-Amz-Signature. Nobody can make one without a secret,
// and a signed URL grants access.
func isSignature(name string) bool {
	low := strings.ToLower(name)
	if !strings.Contains(low, "signature") && !strings.Contains(low, "hmac") {
		return false
	}
	switch last := rules.LastWord(low); last {
	case "input", "timestamp", "version", "method", "algorithm", "alg", "keyid", "id", "type", "headers", "date",
		"expires", "nonce", "agent":
		return false
	}
	return true
}

// subprotocols redacts the protocols that a WebSocket client offers. Clients that cannot set other
// headers send a token there, after a name for it.
func (r *Redactor) subprotocols(value string) string {
	parts := strings.Split(value, ",")
	named := false
	for i, part := range parts {
		p := strings.TrimSpace(part)
		sensitivity := rules.Plain
		if named {
			sensitivity = rules.Secret
		}
		low := strings.ToLower(p)
		named = !named && (judge.SchemeLen(low+" x") > 0 || rules.ClassOf(low) == rules.Secret || strings.HasPrefix(low, "auth"))
		if out := r.value(sensitivity, p, 0); out != p {
			parts[i] = part[:len(part)-len(strings.TrimLeft(part, " "))] + out
		}
	}
	return strings.Join(parts, ",")
}

type headerKind uint8

const (
	otherHeader headerKind = iota
	cookieHeader
	setCookieHeader
	authHeader
	urlHeader
	identifierHeader
	protocolHeader
	fileHeader
	linkHeader
)

// kindOfHeader recognizes headers with rules of their own.
func kindOfHeader(name string) headerKind {
	switch strings.ToLower(name) {
	case "cookie", "cookie2":
		return cookieHeader
	case "set-cookie", "set-cookie2":
		return setCookieHeader
	case "authorization", "proxy-authorization", "authentication", "x-authentication", "authentication-info",
		"proxy-authentication-info", "x-authorization", "x-forwarded-authorization", "x-original-authorization",
		"x-auth", "x-goog-iam-authorization-token", "x-amz-security-token", "x-forwarded-client-cert",
		"x-ms-authorization-auxiliary":
		return authHeader
	case "sec-websocket-protocol":
		return protocolHeader
	case "location", "content-location", "referer", "origin", "refresh":
		return urlHeader
	case "etag", "if-match", "if-none-match", "if-range", "content-security-policy",
		"content-security-policy-report-only", "sec-websocket-key", "sec-websocket-accept", "traceparent",
		"tracestate", "digest", "content-digest", "repr-digest", "want-digest", "content-md5", "x-amz-cf-id",
		"x-amz-id-2", "x-amz-request-id", "x-amzn-trace-id", "x-request-id", "cf-ray", "x-cache", "via",
		"server-timing", "report-to", "nel", "reporting-endpoints", "alt-svc", "accept-ch", "www-authenticate",
		"proxy-authenticate", "access-control-allow-headers", "access-control-expose-headers",
		"access-control-request-headers", "vary", "content-type", "accept", "date", "user-agent", "server",
		"signature-input":
		return identifierHeader
	case "content-disposition":
		return fileHeader
	case "link":
		return linkHeader
	}
	return otherHeader
}

// Cookies redacts the value of a Cookie header: every value, but no name.
func (r *Redactor) Cookies(value string) string { return settled(r, value, r.cookies) }

func (r *Redactor) cookies(value string) string {
	var b strings.Builder
	for i, part := range strings.Split(value, ";") {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(r.cookie(part))
	}
	return b.String()
}

// cookie redacts name=value. Without "=" it is a value.
func (r *Redactor) cookie(part string) string {
	name, v, ok := strings.Cut(part, "=")
	if plain := scan.Unescape(name); ok {
		if out := r.name(plain); out != plain {
			name = out
		}
	}
	if !ok {
		if strings.TrimSpace(part) == "" {
			return part
		}
		lead := part[:len(part)-len(strings.TrimLeft(part, " "))]
		return lead + r.wholeSecret(part)
	}
	if rules.ClassOf(name) < rules.Weak && !judge.LooksGenerated(v) { // of a visitor, which an API may show
		one := *r
		one.known = nil
		r = &one
	}
	return name + "=" + r.wholeSecret(v)
}

// wholeSecret replaces a whole value, unless it is empty or a placeholder.
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

// links redacts the value of a Link header, with URLs between angle brackets.
func (r *Redactor) links(value string) string {
	var b strings.Builder
	for rest := value; ; {
		before, after, ok := strings.Cut(rest, "<")
		b.WriteString(r.text(before, rules.Plain, 0))
		if !ok {
			return b.String()
		}
		u, after, ok := strings.Cut(after, ">")
		b.WriteString("<" + r.urlAt(u, false, 0))
		if !ok {
			return b.String()
		}
		b.WriteByte('>')
		rest = after
	}
}

// disposition redacts the value of a Content-Disposition header, in which names may be
// percent-encoded.
func (r *Redactor) disposition(value string) string {
	if plain, err := url.PathUnescape(value); err == nil && plain != value {
		if out := r.text(plain, rules.Plain, 0); out != plain {
			return out
		}
	}
	return r.text(value, rules.Plain, 0)
}
