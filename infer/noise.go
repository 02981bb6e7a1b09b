package infer

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
)

// Reasons why a flow has no operation in the document. There are no others.
const (
	ReasonNoAnswer   = "no-answer"
	ReasonUnfinished = "unfinished"
	ReasonPreflight  = "preflight"
	ReasonMethod     = "method"
	ReasonUpgrade    = "upgrade"
	ReasonAsset      = "asset"
	ReasonBeacon     = "beacon"
	ReasonUnchanged  = "not-modified"
	ReasonRedirect   = "redirect"
	ReasonMalformed  = "malformed"
	ReasonNotFound   = "not-found"
	ReasonNotServed  = "not-served"
	ReasonRefused    = "malformed-id"
	ReasonPage       = "page"
	ReasonData       = "data-in-path"
	ReasonNoData     = "graphql-refused"
	ReasonOverflow   = "overflow"
	ReasonCorrected  = "corrected"
	ReasonByRule     = "changed-by-rule"
)

// reasonTexts explains the reasons to people.
var reasonTexts = map[string]string{
	ReasonNoAnswer:   "no answer came back",
	ReasonUnfinished: "the answer was still awaited when recording ended",
	ReasonPreflight:  "a browser's CORS preflight",
	ReasonMethod:     "a method that needs --openapi 3.2, TRACE, or a target that OpenAPI has no word for",
	ReasonUpgrade:    "another protocol from there on, such as WebSocket",
	ReasonAsset:      "a script, style, font or image of a page",
	ReasonBeacon:     "a tracking ping",
	ReasonUnchanged:  "304: the client has the answer already",
	ReasonRedirect:   "only ever redirected to another URL of the same host",
	ReasonMalformed:  "a body that is not what its media type says",
	ReasonNotFound:   "only ever answered 404 or 410",
	ReasonNotServed:  "only ever answered 405 or 501",
	ReasonRefused:    "only asked for with identifiers that were refused as malformed",
	ReasonPage:       "only ever answered HTML for people",
	ReasonNoData:     "a GraphQL operation that was only ever refused",
	ReasonData:       "a name in the path was in one exchange only, and may be data of a person",
	ReasonOverflow:   "one of more paths than are kept apart",
	ReasonCorrected:  "left out by a person's correction",
	ReasonByRule:     "a rule of the proxy changed, held or answered it",
}

// ReasonText returns a reason in words, "unknown" for any other text.
func ReasonText(reason string) string {
	if text, ok := reasonTexts[reason]; ok {
		return text
	}
	return "unknown"
}

// Noise returns the reason why a flow is no evidence about an API, or "" if it is. It depends on
// the flow alone. The document excludes more flows for reasons that depend on other flows.
// allMethods admits the methods that OpenAPI has since 3.2, such as PROPFIND and QUERY.
func Noise(f *flow.Flow, allMethods bool) string {
	r := f.Response
	switch {
	case f.ByRule():
		return ReasonByRule
	case f.Request.Method == "OPTIONS" && f.Request.Header.Has("Access-Control-Request-Method"):
		return ReasonPreflight
	case !isDescribed(f.Request.Method, allMethods) || !strings.HasPrefix(f.Request.Path, "/"):
		return ReasonMethod
	case r == nil || r.Status == 0:
		return ReasonNoAnswer
	case r.Status < 200 || r.Status > 599:
		return ReasonUpgrade
	case isBeacon(f):
		return ReasonBeacon
	case isAsset(f):
		return ReasonAsset
	}
	return ""
}

// IsUnchanged reports whether a status only means that the client already has the response: 304 to
// a GET or HEAD. RFC 9110 (section 15.4.5) does not define 304 for other methods, where it means
// that nothing had to be changed.
func IsUnchanged(method string, status int) bool {
	return status == 304 && (method == "GET" || method == "HEAD")
}

// methods are the methods of an OpenAPI 3.0 path item but TRACE. TRACE returns the request as the
// server received it (RFC 9110, section 9.3.8): it shows the path of messages, and no API.
var methods = map[string]bool{"GET": true, "PUT": true, "POST": true, "DELETE": true, "OPTIONS": true,
	"HEAD": true, "PATCH": true}

// isDescribed reports whether a document describes operations of a method.
func isDescribed(method string, allMethods bool) bool {
	return methods[method] || allMethods && method != "TRACE" && method != "CONNECT" &&
		len(method) <= maxMethod && method != "" && strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == ""
}

// maxMethod bounds a method, in bytes. The longest of the IANA registry has 17.
const maxMethod = 30

// assetDestinations are the request destinations of the Fetch standard that load parts of a page.
var assetDestinations = map[string]bool{"script": true, "style": true, "font": true, "image": true, "manifest": true,
	"serviceworker": true, "sharedworker": true, "worker": true, "audio": true, "video": true, "track": true}

var assetExtensions = map[string]bool{".js": true, ".mjs": true, ".css": true, ".map": true, ".woff": true,
	".woff2": true, ".ttf": true, ".otf": true, ".eot": true, ".ico": true, ".png": true, ".jpg": true, ".jpeg": true,
	".gif": true, ".svg": true, ".webp": true, ".avif": true, ".wasm": true}

// isAsset reports whether a browser loaded the response as part of a page. Sec-Fetch-Dest says so
// if the browser sends it. Otherwise both extension and media type must agree, since an API may
// return images or have names that end in ".js".
func isAsset(f *flow.Flow) bool {
	if f.Request.Method != "GET" && f.Request.Method != "HEAD" {
		return false
	}
	if d := f.Request.Header.Get("Sec-Fetch-Dest"); d != "" && d != "empty" {
		return assetDestinations[d]
	}
	if !assetExtensions[strings.ToLower(path.Ext(f.Request.Path))] {
		return false
	}
	t := f.Response.Header.MediaType()
	switch {
	case t == "" || t == "text/plain" || t == "text/html" || t == "application/octet-stream":
		return f.Response.Status == 304 || f.Response.Status == 404
	case strings.HasPrefix(t, "image/"), strings.HasPrefix(t, "font/"), strings.HasPrefix(t, "text/css"),
		strings.HasSuffix(t, "/javascript"), strings.HasSuffix(t, "/x-javascript"), strings.Contains(t, "font"),
		t == "application/wasm":
		return true
	}
	return false
}

// isBeacon reports whether a flow is hyperlink auditing or a tracking pixel.
func isBeacon(f *flow.Flow) bool {
	if f.Request.Header.MediaType() == "text/ping" || f.Request.Header.Has("Ping-To") {
		return true
	}
	return f.Request.Method == "GET" && f.Request.RawQuery != "" && f.Response.Status == 200 &&
		f.Response.Header.MediaType() == "image/gif" && f.Response.Body.Size <= 64
}

// isOwnRedirect reports whether a response redirects the client on the same host. A read with no
// other responses is no operation, since it leads to one. A redirect to another host, such as a
// download, is a result.
func isOwnRedirect(f *flow.Flow, location string) bool {
	switch f.Response.Status {
	case 301, 302, 303, 307, 308:
		to, err := url.Parse(location)
		return err == nil && location != "" && (to.Host == "" || strings.EqualFold(to.Host, f.Request.Authority))
	}
	return false
}

// excludedStatuses returns the reason to exclude an operation whose responses have these statuses,
// or "" if there is none.
func excludedStatuses(statuses []int) string {
	notServed, notFound := []int{405, 501}, []int{404, 410, 405, 501}
	switch {
	case len(statuses) == 0:
		return ""
	case isSubset(statuses, notServed):
		return ReasonNotServed
	case isSubset(statuses, notFound):
		return ReasonNotFound
	}
	return ""
}

func isSubset(list, of []int) bool {
	return !slices.ContainsFunc(list, func(x int) bool { return !slices.Contains(of, x) })
}
