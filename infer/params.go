package infer

import (
	"net/textproto"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// learnQuery folds the query's parameters. Names in brackets (filter[status]=open) fold into one object.
func (m *methodFacts) learnQuery(f *flow.Flow) {
	if f.Request.RawQuery == "" {
		return
	}
	fields, err := formFields(f.Request.RawQuery)
	if err != nil { // a stray "%": the server reads it as it likes, names are lost
		return
	}
	values := map[string][]string{}
	deep := map[string][]schema.Field{}
	var order []string
	for _, q := range fields {
		name, isDeep := bracketBase(q.Name)
		if isQueryKey(q.Name, q.Value) {
			continue // a credential: access has it
		}
		if values[name] == nil && deep[name] == nil {
			order = append(order, name)
		}
		if isDeep {
			deep[name] = append(deep[name], schema.Field{Name: q.Name[len(name):], Value: q.Value})
		} else {
			values[name] = append(values[name], q.Value)
		}
	}
	for _, name := range order {
		m.query.fold(name, func() *paramFacts { return &paramFacts{values: *schema.NewList(name)} }, func(p *paramFacts) {
			p.seen++
			p.values.Add(values[name]...)
			if fs := deep[name]; len(fs) > 0 {
				if p.deep == nil {
					p.deep = &schema.Facts{}
				}
				p.deep.AddForm(unbracket(fs), nil)
			}
		})
	}
}

// bracketBase cuts "filter[status]" to "filter". "ids[]" is a name of its own: PHP's and Rails' way to repeat.
func bracketBase(name string) (base string, deep bool) {
	i := strings.IndexByte(name, '[')
	if i <= 0 || !strings.HasSuffix(name, "]") || strings.HasSuffix(name, "[]") && strings.Count(name, "[") == 1 {
		return name, false
	}
	return name[:i], true
}

// unbracket turns "[status]" and "[created][gte]" into form names: "status", "created[gte]".
func unbracket(fs []schema.Field) []schema.Field {
	for i, f := range fs {
		end := strings.IndexByte(f.Name, ']')
		fs[i].Name = f.Name[1:end] + f.Name[end+1:]
	}
	return fs
}

// learnHeaders folds the headers that carry the caller's intent.
func (m *methodFacts) learnHeaders(f *flow.Flow) {
	for _, h := range f.Request.Header {
		if !intentHeader(h.Name) || isKeyName(h.Name) {
			continue
		}
		learnParam(m.header, strings.ToLower(h.Name), h.Value)
	}
}

// learnCookies folds cookies that are neither session nor tracking.
func (m *methodFacts) learnCookies(f *flow.Flow) {
	for _, line := range f.Request.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if name == "" || isSessionCookie(name) || isTrackingCookie(name) || isCSRF(name) {
				continue
			}
			if v, err := url.QueryUnescape(value); err == nil {
				value = v
			}
			learnParam(m.cookie, name, value)
		}
	}
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
func intentHeader(name string) bool {
	n := strings.ToLower(name)
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

// tellingHeader says whether a response header is worth a word in a document, and its usual spelling.
func tellingHeader(name string) (string, bool) {
	n := strings.ToLower(name)
	switch n {
	case "location", "link", "retry-after", "etag", "deprecation", "sunset", "content-disposition", "x-total-count",
		"content-range", "accept-patch", "preference-applied":
		return textproto.CanonicalMIMEHeaderKey(n), true
	}
	if strings.HasPrefix(n, "x-ratelimit") || strings.HasPrefix(n, "x-rate-limit") || strings.HasPrefix(n, "ratelimit") ||
		strings.HasPrefix(n, "x-total") || strings.HasPrefix(n, "x-page") || strings.HasPrefix(n, "x-next") {
		return textproto.CanonicalMIMEHeaderKey(n), true
	}
	return "", false
}

func isTrackingCookie(name string) bool {
	n := strings.ToLower(name)
	for _, p := range []string{"_ga", "_gid", "_gcl", "_fb", "__utm", "_hj", "ajs_", "amplitude", "mp_", "optimizely",
		"intercom", "_pk_", "__cf", "cf_", "awsalb", "__stripe", "_clck", "_clsk", "datadome", "incap_", "visid_"} {
		if strings.HasPrefix(n, p) {
			return true
		}
	}
	return false
}

func isCSRF(name string) bool {
	n := strings.ToLower(name)
	return strings.Contains(n, "csrf") || strings.Contains(n, "xsrf")
}
