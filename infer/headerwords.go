package infer

import (
	"net/textproto"
	"strings"

	"github.com/spectap/spectap/infer/schema"
)

// spellings are of header names that are written otherwise than each word with a capital.
var spellings = strings.NewReplacer("Etag", "ETag", "Soapaction", "SOAPAction", "Ratelimit", "RateLimit", "Www-", "WWW-", "X-Api-", "X-API-")

// headerSpelling is how a header is usually written; senders and protocols differ.
func headerSpelling(name string) string {
	return spellings.Replace(textproto.CanonicalMIMEHeaderKey(name))
}

// headerWords says what a header means that is called so by a standard or by widespread use, "" for others.
func headerWords(lower string) string {
	switch lower {
	case "idempotency-key":
		return "Names this attempt: sent again with the same key, it is done once."
	case "if-match":
		return "Only if this is still the version, by its ETag."
	case "if-unmodified-since":
		return "Only if nothing changed since."
	case "prefer":
		return "What the client would like of the answer (RFC 7240)."
	case "preference-applied":
		return "What of the client's wishes was met (RFC 7240)."
	case "etag":
		return "Version of what was answered, for If-Match and If-None-Match."
	case "link":
		return "Links to related things (RFC 8288)."
	case "deprecation":
		return "Since when the operation is deprecated, or that it is (RFC 9745)."
	case "sunset":
		return "When the operation will be gone (RFC 8594)."
	case "content-disposition":
		return "Under which name to save it (RFC 6266)."
	case "content-range":
		return "Which part of the whole was answered (RFC 9110)."
	case "accept-patch":
		return "Media types that PATCH takes (RFC 5789)."
	case "retry-after":
		return "How long to wait: seconds, or until when (RFC 9110)."
	case "operation-location":
		return "Where to ask how the operation is going."
	}
	switch {
	case strings.HasSuffix(lower, "signature"):
		return "Signature of the request: who sends it has the key."
	case strings.HasSuffix(lower, "-version") && lower != "sec-version":
		return "Version of the API that the client speaks."
	case strings.Contains(lower, "total-count"), strings.HasSuffix(lower, "-total"):
		return "How many there are on all pages."
	case strings.Contains(lower, "ratelimit"), strings.Contains(lower, "rate-limit"):
		return rateWords(lower)
	}
	return ""
}

// rateWords says what one of the headers of a rate limit means, by the last word of its name.
func rateWords(lower string) string {
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

// locationWords says what Location leads to, by the status it came with (RFC 9110, section 10.2.2).
func locationWords(status int) string {
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

// responseHeader decides a header of an answer.
func responseHeader(name string, q *paramFacts, status int) Param {
	h := Param{Name: name, In: InHeader, Seen: q.seen, Description: headerWords(strings.ToLower(name))}
	switch name {
	case "Location", "Operation-Location":
		h.Schema = q.values.DecideSingle(name, schema.Policy{OpenEnums: true})
		if name == "Location" {
			h.Description = locationWords(status)
		}
	case "Retry-After":
		// One number alone says enough: the name leaves numbers and dates, which are no numbers.
		if h.Schema = q.values.DecideSingle("seconds", schema.Policy{OpenEnums: true}); h.Schema.Kind == schema.Integer {
			h.Description = "How many seconds to wait."
		}
	default:
		h.Schema = q.values.DecideSingle(name, schema.Policy{OpenEnums: true})
	}
	if h.Schema.Description != "" && h.Description != "" { // such as Unix time
		h.Description += " " + h.Schema.Description + "."
		own := *h.Schema
		own.Description = ""
		h.Schema = &own
	}
	return h
}
