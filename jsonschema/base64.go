package jsonschema

import (
	"encoding/base64"
	"strings"
)

// DecodeBase64 decodes base64 (RFC 4648) of the standard or the URL-safe alphabet, but not of a
// mixture of both. It accepts text without padding and with line breaks.
func DecodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=\r\n")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}
