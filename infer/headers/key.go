package headers

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// MaxName bounds, in bytes, the names that are classified as keys or cached.
const MaxName = 100

// keySuffixes are the suffixes of folded names that carry an API key or token. See [noun.Fold].
var keySuffixes = []string{
	"apikey", "appkey", "applicationkey", "accesskey", "subscriptionkey", "licensekey", "authkey",
	"secretkey", "privatekey", "authtoken", "accesstoken", "apitoken", "sessiontoken", "securitytoken",
	"usertoken", "privatetoken", "jobtoken", "clientsecret", "appsecret", "apisecret", "xauth", "xtoken",
}

// notKeys are parts of folded names that end like a key but do not identify the caller: tokens
// against forgery, of idempotency and of pages.
var notKeys = []string{"csrf", "xsrf", "idempot", "page", "next", "sync", "continu", "cursor"}

// IsKeyName reports whether a header or query parameter of this name carries an API key or token.
func IsKeyName(name string) bool {
	if len(name) > MaxName || !hasKeyWord(name) {
		return false
	}
	n := noun.Fold(name)
	return !containsAny(n, notKeys) && hasAnySuffix(n, keySuffixes)
}

// mayBeKey reports whether a header that is a parameter by its name could carry a key. It could
// also be the key of a cache or of a partition.
func mayBeKey(lower string) bool {
	if len(lower) > MaxName || !hasKeyWord(lower) {
		return false
	}
	n := noun.Fold(lower)
	return !strings.Contains(n, "idempot") && !IsAntiForgery(lower) &&
		hasAnySuffix(n, []string{"key", "token", "secret", "auth", "authorization"})
}

// hasKeyWord is a fast test that most names fail: all names of keys contain one of these words.
func hasKeyWord(name string) bool {
	for i := 0; i+3 <= len(name); i++ {
		switch name[i] | 0x20 {
		case 'k', 't', 's', 'a':
			for _, word := range [...]string{"key", "token", "secret", "auth"} {
				if rest := name[i:]; len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
					return true
				}
			}
		}
	}
	return false
}

// containsAny reports whether a text has one of the parts.
func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

// hasAnySuffix reports whether a text ends in one of the suffixes.
func hasAnySuffix(s string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(x string) bool { return strings.HasSuffix(s, x) })
}

// hasAnyPrefix reports whether a text begins with one of the prefixes.
func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
