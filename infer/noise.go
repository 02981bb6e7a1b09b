package infer

import (
	"net/url"
	"path"
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
	ReasonPage       = "page"
	ReasonOverflow   = "overflow"
	ReasonCorrected  = "corrected"
)

// ReasonText says in words for people why a flow has no operation.
func ReasonText(reason string) string {
	switch reason {
	case ReasonNoAnswer:
		return "no answer came back"
	case ReasonUnfinished:
		return "the answer was still awaited when recording ended"
	case ReasonPreflight:
		return "a browser's CORS preflight"
	case ReasonMethod:
		return "a method or target that OpenAPI has no word for"
	case ReasonUpgrade:
		return "another protocol from there on, such as WebSocket"
	case ReasonAsset:
		return "a script, style, font or image of a page"
	case ReasonBeacon:
		return "a tracking ping"
	case ReasonUnchanged:
		return "304: the client has the answer already"
	case ReasonRedirect:
		return "only ever redirected to another URL of the same host"
	case ReasonMalformed:
		return "a body that is not what its media type says"
	case ReasonNotFound:
		return "only ever answered 404 or 410"
	case ReasonNotServed:
		return "only ever answered 405 or 501"
	case ReasonPage:
		return "only ever answered HTML for people"
	case ReasonCorrected:
		return "left out by a person's correction"
	case ReasonOverflow:
		return "one of more paths than are kept apart"
	}
	return "unknown"
}

// Noise says why a flow says nothing about an API, "" when it does. It depends on the flow alone; further
// reasons show only beside other flows.
func Noise(f *flow.Flow) string {
	r := f.Response
	switch {
	case f.Request.Method == "OPTIONS" && f.Request.Header.Has("Access-Control-Request-Method"):
		return ReasonPreflight
	case !methods[f.Request.Method] || !strings.HasPrefix(f.Request.Path, "/"):
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

// IsUnchanged says whether an answer of a status tells nothing but that the client has what it asks for (RFC 9110,
// section 15.4.5, knows it for GET and HEAD alone: else it says that nothing was to be done).
func IsUnchanged(method string, status int) bool {
	return status == 304 && (method == "GET" || method == "HEAD")
}

// methods are those of an OpenAPI 3.0 path item.
var methods = map[string]bool{"GET": true, "PUT": true, "POST": true, "DELETE": true, "OPTIONS": true,
	"HEAD": true, "PATCH": true, "TRACE": true}

// assetDests are the Fetch standard's destinations of what a page is made of.
var assetDests = map[string]bool{"script": true, "style": true, "font": true, "image": true, "manifest": true,
	"serviceworker": true, "sharedworker": true, "worker": true, "audio": true, "video": true, "track": true}

var assetExts = map[string]bool{".js": true, ".mjs": true, ".css": true, ".map": true, ".woff": true, ".woff2": true,
	".ttf": true, ".otf": true, ".eot": true, ".ico": true, ".png": true, ".jpg": true, ".jpeg": true, ".gif": true,
	".svg": true, ".webp": true, ".avif": true, ".wasm": true}

// isAsset recognises what a browser loads for a page: by its own word (Sec-Fetch-Dest), else by extension and
// media type together, since an API may well answer an image or have a ".js" in a name.
func isAsset(f *flow.Flow) bool {
	if f.Request.Method != "GET" && f.Request.Method != "HEAD" {
		return false
	}
	if d := f.Request.Header.Get("Sec-Fetch-Dest"); d != "" && d != "empty" {
		return assetDests[d]
	}
	if !assetExts[strings.ToLower(path.Ext(f.Request.Path))] {
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

// isBeacon recognises hyperlink auditing and tracking pixels.
func isBeacon(f *flow.Flow) bool {
	if f.Request.Header.MediaType() == "text/ping" || f.Request.Header.Has("Ping-To") {
		return true
	}
	return f.Request.Method == "GET" && f.Request.RawQuery != "" && f.Response.Status == 200 &&
		f.Response.Header.MediaType() == "image/gif" && f.Response.Body.Size <= 64
}

// isOwnRedirect says whether an answer sends the client elsewhere on the same host. A read that is never
// answered otherwise leads to a resource and is none; a redirect to another host hands something out.
func isOwnRedirect(f *flow.Flow, location string) bool {
	switch f.Response.Status {
	case 301, 302, 303, 307, 308:
		to, err := url.Parse(location)
		return err == nil && location != "" && (to.Host == "" || strings.EqualFold(to.Host, f.Request.Authority))
	}
	return false
}

// excludedStatuses says why an operation is left out whose answers were of these statuses alone.
func excludedStatuses(statuses []int) string {
	all := func(ok func(int) bool) bool {
		for _, s := range statuses {
			if !ok(s) {
				return false
			}
		}
		return len(statuses) > 0
	}
	switch {
	case all(func(s int) bool { return s == 405 || s == 501 }):
		return ReasonNotServed
	case all(func(s int) bool { return s == 404 || s == 410 || s == 405 || s == 501 }):
		return ReasonNotFound
	}
	return ""
}
