package headers

import "strings"

// descriptions holds what headers mean by standard or widespread use, by name in lower case.
var descriptions = map[string]string{
	"idempotency-key":     "Names this attempt: sent again with the same key, it is done once.",
	"if-match":            "Only if this is still the version, by its ETag.",
	"if-unmodified-since": "Only if nothing changed since.",
	"prefer":              "What the client would like of the answer (RFC 7240).",
	"preference-applied":  "What of the client's wishes was met (RFC 7240).",
	"etag":                "Version of what was answered, for If-Match and If-None-Match.",
	"link":                "Links to related things (RFC 8288).",
	"deprecation":         "Since when the operation is deprecated, or that it is (RFC 9745).",
	"sunset":              "When the operation will be gone (RFC 8594).",
	"content-disposition": "Under which name to save it (RFC 6266).",
	"content-range":       "Which part of the whole was answered (RFC 9110).",
	"accept-patch":        "Media types that PATCH takes (RFC 5789).",
	"retry-after":         "How long to wait: seconds, or until when (RFC 9110).",
	"operation-location":  "Where to ask how the operation is going.",
}

// Description returns what a header means, "" for one without a well-known meaning. The name is in
// lower case.
func Description(lower string) string {
	if text, ok := descriptions[lower]; ok {
		return text
	}
	switch {
	case strings.HasSuffix(lower, "signature"):
		return "Signature of the request: who sends it has the key."
	case strings.HasSuffix(lower, "-version") && lower != "sec-version":
		return "Version of the API that the client speaks."
	case strings.Contains(lower, "total-count"), strings.HasSuffix(lower, "-total"):
		return "How many there are on all pages."
	case strings.Contains(lower, "ratelimit"), strings.Contains(lower, "rate-limit"):
		return rateLimitDescription(lower)
	}
	return ""
}

// rateLimitDescription returns what a header of a rate limit means, by the last word of its name.
func rateLimitDescription(lower string) string {
	switch lower[strings.LastIndexByte(lower, '-')+1:] {
	case "limit":
		return "How many requests a window of time allows."
	case "remaining":
		return "How many requests are left in the window."
	case "reset":
		return "When the window ends."
	case "used":
		return "How many requests of the window are used."
	case "policy":
		return "The limits and their windows."
	}
	return ""
}

// LocationDescription returns what the Location header of a response with this status leads to (RFC
// 9110, section 10.2.2), "" for statuses that give it no meaning.
func LocationDescription(status int) string {
	switch {
	case status == 201:
		return "Where to find what was made."
	case status == 202:
		return "Where to ask how it is going."
	case status >= 300 && status < 400:
		return "Where to go instead."
	}
	return ""
}
