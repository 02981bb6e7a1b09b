// Package headers classifies HTTP header fields and cookies by their names: parameters of an API,
// keys, and fields with a well-known meaning.
//
// It knows the names that standards and widespread use define, and no vendor's API. Read headers.go
// first.
package headers

import (
	"net/textproto"
	"strings"
)

// Info is the classification of a header name.
type Info struct {
	// Name is the name as it was sent, Lower the same in lower case.
	Name, Lower string
	// IsKey reports whether the header carries an API key or token.
	IsKey bool
	// IsParam reports whether a caller sets the header of a request to say something to the API,
	// and it is no key.
	IsParam bool
	// MayBeKey reports whether a parameter may carry a key. Requests that were refused without it
	// decide.
	MayBeKey bool
	// Response is the usual spelling of a response header that a document describes, "" for all
	// others.
	Response string
}

// maxNames bounds the names that a Cache remembers.
const maxNames = 1024

// Cache is a cache of classified names: traffic has few distinct ones. Its zero value is ready. It
// is not safe for concurrent use.
type Cache struct{ names map[string]*Info }

// Lookup returns the classification of a name. It keeps no reference to name.
func (c *Cache) Lookup(name string) *Info {
	if info := c.names[name]; info != nil {
		return info
	}
	name = strings.Clone(name)
	info := &Info{Name: name, Lower: strings.ToLower(name), IsKey: IsKeyName(name)}
	info.IsParam = isParam(info.Lower) && !info.IsKey
	info.MayBeKey = info.IsParam && mayBeKey(info.Lower)
	if isDescribed(info.Lower) {
		info.Response = Spelling(info.Lower)
	}
	if len(name) <= MaxName {
		if c.names == nil || len(c.names) == maxNames {
			c.names = map[string]*Info{}
		}
		c.names[name] = info
	}
	return info
}

// Lines predicts the names of a message's header lines. Consecutive messages mostly have the same
// lines in the same order. Its zero value is ready.
type Lines struct{ previous [32]*Info }

// Lookup is [Cache.Lookup] for line i of a message.
func (l *Lines) Lookup(c *Cache, i int, name string) *Info {
	if i >= len(l.previous) {
		return c.Lookup(name)
	}
	if info := l.previous[i]; info == nil || info.Name != name {
		l.previous[i] = c.Lookup(name)
	}
	return l.previous[i]
}

// transport holds the request headers of HTTP itself, browsers, proxies and tracing. They are no
// parameters of an API.
var transport = map[string]bool{
	"accept": true, "accept-charset": true, "accept-encoding": true, "accept-language": true, "authorization": true,
	"cache-control": true, "connection": true, "content-encoding": true, "content-length": true, "content-type": true,
	"content-md5": true, "cookie": true, "date": true, "dnt": true, "expect": true, "forwarded": true, "from": true,
	"host": true, "if-modified-since": true, "if-none-match": true, "keep-alive": true, "origin": true, "pragma": true,
	"priority": true, "proxy-authorization": true, "proxy-connection": true, "range": true, "referer": true,
	"save-data": true, "te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
	"upgrade-insecure-requests": true, "user-agent": true, "via": true, "traceparent": true, "tracestate": true,
	"baggage": true, "b3": true, "x-requested-with": true, "x-real-ip": true, "x-request-id": true,
	"x-correlation-id": true, "x-request-start": true, "x-trace-id": true, "x-client-data": true, "x-purpose": true,
	"purpose": true, "x-http-method-override": true,
	"last-event-id": true,
}

// transportPrefixes are prefixes of such headers.
var transportPrefixes = []string{":", "sec-", "access-control-", "x-forwarded-", "x-b3-", "x-envoy-", "x-amzn-trace",
	"x-cloud-trace", "x-datadog-", "x-newrelic-", "newrelic", "sentry-", "x-ot-", "uber-trace", "cf-", "x-client-",
	"x-sdk-", "x-stainless-", "x-ms-client-"}

// isParam reports whether a caller sets a request header to say something to the API.
func isParam(lower string) bool {
	return !transport[lower] && !strings.HasSuffix(lower, "-user-agent") && !strings.HasSuffix(lower, "-client-info") &&
		!hasAnyPrefix(lower, transportPrefixes)
}

// isDescribed reports whether a document describes a response header.
func isDescribed(lower string) bool {
	switch lower {
	case "location", "link", "retry-after", "etag", "deprecation", "sunset", "content-disposition", "x-total-count",
		"content-range", "accept-patch", "preference-applied", "operation-location":
		return true
	}
	return hasAnyPrefix(lower, []string{"x-ratelimit", "x-rate-limit", "ratelimit", "x-total", "x-page", "x-next"})
}

// IsAntiForgery reports whether a header, a cookie or a field of this name carries a token against
// forged requests (CSRF, XSRF). Rails, Laravel and ASP.NET have names without these words.
func IsAntiForgery(name string) bool {
	n := strings.ToLower(name)
	return n == "_token" || strings.HasSuffix(n, "[_token]") || containsAny(n, []string{"csrf", "xsrf", "antiforgery", "authenticity_token", "requestverificationtoken"})
}

// spellings corrects the canonical form of names that are not written with one capital for each
// word.
var spellings = strings.NewReplacer("Etag", "ETag", "Soapaction", "SOAPAction", "Ratelimit", "RateLimit",
	"Www-", "WWW-", "X-Api-", "X-API-", "X-Csrf-", "X-CSRF-", "X-Csrft", "X-CSRFT", "X-Xsrf-", "X-XSRF-", "X-Xsrft", "X-XSRFT")

// Spelling returns the usual spelling of a header name. HTTP/2 sends names in lower case, and
// clients differ.
func Spelling(name string) string {
	return spellings.Replace(textproto.CanonicalMIMEHeaderKey(name))
}
