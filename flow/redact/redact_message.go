package redact

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
)

// Header redacts the fields of a header. It returns h itself if nothing changes.
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

// HeaderValue redacts one header value. It keeps the names of cookies, their attributes and
// authentication schemes.
func (r *Redactor) HeaderValue(name, value string) string {
	if len(r.rules.headers) > 0 && r.rules.headers[strings.ToLower(name)] {
		return r.redactValue(Secret, value)
	}
	switch kindOfHeader(name) {
	case cookieHeader:
		return r.Cookies(value)
	case setCookieHeader:
		return r.setCookie(value)
	case urlHeader:
		return r.URL(value)
	case protocolHeader:
		return r.subprotocols(value)
	case identifierHeader:
		return r.redactValue(Identifier, value)
	case authHeader:
		return r.redactValue(Secret, value)
	}
	sensitivity := r.rules.sensitivity(name)
	if sensitivity != Secret {
		sensitivity = HeaderSensitivity(name)
	}
	return r.redactValue(sensitivity, value)
}

// HeaderSensitivity is like [SensitivityOf] for header names. Some headers hold secrets although
// their names do not tell, such as cookies.
func HeaderSensitivity(name string) Sensitivity {
	switch kindOfHeader(name) {
	case cookieHeader, setCookieHeader, authHeader:
		return Secret
	case identifierHeader:
		return Identifier
	}
	sensitivity := SensitivityOf(name)
	if sensitivity == Weak && len(name) > 4 && strings.EqualFold(name[len(name)-4:], "-key") {
		return Secret // no header has the key of a map
	}
	return sensitivity
}

// subprotocols redacts the protocols that a WebSocket client offers. Clients that cannot set other
// headers send a token there, after a name for it.
func (r *Redactor) subprotocols(value string) string {
	parts := strings.Split(value, ",")
	named := false
	for i, part := range parts {
		p := strings.TrimSpace(part)
		sensitivity := Plain
		if named {
			sensitivity = Secret
		}
		low := strings.ToLower(p)
		named = !named && (schemeLen(low+" x") > 0 || SensitivityOf(low) == Secret || strings.HasPrefix(low, "auth"))
		if out := r.redactValue(sensitivity, p); out != p {
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
		"content-disposition":
		return identifierHeader
	}
	return otherHeader
}

// Cookies redacts the value of a Cookie header: every value, but no name.
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

// cookie redacts name=value. Without "=" it is a value.
func (r *Redactor) cookie(part string) string {
	name, v, ok := strings.Cut(part, "=")
	if !ok {
		if strings.TrimSpace(part) == "" {
			return part
		}
		lead := part[:len(part)-len(strings.TrimLeft(part, " "))]
		return lead + r.wholeSecret(part)
	}
	return name + "=" + r.wholeSecret(v)
}

// wholeSecret replaces a whole value, unless it is empty or a placeholder.
func (r *Redactor) wholeSecret(v string) string {
	v = strings.TrimSpace(v)
	if v == "" || isPlaceholders(v) {
		return v
	}
	v = strings.Trim(v, `"`)
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
	return pair + ";" + attrs
}

// Query redacts a query string or a form body. It keeps order, names and the encoding of all other
// values.
func (r *Redactor) Query(raw string) string { return untilStable(raw, r.redactQuery) }

func (r *Redactor) redactQuery(raw string) string {
	if !strings.ContainsAny(raw, "=&") {
		return r.escapedValue(Plain, raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	grants := isGrantForm(raw)
	for raw != "" {
		part := raw
		var sep string
		if i := strings.IndexAny(raw, "&;"); i >= 0 {
			part, sep = raw[:i], raw[i:i+1]
		}
		raw = raw[len(part)+len(sep):]
		name, v, ok := strings.Cut(part, "=")
		sensitivity := r.rules.sensitivity(unescape(name))
		if grants && isCodeName(name) && mayBeGrantCode(v) {
			sensitivity = Secret
		}
		b.WriteString(r.escapedValue(Identifier, name))
		if ok {
			b.WriteByte('=')
			b.WriteString(r.escapedValue(sensitivity, v))
		}
		b.WriteString(sep)
	}
	return b.String()
}

// escapedValue redacts a percent-encoded value. In a changed value, only the characters that would
// end it are encoded.
func (r *Redactor) escapedValue(sensitivity Sensitivity, v string) string {
	if v == "" {
		return v
	}
	plain := unescape(v)
	out := r.redactValue(sensitivity, plain)
	if out == plain {
		return v
	}
	return queryEscaper.Replace(out)
}

var queryEscaper = strings.NewReplacer("%", "%25", "&", "%26", ";", "%3B", "#", "%23", "+", "%2B", " ", "+", "=",
	"%3D", "\n", "%0A", "\r", "%0D", "\x00", "%00")

// unescape decodes a query component, or returns it unchanged if it is invalid.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// Path redacts the segments of a percent-encoded path by their shape and by the word before them
// (/reset-password/{token}).
func (r *Redactor) Path(path string) string { return untilStable(path, r.redactPath) }

func (r *Redactor) redactPath(path string) string {
	if len(path) < 2 {
		return path
	}
	whole := r.redactSpans(path, Identifier) // secrets that span segments
	parts := strings.Split(whole, "/")
	changed := whole != path
	before := Plain
	for i, part := range parts {
		sensitivity := before
		before = pathSensitivity(part)
		if part == "" {
			continue
		}
		plain := part
		if strings.IndexByte(part, '%') >= 0 {
			if u, err := url.PathUnescape(part); err == nil {
				plain = u
			}
		}
		if sensitivity == Weak && isPrefixedID(plain) {
			sensitivity = Plain
		}
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

// pathSensitivity returns the sensitivity of the segment after the given one. It is at most Weak,
// since a segment such as /tokens/count is not always a value of the word before it.
func pathSensitivity(segment string) Sensitivity {
	switch strings.ToLower(segment) {
	case "token", "tokens", "secret", "secrets", "otp", "jwt", "apikey", "api-key", "api_key", "invite", "invites",
		"invitation", "invitations", "unsubscribe", "magic", "magic-link", "activate", "activation", "verify",
		"verify-email", "confirm", "reset":
		return Weak
	}
	if strings.Contains(segment, "password") || SensitivityOf(segment) == Secret && strings.Contains(segment, "token") {
		return Weak
	}
	return Plain
}

// URL redacts the userinfo, path, query and fragment of an absolute or relative URL.
func (r *Redactor) URL(u string) string { return untilStable(u, r.redactURL) }

func (r *Redactor) redactURL(u string) string {
	rest, fragment, hasFragment := strings.Cut(u, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	origin := ""
	if i := strings.Index(rest, "://"); i >= 0 {
		end := len(rest)
		if j := strings.IndexByte(rest[i+3:], '/'); j >= 0 {
			end = i + 3 + j
		}
		origin, rest = r.redactSpans(rest[:end], Plain), rest[end:]
	}
	out := origin + r.redactPath(rest)
	if hasQuery {
		out += "?" + r.redactQuery(query)
	}
	if hasFragment {
		out += "#" + r.redactQuery(fragment)
	}
	return out
}
