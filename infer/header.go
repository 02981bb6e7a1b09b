package infer

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// knownHeader is what the name of a header line says.
type knownHeader struct {
	name    string // as it was sent
	lower   string
	intent  bool   // a caller sets it to mean something, and it is no credential
	key     bool   // it carries an API key or token
	maybe   bool   // it may: what was refused without it will tell
	telling string // its usual spelling, if an answer with it is worth a word in a document
}

// message is what the header of a message says of its body.
type message struct {
	header  flow.Header
	typed   string // the first value of Content-Type
	has     bool   // there is one
	encoded bool   // it may have a content encoding
}

// note takes in a line.
func (m *message) note(h *knownHeader, value string) {
	switch h.lower {
	case "content-type":
		if !m.has {
			m.typed, m.has = value, true
		}
	case "content-encoding":
		m.encoded = true
	}
}

// mediaType is what a value of Content-Type says.
type mediaType struct {
	kind  string // see safeType
	plain bool   // its text is UTF-8
}

// mediaType looks into a value once.
func (l *learner) mediaType(contentType string) mediaType {
	t, ok := l.types[contentType]
	if !ok {
		t = mediaType{safeType(contentType), decode.Plain(contentType)}
		if len(contentType) <= maxKeyName {
			if l.types == nil || len(l.types) == maxHeaderNames {
				l.types = map[string]mediaType{}
			}
			t.kind = strings.Clone(t.kind)
			l.types[strings.Clone(contentType)] = t
		}
	}
	return t
}

// maxHeaderNames bounds the names that are remembered.
const maxHeaderNames = 1024

// line is what the name of a line says. Messages mostly have the lines of those before: guesses are of the same place.
func (l *learner) line(guesses []*knownHeader, i int, name string) *knownHeader {
	if i >= len(guesses) {
		return l.header(name)
	}
	if h := guesses[i]; h == nil || h.name != name {
		guesses[i] = l.header(name)
	}
	return guesses[i]
}

// header looks into a name once: traffic has few.
func (l *learner) header(name string) *knownHeader {
	if h := l.headers[name]; h != nil {
		return h
	}
	h := &knownHeader{name: strings.Clone(name), lower: strings.ToLower(name), key: isKeyName(name)}
	h.intent = intentHeader(h.lower) && !h.key
	h.maybe = h.intent && mayBeKey(h.lower)
	if tellingHeader(h.lower) {
		h.telling = headerSpelling(h.lower)
	}
	if len(name) <= maxKeyName {
		if l.headers == nil || len(l.headers) == maxHeaderNames {
			l.headers = map[string]*knownHeader{}
		}
		l.headers[h.name] = h
	}
	return h
}

// plainHeaders are request headers of HTTP itself, browsers, proxies and tracing: they say nothing of an API.
var plainHeaders = map[string]bool{
	"accept": true, "accept-charset": true, "accept-encoding": true, "accept-language": true, "authorization": true,
	"cache-control": true, "connection": true, "content-encoding": true, "content-length": true, "content-type": true,
	"content-md5": true, "cookie": true, "date": true, "dnt": true, "expect": true, "forwarded": true, "from": true, "host": true,
	"if-modified-since": true, "if-none-match": true, "keep-alive": true, "origin": true, "pragma": true, "priority": true,
	"proxy-authorization": true, "proxy-connection": true, "range": true, "referer": true, "save-data": true, "te": true,
	"trailer": true, "transfer-encoding": true, "upgrade": true, "upgrade-insecure-requests": true, "user-agent": true,
	"via": true, "traceparent": true, "tracestate": true, "baggage": true, "b3": true, "x-requested-with": true,
	"x-real-ip": true, "x-request-id": true, "x-correlation-id": true, "x-request-start": true, "x-trace-id": true,
	"x-client-data": true, "x-purpose": true, "purpose": true, "x-http-method-override": true, "x-csrf-token": true,
	"x-xsrf-token": true, "x-csrftoken": true, "last-event-id": true,
}

// plainPrefixes are families of such headers.
var plainPrefixes = []string{":", "sec-", "access-control-", "x-forwarded-", "x-b3-", "x-envoy-", "x-amzn-trace", "x-cloud-trace",
	"x-datadog-", "x-newrelic-", "newrelic", "sentry-", "x-ot-", "uber-trace", "cf-", "x-client-", "x-sdk-", "x-stainless-", "x-ms-client-"}

// intentHeader says whether a request header is one that a caller sets to mean something.
func intentHeader(n string) bool {
	if plainHeaders[n] || strings.HasSuffix(n, "-user-agent") || strings.HasSuffix(n, "-client-info") || isCSRF(n) {
		return false
	}
	for _, p := range plainPrefixes {
		if strings.HasPrefix(n, p) {
			return false
		}
	}
	return true
}

// tellingHeader says whether a response header is worth a word in a document.
func tellingHeader(n string) bool {
	switch n {
	case "location", "link", "retry-after", "etag", "deprecation", "sunset", "content-disposition", "x-total-count",
		"content-range", "accept-patch", "preference-applied", "operation-location":
		return true
	}
	return strings.HasPrefix(n, "x-ratelimit") || strings.HasPrefix(n, "x-rate-limit") || strings.HasPrefix(n, "ratelimit") ||
		strings.HasPrefix(n, "x-total") || strings.HasPrefix(n, "x-page") || strings.HasPrefix(n, "x-next")
}

func isCSRF(name string) bool {
	n := strings.ToLower(name)
	return strings.Contains(n, "csrf") || strings.Contains(n, "xsrf")
}
