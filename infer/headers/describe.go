package headers

import "strings"

// descriptions holds what headers mean by standard or widespread use, by name in lower case.
var descriptions = map[string]string{
	"idempotency-key":     "Key of the request. Requests with the same key are performed once.",
	"if-match":            "ETag of the version to change. The request fails if it is no longer the current one.",
	"if-unmodified-since": "Time of the version to change. The request fails if it has changed since.",
	"prefer":              "Preferences for the response (RFC 7240).",
	"preference-applied":  "Preferences that the server applied (RFC 7240).",
	"etag":                "Version of the resource, for If-Match and If-None-Match.",
	"link":                "Links to related resources (RFC 8288).",
	"deprecation":         "Whether, or since when, the operation is deprecated (RFC 9745).",
	"sunset":              "When the operation will stop working (RFC 8594).",
	"content-disposition": "Suggested name of the file (RFC 6266).",
	"content-range":       "Part of the whole that the response holds (RFC 9110).",
	"accept-patch":        "Media types that PATCH accepts (RFC 5789).",
	"retry-after":         "How long to wait: seconds, or a date (RFC 9110).",
	"operation-location":  "URL of the status of the operation.",
}

// Description returns the meaning of a header, or "" without a well-known one. The name is in lower
// case.
func Description(lower string) string {
	if text, ok := descriptions[lower]; ok {
		return text
	}
	switch {
	case strings.HasSuffix(lower, "signature"):
		return "Signature of the request."
	case strings.HasSuffix(lower, "-version") && lower != "sec-version":
		return "Version of the API that the client uses."
	case strings.Contains(lower, "total-count"), strings.HasSuffix(lower, "-total"):
		return "Number of items on all pages."
	case strings.Contains(lower, "ratelimit"), strings.Contains(lower, "rate-limit"):
		return rateLimitDescription(lower)
	}
	return ""
}

// rateLimitDescription returns what a header of a rate limit means, by the last word of its name.
func rateLimitDescription(lower string) string {
	switch lower[strings.LastIndexByte(lower, '-')+1:] {
	case "limit":
		return "Number of requests that a window of time allows."
	case "remaining":
		return "Number of requests left in the window."
	case "reset":
		return "End of the window."
	case "used":
		return "Number of requests used in the window."
	case "policy":
		return "Limits and their windows."
	}
	return ""
}

// LocationDescription returns the meaning of the Location header in a response with this status
// (RFC 9110, section 10.2.2), or "" for statuses that give it none.
func LocationDescription(status int) string {
	switch {
	case status == 201:
		return "URL of the new resource."
	case status == 202:
		return "URL of the status of the operation."
	case status >= 300 && status < 400:
		return "URL to go to instead."
	}
	return ""
}
