package form

import "strings"

// schemes are the authentication schemes whose names are kept: the IANA registry, and common ones
// outside it.
var schemes = [...]string{"basic", "bearer", "digest", "negotiate", "ntlm", "hawk", "oauth", "dpop", "token",
	"apikey", "api-key", "hmac", "aws4-hmac-sha256", "aws4-ecdsa-p256-sha256", "sharedkey", "sharedkeylite",
	"googlelogin", "key", "jwt", "mutual", "scram-sha-256", "scram-sha-1", "vapid", "signature", "ssws", "splunk",
	"genieKey"}

// maxSchemeLen bounds the length of a scheme, in bytes.
const maxSchemeLen = 24

// SchemeLen returns the length of the scheme at the start of s, including the blanks after it, or
// 0.
func SchemeLen(s string) int {
	n := strings.IndexByte(s[:min(len(s), maxSchemeLen+1)], ' ')
	if n < 0 {
		return 0
	}
	for _, x := range &schemes {
		if len(x) == n && strings.EqualFold(x, s[:n]) {
			for n < len(s) && s[n] == ' ' {
				n++
			}
			return n
		}
	}
	return 0
}
