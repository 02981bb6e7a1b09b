package decode

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// minBuster is the length of the shortest name that is a time (in seconds), and minHexBuster of the
// shortest that is a hash.
const minBuster, minHexBuster = 10, 12

// IsCacheBuster reports whether a query parameter only keeps a URL out of caches: the time that
// jQuery adds (jQuery.ajax, cache: false), or a name without a value that is a time, a UUID or a
// hash, as scripts append it. No server reads it.
func IsCacheBuster(name, value string) bool {
	if value != "" {
		return name == "_" && len(value) >= minBuster && ascii.AllDigits(value)
	}
	return len(name) >= minBuster && ascii.AllDigits(name) || ascii.IsUUID(name) ||
		len(name) >= minHexBuster && ascii.IsHex(name) && strings.ContainsAny(name, "0123456789")
}
