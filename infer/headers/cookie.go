package headers

import "strings"

// IsSessionCookie reports whether a cookie of this name identifies a session.
func IsSessionCookie(name string) bool {
	n := strings.ToLower(name)
	if IsAntiForgery(n) {
		return false
	}
	return containsAny(n, []string{"sess", "auth", "token", "jwt"}) ||
		n == "sid" || hasAnySuffix(n, []string{".sid", "_sid", "-sid"})
}

// IsParamCookie reports whether a cookie of this name may be a parameter of an API: it identifies
// neither a session nor a client, and does not prevent forgery.
func IsParamCookie(name string) bool {
	return !IsSessionCookie(name) && !IsTrackingCookie(name) && !IsAntiForgery(name)
}

// trackingPrefixes are the prefixes of cookies that analytics, advertisements and load balancers
// set.
var trackingPrefixes = []string{"_ga", "_gid", "_gcl", "_fb", "__utm", "_hj", "ajs_", "amplitude", "mp_", "optimizely",
	"intercom", "_pk_", "__cf", "cf_", "awsalb", "__stripe", "_clck", "_clsk", "datadome", "incap_", "visid_"}

// IsTrackingCookie reports whether a cookie of this name tracks a client.
func IsTrackingCookie(name string) bool {
	return hasAnyPrefix(strings.ToLower(name), trackingPrefixes)
}
