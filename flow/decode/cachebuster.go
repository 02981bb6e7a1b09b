package decode

import "strings"

// IsCacheBuster reports whether a query parameter is the time that jQuery adds to requests which no
// cache shall answer (jQuery.ajax, cache: false). No server reads it.
func IsCacheBuster(name, value string) bool {
	return name == "_" && len(value) >= 10 && strings.Trim(value, "0123456789") == ""
}
