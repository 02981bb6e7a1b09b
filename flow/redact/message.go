package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
)

// Header redacts the lines of a header. It returns h itself when nothing changes.
func (r *Redactor) Header(h flow.Header) flow.Header {
	out := h
	for i, f := range h {
		v := r.HeaderValue(f.Name, f.Value)
		if v == f.Value {
			continue
		}
		if &out[0] == &h[0] {
			out = append(flow.Header(nil), h...)
		}
		out[i].Value = v
	}
	return out
}

// HeaderValue redacts one header value. The names of cookies, their attributes and authentication schemes stay.
func (r *Redactor) HeaderValue(name, value string) string {
	if len(r.rules.headers) > 0 && r.rules.headers[strings.ToLower(name)] {
		return r.value(Secret, value)
	}
	switch headerKind(name) {
	case cookieHeader:
		return r.Cookies(value)
	case setCookieHeader:
		return r.setCookie(value)
	case urlHeader:
		return r.URL(value)
	case protocolHeader:
		return r.subprotocols(value)
	case identifierHeader:
		return r.value(Identifier, value)
	case authHeader:
		return r.value(Secret, value)
	}
	class := r.rules.class(name)
	if class != Secret {
		class = ClassOfHeader(name)
	}
	return r.value(class, value)
}

// ClassOfHeader is ClassOf for names of headers, some of which have secrets whatever their name says: cookies are.
func ClassOfHeader(name string) Class {
	switch headerKind(name) {
	case cookieHeader, setCookieHeader, authHeader:
		return Secret
	case identifierHeader:
		return Identifier
	}
	class := ClassOf(name)
	if class == Weak && len(name) > 4 && strings.EqualFold(name[len(name)-4:], "-key") {
		return Secret // no header has the key of a map
	}
	return class
}

// subprotocols redacts the protocols that a WebSocket's client offers: those who cannot set other headers put a token
// there, after a name that says so.
func (r *Redactor) subprotocols(value string) string {
	parts := strings.Split(value, ",")
	named := false
	for i, part := range parts {
		p := strings.TrimSpace(part)
		class := Plain
		if named {
			class = Secret
		}
		low := strings.ToLower(p)
		named = !named && (schemeLen(low+" x") > 0 || ClassOf(low) == Secret || strings.HasPrefix(low, "auth"))
		if out := r.value(class, p); out != p {
			parts[i] = part[:len(part)-len(strings.TrimLeft(part, " "))] + out
		}
	}
	return strings.Join(parts, ",")
}

type headerSort uint8

const (
	otherHeader headerSort = iota
	cookieHeader
	setCookieHeader
	authHeader
	urlHeader
	identifierHeader
	protocolHeader
)

// headerKind tells headers that do not go by the rules for names.
func headerKind(name string) headerSort {
	switch strings.ToLower(name) {
	case "cookie", "cookie2":
		return cookieHeader
	case "set-cookie", "set-cookie2":
		return setCookieHeader
	case "authorization", "proxy-authorization", "authentication", "x-authentication", "authentication-info", "proxy-authentication-info", "x-authorization",
		"x-forwarded-authorization", "x-original-authorization", "x-auth", "x-goog-iam-authorization-token", "x-amz-security-token",
		"x-forwarded-client-cert", "x-ms-authorization-auxiliary":
		return authHeader
	case "sec-websocket-protocol":
		return protocolHeader
	case "location", "content-location", "referer", "origin", "refresh":
		return urlHeader
	case "etag", "if-match", "if-none-match", "if-range", "content-security-policy", "content-security-policy-report-only",
		"sec-websocket-key", "sec-websocket-accept", "traceparent", "tracestate", "digest", "content-digest", "repr-digest",
		"want-digest", "content-md5", "x-amz-cf-id", "x-amz-id-2", "x-amz-request-id", "x-amzn-trace-id", "x-request-id", "cf-ray",
		"x-cache", "via", "server-timing", "report-to", "nel", "reporting-endpoints", "alt-svc", "accept-ch", "www-authenticate",
		"proxy-authenticate", "access-control-allow-headers", "access-control-expose-headers",
		"access-control-request-headers", "vary", "content-type", "accept", "date", "user-agent", "server", "content-disposition":
		return identifierHeader
	}
	return otherHeader
}

// Cookies redacts the value of a Cookie header: every value goes, names stay.
func (r *Redactor) Cookies(value string) string {
	var b strings.Builder
	for i, part := range strings.Split(value, ";") {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(r.cookie(part))
	}
	return b.String()
}

// cookie redacts name=value. What has no "=" is a value alone.
func (r *Redactor) cookie(part string) string {
	name, v, ok := strings.Cut(part, "=")
	if !ok {
		if strings.TrimSpace(part) == "" {
			return part
		}
		lead := part[:len(part)-len(strings.TrimLeft(part, " "))]
		return lead + r.secret(part)
	}
	return name + "=" + r.secret(v)
}

// secret replaces a whole value, unless there is nothing to hide.
func (r *Redactor) secret(v string) string {
	v = strings.TrimSpace(v)
	if v == "" || isMarks(v) {
		return v
	}
	v = strings.Trim(v, `"`)
	if u, err := url.PathUnescape(v); err == nil { // so that it shows to be the one seen elsewhere
		v = u
	}
	return r.placeholder(v)
}

// setCookie redacts the value of a Set-Cookie header; its attributes stay.
func (r *Redactor) setCookie(value string) string {
	pair, attrs, ok := strings.Cut(value, ";")
	if pair = r.cookie(pair); !ok {
		return pair
	}
	return pair + ";" + attrs
}

// Query redacts a query string or a form body. Order, names and the escapes of what stays are kept.
func (r *Redactor) Query(raw string) string { return settle(raw, r.query) }

func (r *Redactor) query(raw string) string {
	if !strings.ContainsAny(raw, "=&") {
		return r.escapedValue(Plain, raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	grants := grantsIn(raw)
	for raw != "" {
		part := raw
		var sep string
		if i := strings.IndexAny(raw, "&;"); i >= 0 {
			part, sep = raw[:i], raw[i:i+1]
		}
		raw = raw[len(part)+len(sep):]
		name, v, ok := strings.Cut(part, "=")
		class := r.rules.class(unescape(name))
		if grants && isCodeName(name) && isCode(v) {
			class = Secret
		}
		b.WriteString(r.escapedValue(Identifier, name))
		if ok {
			b.WriteByte('=')
			b.WriteString(r.escapedValue(class, v))
		}
		b.WriteString(sep)
	}
	return b.String()
}

// escapedValue redacts a value that is percent-encoded. A changed value comes out readable, but for what would
// end it.
func (r *Redactor) escapedValue(c Class, v string) string {
	if v == "" {
		return v
	}
	plain := unescape(v)
	out := r.value(c, plain)
	if out == plain {
		return v
	}
	return queryEscaper.Replace(out)
}

var queryEscaper = strings.NewReplacer("%", "%25", "&", "%26", ";", "%3B", "#", "%23", "+", "%2B", " ", "+", "=", "%3D", "\n", "%0A", "\r", "%0D", "\x00", "%00")

func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// Path redacts the segments of a percent-encoded path: by their shape, and by the word before them
// (/reset-password/{token}).
func (r *Redactor) Path(path string) string { return settle(path, r.path) }

func (r *Redactor) path(path string) string {
	if len(path) < 2 {
		return path
	}
	whole := r.spans(path, Identifier) // what spans segments
	parts := strings.Split(whole, "/")
	changed := whole != path
	before := Plain
	for i, part := range parts {
		class := before
		before = pathClass(part)
		if part == "" {
			continue
		}
		plain := part
		if strings.IndexByte(part, '%') >= 0 {
			if u, err := url.PathUnescape(part); err == nil {
				plain = u
			}
		}
		if class == Weak && isPrefixedID(plain) {
			class = Plain
		}
		if out := r.value(class, plain); out != plain {
			parts[i] = strings.NewReplacer("%", "%25", "/", "%2F", "?", "%3F", "#", "%23").Replace(out)
			changed = true
		}
	}
	if !changed {
		return path
	}
	return strings.Join(parts, "/")
}

// pathClass is the class of the segment after one. A segment is no value of the word before it unless it looks like
// a secret: /tokens/count.
func pathClass(segment string) Class {
	switch strings.ToLower(segment) {
	case "token", "tokens", "secret", "secrets", "otp", "jwt", "apikey", "api-key", "api_key", "invite", "invites", "invitation", "invitations",
		"unsubscribe", "magic", "magic-link", "activate", "activation", "verify", "verify-email", "confirm", "reset":
		return Weak
	}
	if strings.Contains(segment, "password") || ClassOf(segment) == Secret && strings.Contains(segment, "token") {
		return Weak
	}
	return Plain
}

// URL redacts an absolute or relative URL: userinfo, path, query and fragment.
func (r *Redactor) URL(u string) string { return settle(u, r.url) }

func (r *Redactor) url(u string) string {
	rest, fragment, hasFragment := strings.Cut(u, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	origin := ""
	if i := strings.Index(rest, "://"); i >= 0 {
		end := len(rest)
		if j := strings.IndexByte(rest[i+3:], '/'); j >= 0 {
			end = i + 3 + j
		}
		origin, rest = r.spans(rest[:end], Plain), rest[end:]
	}
	out := origin + r.path(rest)
	if hasQuery {
		out += "?" + r.query(query)
	}
	if hasFragment {
		out += "#" + r.query(fragment)
	}
	return out
}
