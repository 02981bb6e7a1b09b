package headers

import (
	"testing"
)

func TestLookup(t *testing.T) {
	for _, want := range []Info{
		{Name: "Accept", Lower: "accept"},
		{Name: "X-Tenant", Lower: "x-tenant", IsParam: true},
		{Name: "x-api-key", Lower: "x-api-key", IsKey: true},
		{Name: "X-Shop-Key", Lower: "x-shop-key", IsParam: true, MayBeKey: true},
		{Name: "Idempotency-Key", Lower: "idempotency-key", IsParam: true},
		{Name: "X-CSRF-Token", Lower: "x-csrf-token"},
		{Name: "X-Amzn-Trace-Id", Lower: "x-amzn-trace-id"},
		{Name: "etag", Lower: "etag", IsParam: true, Response: "ETag"},
		{Name: "x-ratelimit-limit", Lower: "x-ratelimit-limit", IsParam: true, Response: "X-RateLimit-Limit"},
	} {
		t.Run(want.Name, func(t *testing.T) {
			var c Cache
			var l Lines
			for range 2 { // the second time from the cache
				if got := l.Lookup(&c, 0, want.Name); *got != want {
					t.Errorf("got %+v, want %+v", *got, want)
				}
			}
		})
	}
}

func TestDescription(t *testing.T) {
	for lower, want := range map[string]string{
		"etag":                  "Version of the resource, for If-Match and If-None-Match.",
		"x-ratelimit-remaining": "Number of requests left in the window.",
		"x-hub-signature":       "Signature of the request.",
		"x-api-version":         "Version of the API that the client uses.",
		"x-total-count":         "Number of items on all pages.",
		"x-tenant":              "",
		"ratelimit-limit":       "Number of requests that a window of time allows.",
		"x-rate-limit-reset":    "End of the window.",
		"x-ratelimit-used":      "Number of requests used in the window.",
		"ratelimit-policy":      "Limits and their windows.",
		"ratelimit":             "",
		"x-total":               "Number of items on all pages.",
		"sec-version":           "",
		"prefer":                "Preferences for the response (RFC 7240).",
	} {
		t.Run(lower, func(t *testing.T) {
			if got := Description(lower); got != want {
				t.Errorf("Description(%q) = %q, want %q", lower, got, want)
			}
		})
	}
}

func TestLocationDescription(t *testing.T) {
	for status, want := range map[int]string{
		200: "", 201: "URL of the new resource.", 202: "URL of the status of the operation.", 203: "", 299: "", 300: "URL to go to instead.", 399: "URL to go to instead.", 400: "",
	} {
		if got := LocationDescription(status); got != want {
			t.Errorf("%d: %q", status, got)
		}
	}
}

func TestIsParamCookie(t *testing.T) {
	for name, want := range map[string]bool{"theme": true, "lang": true, "PHPSESSID": false, "connect.sid": false, "_ga": false,
		"XSRF-TOKEN": false, "auth_token": false} {
		t.Run(name, func(t *testing.T) {
			if got := IsParamCookie(name); got != want {
				t.Errorf("IsParamCookie(%q) = %t", name, got)
			}
		})
	}
}
